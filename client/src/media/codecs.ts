/** Which codec carries a screen, and its exact name for a given size. Pure. */

export const FAMILIES = ["avc1", "av01", "vp09", "vp8"] as const;
/** A codec family, in order of preference: H.264 is the quickest to encode and the last to starve. */
export type Family = (typeof FAMILIES)[number];

export type Size = { readonly width: number; readonly height: number };

export const FRAME_RATE_HZ = 30;

/** Return the first family that this device encodes and everyone decodes, or null. */
export function chooseFamily(encodes: readonly Family[], decodes: readonly (readonly Family[])[]): Family | null {
  return encodes.find((family) => decodes.every((list) => list.includes(family))) ?? null;
}

/** Return the family of a codec string, or null when it is none of ours. */
export function familyOf(codec: string): Family | null {
  const [name] = codec.split(".");
  return FAMILIES.find((family) => family === name) ?? null;
}

/** Return the codec string for pictures of `size` at `FRAME_RATE_HZ`. */
export function codecString(family: Family, size: Size): string {
  switch (family) {
    case "avc1":
      // Constrained baseline: what every decoder has, and without reordering.
      return `avc1.42e0${avcLevel(size).toString(16).padStart(2, "0")}`;
    case "av01":
      return `av01.0.${av1Level(size)}M.08`;
    case "vp09":
      return `vp09.00.${vp9Level(size)}.08`;
    case "vp8":
      return "vp8";
    default:
      return family satisfies never;
  }
}

/** Return the size that is really encoded: H.264 has even sides only, and a lost line is better than a scaled picture. */
export function codedSize(family: Family, size: Size): Size {
  if (family !== "avc1") return size;
  return { width: Math.max(2, size.width & ~1), height: Math.max(2, size.height & ~1) };
}

/** At 1280x720 2.5 Mbit/s carries text sharply; larger screens need in proportion, up to what home networks send. */
const BITS_PER_PIXEL = 2.7;
const MIN_BITRATE_BPS = 600_000;
const MAX_BITRATE_BPS = 10_000_000;

export function bitrateBps({ width, height }: Size): number {
  return Math.round(Math.min(MAX_BITRATE_BPS, Math.max(MIN_BITRATE_BPS, width * height * BITS_PER_PIXEL)));
}

type Level<T> = { readonly level: T; readonly most: number; readonly perSecond: number };

/** ITU-T H.264, table A-1: MaxFS and MaxMBPS, in macroblocks of 16x16. */
const AVC_LEVELS: readonly Level<number>[] = [
  { level: 31, most: 3600, perSecond: 108_000 },
  { level: 32, most: 5120, perSecond: 216_000 },
  { level: 40, most: 8192, perSecond: 245_760 },
  { level: 42, most: 8704, perSecond: 522_240 },
  { level: 50, most: 22_080, perSecond: 589_824 },
  { level: 51, most: 36_864, perSecond: 983_040 },
  { level: 52, most: 36_864, perSecond: 2_073_600 },
];
const AVC_HIGHEST = 62;

function avcLevel({ width, height }: Size): number {
  const blocks = Math.ceil(width / 16) * Math.ceil(height / 16);
  return pickLevel(AVC_LEVELS, blocks, AVC_HIGHEST);
}

/** AV1 specification, annex A.3: MaxPicSize and MaxDecodeRate, in luma samples. */
const AV1_LEVELS: readonly Level<string>[] = [
  { level: "05", most: 1_065_024, perSecond: 39_938_400 },
  { level: "08", most: 2_359_296, perSecond: 77_856_768 },
  { level: "09", most: 2_359_296, perSecond: 155_713_536 },
  { level: "12", most: 8_912_896, perSecond: 273_715_200 },
  { level: "13", most: 8_912_896, perSecond: 547_430_400 },
];

const av1Level = ({ width, height }: Size): string => pickLevel(AV1_LEVELS, width * height, "17");

/** VP9 levels: MaxLumaPictureSize and MaxLumaSampleRate. */
const VP9_LEVELS: readonly Level<string>[] = [
  { level: "31", most: 983_040, perSecond: 36_864_000 },
  { level: "40", most: 2_228_224, perSecond: 83_558_400 },
  { level: "41", most: 2_228_224, perSecond: 160_432_128 },
  { level: "50", most: 8_912_896, perSecond: 311_951_360 },
  { level: "51", most: 8_912_896, perSecond: 588_251_136 },
];

const vp9Level = ({ width, height }: Size): string => pickLevel(VP9_LEVELS, width * height, "60");

function pickLevel<T>(levels: readonly Level<T>[], amount: number, highest: T): T {
  const fit = levels.find(({ most, perSecond }) => amount <= most && amount * FRAME_RATE_HZ <= perSecond);
  return fit?.level ?? highest;
}
