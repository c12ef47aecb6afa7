/** How the pictures of a track are encoded: a screen is sharp first, a camera is fluent first. Pure. */

import { bitrateBps, FRAME_RATE_HZ, type Size } from "./codecs.ts";

export type Profile = {
  /** What the encoder spends its bits on. */
  readonly hint: "text" | "motion";
  readonly frameRateHz: number;
  /** Whether a still picture is sent again a few times, for more sharpness. */
  readonly refines: boolean;
  /** Return the size that pictures of `size` are scaled to. */
  fit(size: Size): Size;
  bitrateBps(size: Size): number;
};

export const SCREEN: Profile = {
  hint: "text",
  frameRateHz: FRAME_RATE_HZ,
  refines: true,
  fit: (size) => size,
  bitrateBps,
};
