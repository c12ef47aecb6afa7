/** How the pictures of a track are encoded: a screen is sharp first, a camera is fluent first. Pure. */

import { bitrateBps, FRAME_RATE_HZ, type Size } from "./codecs.ts";
import type { Follow } from "./rate.ts";

export type Profile = {
  /** What the encoder spends its bits on. */
  readonly hint: "text" | "motion";
  readonly frameRateHz: number;
  /** Whether a still picture is sent again a few times, for more sharpness. */
  readonly refines: boolean;
  /** Pictures after which a key frame begins a new group (docs/protocol/media.md). */
  readonly groupPictures: number;
  /** Whose reports of what comes it follows (media/rate.ts); null if it has one rate only. */
  readonly follows: Follow | null;
  /** At which rate it begins whenever it is wanted; else at the full one. */
  readonly startBps?: number;
  /** How finely, in the encoder's own scale, whatever that costs; else as the rate allows. */
  readonly quantizer?: number;
  /** Return the size that pictures of `size` are scaled to. */
  fit(size: Size): Size;
  bitrateBps(size: Size): number;
};

export const SCREEN: Profile = {
  hint: "text",
  frameRateHz: FRAME_RATE_HZ,
  refines: true,
  // Half of what the relay's library carries in one group.
  groupPictures: 4096,
  follows: "best",
  fit: (size) => size,
  bitrateBps,
};

/** Of AV1's 0 to 63: small text is as on the screen itself, for half as many bits again as a usual key frame. */
const FINE_QUANTIZER = 24;

/** The same pictures while they hardly move, as fine as they are. */
export const fine = (profile: Profile): Profile => ({ ...profile, quantizer: FINE_QUANTIZER });

/** The same for those whose links do not carry it, at the rate that all of them can take. */
export const SCREEN_LOW: Profile = { ...SCREEN, follows: "worst", startBps: 500_000 };

/** Enough for a face that speaks. */
export const CAMERA_RATE_HZ = 24;
/** Whoever begins to look catches up with the group: after 5 s at most, for a twentieth more bits. */
const CAMERA_GROUP_PICTURES = 5 * CAMERA_RATE_HZ;

/** A face in a tile of a laptop's window, sharp enough to read lips. */
export const CAMERA = camera({ width: 640, height: 360 }, 500_000);
/** The same in a strip of small tiles, or on a small machine. */
export const CAMERA_LOW = camera({ width: 320, height: 180 }, 120_000);

function camera(most: Size, bitsPerSecond: number): Profile {
  return {
    hint: "motion",
    frameRateHz: CAMERA_RATE_HZ,
    refines: false,
    groupPictures: CAMERA_GROUP_PICTURES,
    follows: null,
    fit: (size) => fitWithin(most, size),
    bitrateBps: () => bitsPerSecond,
  };
}

/** Return `size` scaled down, if need be, to fit into `most` lying or standing; with even sides. */
export function fitWithin(most: Size, { width, height }: Size): Size {
  const scale = Math.min(1, most.width / Math.max(width, height), most.height / Math.min(width, height));
  const even = (side: number) => Math.max(2, 2 * Math.round((side * scale) / 2));
  return { width: even(width), height: even(height) };
}
