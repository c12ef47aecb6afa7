/** The plaintext of an MLS application message: JSON, padded so that its size says little (docs/protocol/media.md). */

import { decodeText, encodeText } from "./bytes.ts";

const LENGTH_BYTES = 4;
const STEP_BYTES = 256;
/** Sealed it must fit into the 64 KiB of the room protocol's `send`. */
const MAX_JSON_BYTES = 63 * 1024;

/** Return the padded bytes, or null when the message is too long. */
export function encodeMessage(message: object): Uint8Array | null {
  const json = encodeText(JSON.stringify(message));
  if (json.length > MAX_JSON_BYTES) return null;
  const padded = new Uint8Array(Math.ceil((LENGTH_BYTES + json.length) / STEP_BYTES) * STEP_BYTES);
  new DataView(padded.buffer).setUint32(0, json.length);
  padded.set(json, LENGTH_BYTES);
  return padded;
}

/** Return the JSON object inside, or null when the bytes are not in the form that `encodeMessage` gives. */
export function decodeMessage(padded: Uint8Array): object | null {
  if (padded.length < STEP_BYTES || padded.length % STEP_BYTES !== 0) return null;
  const end = LENGTH_BYTES + new DataView(padded.buffer, padded.byteOffset).getUint32(0);
  if (end > padded.length || padded.subarray(end).some((byte) => byte !== 0)) return null;
  const text = decodeText(padded.subarray(LENGTH_BYTES, end));
  return text === null ? null : parseObject(text);
}

function parseObject(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
