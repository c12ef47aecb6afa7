/** Who knocks, and whether the meeting is locked, as the server tells it (docs/protocol/room.md, "The lobby"). Pure. */

import type { Entered, HouseEvent, Knock } from "../transport/messages.ts";

export class House {
  /** We wait in the lobby ourselves. */
  isKnocking = false;
  isLocked = false;
  readonly #knocks = new Map<string, Knock>();

  /** Those who wait, the longest first; nobody for who cannot admit. */
  get knocks(): readonly Knock[] {
    return [...this.#knocks.values()];
  }

  enter({ locked, knocks }: Entered): void {
    this.isKnocking = false;
    this.isLocked = locked;
    this.#knocks.clear();
    for (const knock of knocks) this.#knocks.set(knock.participant, knock);
  }

  receive(event: Exclude<HouseEvent, { type: "appointed" }>): void {
    switch (event.type) {
      case "knocking":
        this.isKnocking = true;
        return;
      case "knocked":
        this.#knocks.set(event.knock.participant, event.knock);
        return;
      case "answered":
        this.#knocks.delete(event.participant);
        return;
      case "locked":
        this.isLocked = event.locked;
        return;
      default:
        event satisfies never;
    }
  }
}
