/** The plaintext of an object of the `screen` track (docs/protocol/media.md): a header, then the encoded picture. */

/** What a decoder must know, sent with every key frame. */
export type PictureFormat = {
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  /** How numbers become colours, as the encoder says; without it a decoder guesses, and red is not quite red. */
  readonly color?: Color;
};

/** The words of WebCodecs, "VideoColorSpace". */
export type Color = {
  readonly primaries: VideoColorPrimaries;
  readonly transfer: VideoTransferCharacteristics;
  readonly matrix: VideoMatrixCoefficients;
  readonly fullRange: boolean;
};

const PRIMARIES: readonly string[] = ["bt709", "bt470bg", "smpte170m", "bt2020", "smpte432"];
const TRANSFERS: readonly string[] = ["bt709", "smpte170m", "iec61966-2-1", "linear", "pq", "hlg"];
const MATRICES: readonly string[] = ["rgb", "bt709", "bt470bg", "smpte170m", "bt2020-ncl"];

export type FrameHeader = {
  readonly group: number;
  readonly index: number;
  /** Unix microseconds. */
  readonly capturedUs: number;
  /** Of key frames only. */
  readonly format: PictureFormat | null;
  /** Of a low rendition only: it is as good as the full one now, which may as well be read. */
  readonly isAmple?: boolean;
};

export type DecodedFrame = { readonly header: FrameHeader; readonly picture: Uint8Array };

/** What came from the peer is not a frame. */
export class MalformedFrame extends Error {}

/** Flags, group, index and time. */
const FIXED_BYTES = 17;
const FLAG_KEY = 1;
const FLAG_AMPLE = 2;
/** `{"codec": ..., "width": ..., "height": ..., "color": ...}` takes less than 200. */
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
  view.setUint8(0, (format === null ? 0 : FLAG_KEY) | (header.isAmple ? FLAG_AMPLE : 0));
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
  if (flags > (FLAG_KEY | FLAG_AMPLE)) throw new MalformedFrame("unknown flag");
  const capturedUs = Number(view.getBigUint64(9));
  if (!Number.isSafeInteger(capturedUs)) throw new MalformedFrame("time out of range");
  const [format, start] = flags & FLAG_KEY ? readFormat(bytes, view) : [null, FIXED_BYTES];
  if (start >= bytes.length) throw new MalformedFrame("no picture");
  const header = { group: view.getUint32(1), index: view.getUint32(5), capturedUs, format };
  const isAmple = (flags & FLAG_AMPLE) !== 0;
  return { header: isAmple ? { ...header, isAmple } : header, picture: bytes.subarray(start) };
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
  const { codec, width, height, color } = value as Record<string, unknown>;
  if (typeof codec !== "string" || codec.length > MAX_CODEC_CHARACTERS) throw new MalformedFrame("no codec");
  const format = { codec, width: checkSide(width), height: checkSide(height) };
  return color === undefined ? format : { ...format, color: checkColor(color) };
}

function checkColor(value: unknown): Color {
  if (!isColor(value)) throw new MalformedFrame("no such colours");
  const { primaries, transfer, matrix, fullRange } = value;
  return { primaries, transfer, matrix, fullRange };
}

/** Whether `value` says in full and in words we know how numbers become colours. */
export function isColor(value: unknown): value is Color {
  if (typeof value !== "object" || value === null) return false;
  const { primaries, transfer, matrix, fullRange } = value as Record<string, unknown>;
  return (
    PRIMARIES.includes(primaries as string) &&
    TRANSFERS.includes(transfer as string) &&
    MATRICES.includes(matrix as string) &&
    typeof fullRange === "boolean"
  );
}

function checkSide(value: unknown): number {
  if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > MAX_SIDE_PX) {
    throw new MalformedFrame("size out of range");
  }
  return value as number;
}
