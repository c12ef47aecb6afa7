/** In which rendition a screen is watched: the full one, or the low one for as long as our link is worse than others'. Pure. */

import type { Reception } from "../media/reception.ts";

export type ScreenTrack = "screen" | "screen-low";

/** Pictures that wait so long are no use to look at together. */
const TOO_LONG_MS = 250;
/** The publisher adapts within that, if it does: then all are in our place. */
const PATIENCE_MS = 4000;
/** How long the low rendition is kept at least; doubled whenever the full one has failed again soon after. */
const STAY_MS = 5000;
const MAX_STAY_MS = 160_000;
const SOON_MS = 20_000;

export class ScreenChoice {
  #track: ScreenTrack = "screen";
  #badSinceMs: number | null = null;
  #switchedMs = Number.NEGATIVE_INFINITY;
  #stayMs = STAY_MS;

  get track(): ScreenTrack {
    return this.#track;
  }

  /** Take how the pictures come, and whether those of the low rendition are `isAmple`; return what to watch now. */
  judge({ queueMs }: Reception, isAmple: boolean, nowMs: number): ScreenTrack {
    if (this.#track === "screen") this.#judgeFull(queueMs, nowMs);
    else if (isAmple && nowMs - this.#switchedMs >= this.#stayMs) this.#switch("screen", nowMs);
    return this.#track;
  }

  #judgeFull(queueMs: number | null, nowMs: number): void {
    // Nothing has come: it may have stood still.
    if (queueMs === null) return;
    this.#badSinceMs = queueMs > TOO_LONG_MS ? (this.#badSinceMs ?? nowMs) : null;
    if (this.#badSinceMs === null || nowMs - this.#badSinceMs < PATIENCE_MS) return;
    const isSoon = nowMs - this.#switchedMs < SOON_MS;
    this.#stayMs = isSoon ? Math.min(MAX_STAY_MS, this.#stayMs * 2) : STAY_MS;
    this.#switch("screen-low", nowMs);
  }

  #switch(track: ScreenTrack, nowMs: number): void {
    this.#track = track;
    this.#switchedMs = nowMs;
    this.#badSinceMs = null;
  }
}
