/** What pictures are sent for a given rate: first fewer of them, then smaller ones; sharp text goes before both. Pure. */

import { FRAME_RATE_HZ, type Size } from "./codecs.ts";

export type PicturePlan = {
  readonly frameRateHz: number;
  /** Of the sides of a picture. */
  readonly scale: number;
};

/** Fewer bits than that for a pixel, and moving text falls apart into blocks. */
const LEAST_BITS_PER_PIXEL = 0.014;
/** Slower than that, and a scaled picture is better than a full one. */
const LEAST_FRAME_RATE_HZ = 10;
const SCALES = [1, 2 / 3, 1 / 2, 1 / 3, 1 / 4] as const;
/** A larger picture must be affordable by so much more, so that the size does not go back and forth. */
const HYSTERESIS = 1.3;

/** Return how to send pictures of `size` at `targetBps`, now that they are scaled by `scale`, by `most` at the most. */
export function planPictures(size: Size, targetBps: number, scale: number, most = 1): PicturePlan {
  const bitsPerFrame = size.width * size.height * LEAST_BITS_PER_PIXEL;
  const affords = (share: number, margin: number) =>
    targetBps >= bitsPerFrame * share ** 2 * LEAST_FRAME_RATE_HZ * margin;
  const found =
    SCALES.find((share) => share <= most && affords(share, share > scale ? HYSTERESIS : 1)) ??
    SCALES[SCALES.length - 1] ??
    1;
  const affordedHz = targetBps / (bitsPerFrame * found ** 2);
  return { frameRateHz: Math.max(1, Math.min(FRAME_RATE_HZ, Math.round(affordedHz))), scale: found };
}
