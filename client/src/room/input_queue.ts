/**
 * What a controller has done and not sent yet. Of pointer movements in a row only the last one counts; nothing else is
 * ever left out. A machine: `take` says what to send now, `nextAtMs` when to call it again.
 */

import type { ControlEvent } from "./control_wire.ts";

/** At most 125 inputs a second, as a mouse reports. */
const EVERY_MS = 8;
/** While something is held down the helper hears from us: what it has not heard for 0.8 s it takes for lost. */
const HELD_EVERY_MS = 250;
/** In one input. */
const MAX_EVENTS = 32;

export class InputQueue {
  readonly #waiting: ControlEvent[] = [];
  /** Keys and buttons that are down, as far as they have been queued. */
  readonly #down = new Set<string>();
  #sentAtMs = Number.NEGATIVE_INFINITY;

  add(events: readonly ControlEvent[]): void {
    for (const event of events) {
      if (event.type === "move" && this.#waiting.at(-1)?.type === "move") this.#waiting.pop();
      this.#waiting.push(event);
      if (event.type === "key" || event.type === "button") this.#hold(event);
    }
  }

  /** When there is something to send; null while there is nothing. */
  nextAtMs(): number | null {
    if (this.#waiting.length > 0) return this.#sentAtMs + EVERY_MS;
    return this.#down.size > 0 ? this.#sentAtMs + HELD_EVERY_MS : null;
  }

  /** Return the events of the next input, or null when none is due. */
  take(nowMs: number): readonly ControlEvent[] | null {
    const atMs = this.nextAtMs();
    if (atMs === null || nowMs < atMs) return null;
    this.#sentAtMs = nowMs;
    return this.#waiting.splice(0, this.#batch());
  }

  /** How many go together: what fills a clipboard fills half an input, and goes alone. */
  #batch(): number {
    const large = this.#waiting.findIndex(({ type }) => type === "clipboard");
    if (large === 0) return 1;
    return large < 0 ? MAX_EVENTS : Math.min(MAX_EVENTS, large);
  }

  #hold(event: ControlEvent & { type: "key" | "button" }): void {
    const name = event.type === "key" ? event.code : event.button;
    if (event.down) this.#down.add(name);
    else this.#down.delete(name);
  }
}
