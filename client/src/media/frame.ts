/** The plaintext of an object of the `screen` track (docs/protocol/media.md): a header, then the encoded picture. */

/** What a decoder must know, sent with every key frame. */
export type PictureFormat = { readonly codec: string; readonly width: number; readonly height: number };

export type FrameHeader = {
  readonly group: number;
  readonly index: number;
  /** Unix microseconds. */
  readonly capturedUs: number;
  /** Of key frames only. */
  readonly format: PictureFormat | null;
};

export type DecodedFrame = { readonly header: FrameHeader; readonly picture: Uint8Array };

/** What came from the peer is not a frame. */
export class MalformedFrame extends Error {}

/** Flags, group, index and time. */
const FIXED_BYTES = 17;
const FLAG_KEY = 1;
/** `{"codec": ..., "width": ..., "height": ...}` takes less than 100. */
const MAX_FORMAT_BYTES = 512;
const MAX_CODEC_CHARACTERS = 64;
/** The largest side of a picture; screens have at most 8K. */
export const MAX_SIDE_PX = 8192;

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Return header and room for `pictureBytes` in one buffer, so that a picture is copied once, and where it goes. */
export function allocateFrame(header: FrameHeader, pictureBytes: number): [Uint8Array<ArrayBuffer>, Uint8Array] {
  const format = header.format === null ? null : new TextEncoder().encode(JSON.stringify(header.format));
  const headerBytes = FIXED_BYTES + (format === null ? 0 : 2 + format.length);
  const frame = new Uint8Array(headerBytes + pictureBytes);
  const view = new DataView(frame.buffer);
  view.setUint8(0, format === null ? 0 : FLAG_KEY);
  view.setUint32(1, header.group);
  view.setUint32(5, header.index);
  view.setBigUint64(9, BigInt(header.capturedUs));
  if (format !== null) {
    view.setUint16(FIXED_BYTES, format.length);
    frame.set(format, FIXED_BYTES + 2);
  }
  return [frame, frame.subarray(headerBytes)];
}

/** Decode one frame, or throw `MalformedFrame`, whatever the bytes; `picture` is a view of them. */
export function decodeFrame(bytes: Uint8Array): DecodedFrame {
  if (bytes.length < FIXED_BYTES) throw new MalformedFrame("too short");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint8(0);
  if (flags > FLAG_KEY) throw new MalformedFrame("unknown flag");
  const capturedUs = Number(view.getBigUint64(9));
  if (!Number.isSafeInteger(capturedUs)) throw new MalformedFrame("time out of range");
  const [format, start] = flags === FLAG_KEY ? readFormat(bytes, view) : [null, FIXED_BYTES];
  if (start >= bytes.length) throw new MalformedFrame("no picture");
  const header = { group: view.getUint32(1), index: view.getUint32(5), capturedUs, format };
  return { header, picture: bytes.subarray(start) };
}

function readFormat(bytes: Uint8Array, view: DataView): [PictureFormat, number] {
  if (bytes.length < FIXED_BYTES + 2) throw new MalformedFrame("too short");
  const length = view.getUint16(FIXED_BYTES);
  const start = FIXED_BYTES + 2 + length;
  if (length > MAX_FORMAT_BYTES || start > bytes.length) throw new MalformedFrame("format too long");
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes.subarray(FIXED_BYTES + 2, start)));
  } catch {
    throw new MalformedFrame("format is not JSON");
  }
  return [checkFormat(value), start];
}

function checkFormat(value: unknown): PictureFormat {
  if (typeof value !== "object" || value === null) throw new MalformedFrame("no format");
  const { codec, width, height } = value as Record<string, unknown>;
  if (typeof codec !== "string" || codec.length > MAX_CODEC_CHARACTERS) throw new MalformedFrame("no codec");
  return { codec, width: checkSide(width), height: checkSide(height) };
}

function checkSide(value: unknown): number {
  if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > MAX_SIDE_PX) {
    throw new MalformedFrame("size out of range");
  }
  return value as number;
}
