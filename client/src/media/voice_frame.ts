/** The plaintext of an object of the `mic` track (docs/protocol/media.md): number, time, Opus packet. Pure. */

import { MalformedFrame } from "./frame.ts";

export type VoiceFrame = {
  /** Counts steps of 20 ms, also those in which nothing is sent. */
  readonly number: number;
  /** When its capture began, in Unix microseconds. */
  readonly capturedUs: number;
  readonly packet: Uint8Array;
};

const HEADER_BYTES = 12;
/** The largest Opus packet of one frame (RFC 6716, section 3.4). */
const MAX_PACKET_BYTES = 1275;

export function encodeVoiceFrame({ number, capturedUs, packet }: VoiceFrame): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(HEADER_BYTES + packet.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, number);
  view.setBigUint64(4, BigInt(capturedUs));
  frame.set(packet, HEADER_BYTES);
  return frame;
}

/** Decode one frame, or throw `MalformedFrame`, whatever the bytes; `packet` is a view of them. */
export function decodeVoiceFrame(bytes: Uint8Array): VoiceFrame {
  if (bytes.length <= HEADER_BYTES) throw new MalformedFrame("no packet");
  if (bytes.length > HEADER_BYTES + MAX_PACKET_BYTES) throw new MalformedFrame("packet too long");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const capturedUs = Number(view.getBigUint64(4));
  if (!Number.isSafeInteger(capturedUs)) throw new MalformedFrame("time out of range");
  return { number: view.getUint32(0), capturedUs, packet: bytes.subarray(HEADER_BYTES) };
}
