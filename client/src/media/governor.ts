/** Keeps a camera within what the machine can encode: fewer pictures, then smaller ones. Pure: time is an argument. */

import { CAMERA_RATE_HZ } from "./profile.ts";

/** How much is encoded. */
export type Effort = {
  readonly frameRateHz: number;
  /** Whether the large rendition is large. */
  readonly isLarge: boolean;
};

const EFFORTS: readonly [Effort, ...Effort[]] = [
  { frameRateHz: CAMERA_RATE_HZ, isLarge: true },
  { frameRateHz: 15, isLarge: true },
  { frameRateHz: 15, isLarge: false },
  { frameRateHz: 8, isLarge: false },
];

/** The share of the time between two pictures that encoding one may take: others' cameras must be decoded too. */
const MAX_SHARE = 0.5;
/** Below this the next better effort, which takes at most twice as long, is within the budget. */
const CALM_SHARE = 0.2;
/** One slow picture says nothing. */
const WINDOW_MS = 2000;
/** How long it must be calm before more is tried; doubled by every trial that fails. */
const PATIENCE_MS = 10_000;
const MAX_PATIENCE_MS = 160_000;

export class Governor {
  #step = 0;
  #window = { sinceMs: 0, tookMs: 0, pictures: 0 };
  #calmSinceMs = 0;
  #patienceMs = PATIENCE_MS;
  #triedMs = Number.NEGATIVE_INFINITY;

  get effort(): Effort {
    return EFFORTS[this.#step] ?? EFFORTS[0];
  }

  /** A picture came out of the encoder `tookMs` after it was taken. Return whether the effort has changed. */
  encoded(tookMs: number, nowMs: number): boolean {
    const window = this.#window;
    window.tookMs += tookMs;
    window.pictures += 1;
    if (nowMs - window.sinceMs < WINDOW_MS) return false;
    const share = ((window.tookMs / window.pictures) * this.effort.frameRateHz) / 1000;
    this.#window = { sinceMs: nowMs, tookMs: 0, pictures: 0 };
    if (share > MAX_SHARE) return this.#lower(nowMs);
    if (share > CALM_SHARE) this.#calmSinceMs = nowMs;
    return nowMs - this.#calmSinceMs >= this.#patienceMs && this.#raise(nowMs);
  }

  #lower(nowMs: number): boolean {
    this.#calmSinceMs = nowMs;
    if (nowMs - this.#triedMs < PATIENCE_MS) this.#patienceMs = Math.min(MAX_PATIENCE_MS, this.#patienceMs * 2);
    if (this.#step === EFFORTS.length - 1) return false;
    this.#step += 1;
    return true;
  }

  #raise(nowMs: number): boolean {
    this.#calmSinceMs = nowMs;
    if (this.#step === 0) return false;
    this.#triedMs = nowMs;
    this.#step -= 1;
    return true;
  }
}
