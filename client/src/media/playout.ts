/**
 * When to play which frame of a voice (docs/protocol/media.md, "Track mic"): as soon as the network allows without gaps.
 * Pure: time is an argument. The frames themselves pass through.
 *
 * The delay of a frame is how much later than the quickest frames of late it is played, or arrives. The target is what
 * nearly all arrivals keep; whoever is above it plays a little faster, below it a little slower.
 */

import { FRAME_MS } from "./voice_format.ts";

/** `nth` counts from 1: how many frames in a row are missing. */
export type Decision<T> =
  | { readonly type: "play"; readonly number: number; readonly frame: T; readonly tempo: "same" | "faster" | "slower" }
  | { readonly type: "conceal"; readonly nth: number }
  | { readonly type: "silence" };

/** The pre-roll of a spurt arrives so late, because it is sent with the first loud frame. */
const MIN_TARGET_MS = 40;
/** More is not a conversation: what comes still later is lost. */
const MAX_TARGET_MS = 400;
/** Before there are `FEW_ARRIVALS` to judge by. */
const FIRST_TARGET_MS = 60;
const FEW_ARRIVALS = 50;
/** The last five seconds of speech: what the network did before is over. */
const MAX_ARRIVALS = 250;
/** Every so many arrivals the target is worked out anew. */
const REVIEW_EVERY = 10;
/** One frame in fifty may come too late; concealed, it is hardly heard. */
const KEPT_SHARE = 0.98;

/** Around the target nothing is done: a change of tempo costs a little quality. */
const TOLERANCE_MS = 20;
/** So far above the target frames are left out rather than played faster. */
const SKIP_MS = 250;
/** After so many frames a voice that is made up sounds like a machine. */
export const MAX_CONCEALED = 3;
/** Two seconds: a stalled network that comes back brings no more that is worth hearing. */
const MAX_WAITING = 100;

const SILENCE = { type: "silence" } as const;

export class Playout<T> {
  readonly #waiting = new Map<number, T>();
  readonly #arrivals = new Arrivals();
  /** No frame before this one is played any more. */
  #next = 0;
  #isSpeaking = false;
  #concealed = 0;

  /** How late frames are meant to be played. */
  get targetMs(): number {
    return this.#arrivals.targetMs;
  }

  /** Take a frame that has just come. */
  receive(number: number, frame: T, nowMs: number): void {
    this.#arrivals.add(nowMs - number * FRAME_MS);
    if (number < this.#next) return;
    this.#waiting.set(number, frame);
    if (this.#waiting.size > MAX_WAITING) this.#waiting.delete(this.#first() ?? 0);
  }

  /** Return what to play now that all before has been played. */
  next(nowMs: number): Decision<T> {
    const first = this.#first();
    if (first === null) return this.#lack();
    const delayMs = this.#delayMs(first, nowMs);
    const isInOrder = this.#isSpeaking && first === this.#next;
    if (!isInOrder && delayMs < this.targetMs) return this.#lack();
    return delayMs > this.targetMs + SKIP_MS ? this.#play(this.#skip(nowMs), nowMs) : this.#play(first, nowMs);
  }

  #play(number: number, nowMs: number): Decision<T> {
    const frame = this.#waiting.get(number) as T;
    this.#waiting.delete(number);
    this.#next = number + 1;
    this.#isSpeaking = true;
    this.#concealed = 0;
    const overMs = this.#delayMs(number, nowMs) - this.targetMs;
    const tempo = overMs > TOLERANCE_MS ? "faster" : overMs < -TOLERANCE_MS ? "slower" : "same";
    return { type: "play", number, frame, tempo };
  }

  /** Leave out what is far too late; return the first frame that is not, or the last that there is. */
  #skip(nowMs: number): number {
    const numbers = [...this.#waiting.keys()].sort((a, b) => a - b);
    const kept = numbers.find((number) => this.#delayMs(number, nowMs) <= this.targetMs) ?? numbers.at(-1) ?? 0;
    for (const number of numbers) if (number < kept) this.#waiting.delete(number);
    return kept;
  }

  /** The frame is lost or late, or the spurt is over, which nobody can know yet. */
  #lack(): Decision<T> {
    if (!this.#isSpeaking) return SILENCE;
    this.#concealed += 1;
    if (this.#concealed <= MAX_CONCEALED) return { type: "conceal", nth: this.#concealed };
    this.#isSpeaking = false;
    return SILENCE;
  }

  #delayMs(number: number, nowMs: number): number {
    return nowMs - number * FRAME_MS - this.#arrivals.quickestMs;
  }

  #first(): number | null {
    let first: number | null = null;
    for (const number of this.#waiting.keys()) if (first === null || number < first) first = number;
    return first;
  }
}

/** How long frames of late have taken, each by a clock of its own whose beginning does not matter. */
class Arrivals {
  readonly #transitsMs: number[] = [];
  #count = 0;
  quickestMs = Number.POSITIVE_INFINITY;
  targetMs = FIRST_TARGET_MS;

  add(transitMs: number): void {
    this.#transitsMs[this.#count % MAX_ARRIVALS] = transitMs;
    this.#count += 1;
    this.quickestMs = Math.min(this.quickestMs, transitMs);
    if (this.#count % REVIEW_EVERY === 0) this.#review();
  }

  #review(): void {
    const sorted = this.#transitsMs.toSorted((a, b) => a - b);
    this.quickestMs = sorted[0] ?? 0;
    const slowMs = (sorted[Math.floor(KEPT_SHARE * (sorted.length - 1))] ?? 0) - this.quickestMs;
    const minMs = this.#count < FEW_ARRIVALS ? FIRST_TARGET_MS : MIN_TARGET_MS;
    this.targetMs = Math.min(MAX_TARGET_MS, Math.max(minMs, slowMs));
  }
}
