/** When the next picture of a track is sent, how large and how good, as its rate allows. Pure: time is an argument. */

import { FRAME_RATE_HZ, type Size } from "./codecs.ts";
import type { EncoderRate } from "./picture_encoder.ts";
import { planPictures } from "./picture_plan.ts";
import { type Follow, RateControl } from "./rate.ts";
import type { Reception } from "./reception.ts";

/** A picture may come so much before its turn; captures are not exact. */
const EARLY_MS = 8;
/** How soon to see again whether a picture may be sent that would only have waited on the way. */
const HELD_MS = 15;
/** A change of size costs a key frame: pictures that have just become smaller stay so for a while. */
const SIZE_KEPT_MS = 5000;

export class Pacing {
  readonly #control: RateControl;
  #size: Size = { width: 0, height: 0 };
  #rate: EncoderRate = { bitrateBps: 0, frameRateHz: 1, scale: 1 };
  #turnMs = Number.NEGATIVE_INFINITY;
  #keyBytes = 0;
  #shrunkMs = Number.NEGATIVE_INFINITY;

  constructor(follow: Follow, maxBps: number, startBps?: number) {
    this.#control = new RateControl(follow, maxBps, startBps);
  }

  /** How to encode now. */
  get rate(): EncoderRate {
    return this.#rate;
  }

  /** How long the last key frame takes until we hear that it has come, as far as we know. */
  get keyFrameMs(): number {
    return this.#control.spanMs(this.#keyBytes);
  }

  /** Pictures are of `size`, and worth `maxBps`, from now on. */
  resize(size: Size, maxBps: number): void {
    this.#size = size;
    this.#shrunkMs = Number.NEGATIVE_INFINITY;
    this.#control.setMaxBps(maxBps);
    this.#plan(this.#shrunkMs);
  }

  heard(from: string, reception: Reception, nowMs: number): void {
    this.#control.heard(from, reception, nowMs);
    this.#plan(nowMs);
  }

  /** The viewer does not watch this any more. */
  forget(viewer: string): void {
    this.#control.forget(viewer);
  }

  /** Return how long to wait until a picture may be sent; 0: this one is. */
  waitMs(nowMs: number): number {
    const intervalMs = 1000 / this.#rate.frameRateHz;
    const earlyMs = this.#turnMs - EARLY_MS - nowMs;
    if (this.#rate.frameRateHz < FRAME_RATE_HZ && earlyMs > 0) return earlyMs;
    if (!this.#control.maySend(nowMs)) return HELD_MS;
    this.#turnMs = Math.max(this.#turnMs, nowMs - EARLY_MS) + intervalMs;
    return 0;
  }

  sent(sizeBytes: number, capturedMs: number, isKey: boolean): void {
    if (isKey) this.#keyBytes = sizeBytes;
    this.#control.sent(sizeBytes, capturedMs, isKey);
  }

  #plan(nowMs: number): void {
    const bitrateBps = this.#control.targetBps;
    const { scale } = this.#rate;
    const most = nowMs - this.#shrunkMs < SIZE_KEPT_MS ? scale : 1;
    this.#rate = { bitrateBps, ...planPictures(this.#size, bitrateBps, scale, most) };
    if (this.#rate.scale < scale) this.#shrunkMs = nowMs;
  }
}
