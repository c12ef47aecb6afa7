/** The `catalog` track (docs/protocol/media.md): what a device decodes, and what it publishes. */

import { FAMILIES, type Family, type Size } from "../media/codecs.ts";
import { MAX_SIDE_PX } from "../media/frame.ts";

const CAMERA_TRACKS = ["camera", "camera-low"] as const;

export type CameraTrack = Size & { readonly track: (typeof CAMERA_TRACKS)[number] };

/** What a device publishes now. */
export type Published = {
  readonly screen: boolean;
  /** Null while muted, or without a microphone. */
  readonly mic: { readonly codec: "opus" } | null;
  /** Empty while the camera is off. */
  readonly camera: readonly CameraTrack[];
  /** The device that controls our computer; null while none does. */
  readonly control: string | null;
};

export type Catalog = Published & { readonly decode: readonly Family[] };

/** Four families and three tracks take less than 300 bytes; room for what later versions add. */
const MAX_CATALOG_BYTES = 4096;
/** More sizes of one picture than anybody sends. */
const MAX_CAMERA_TRACKS = 8;

const DEVICE = /^[0-9a-f]{16}$/;

const decoder = new TextDecoder("utf-8", { fatal: true });

export const encodeCatalog = ({ decode, screen, mic, camera, control }: Catalog): Uint8Array =>
  new TextEncoder().encode(JSON.stringify({ decode, screen, mic, camera, control }));

/** Return the catalog, or null when the bytes are not one; what we do not know is left out. */
export function decodeCatalog(bytes: Uint8Array): Catalog | null {
  if (bytes.length > MAX_CATALOG_BYTES) return null;
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch {
    return null;
  }
  if (!isFields(value)) return null;
  const { decode, screen, mic, camera, control } = value;
  if (!Array.isArray(decode) || typeof screen !== "boolean") return null;
  return {
    decode: FAMILIES.filter((family) => decode.includes(family)),
    screen,
    mic: isFields(mic) && mic.codec === "opus" ? { codec: mic.codec } : null,
    camera: Array.isArray(camera) ? camera.slice(0, MAX_CAMERA_TRACKS).flatMap(readCameraTrack) : [],
    control: typeof control === "string" && DEVICE.test(control) ? control : null,
  };
}

function readCameraTrack(value: unknown): CameraTrack[] {
  if (!isFields(value)) return [];
  const { width, height } = value;
  const track = CAMERA_TRACKS.find((known) => known === value.track);
  return track !== undefined && isSide(width) && isSide(height) ? [{ track, width, height }] : [];
}

const isFields = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

const isSide = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) > 0 && (value as number) <= MAX_SIDE_PX;
