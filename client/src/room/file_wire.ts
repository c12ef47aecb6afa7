/** What is said about files, and what a piece of one looks like (docs/protocol/media.md, "Track file"). Pure. */

import { type Bytes, concat, decodeHex, encodeHex } from "../e2ee/bytes.ts";

export const MAX_FILE_BYTES = 25_000_000;
/** One object of the track carries one piece; large enough to be cheap, small enough to be sent again. */
export const PIECE_BYTES = 64 * 1024;
/** So many pieces one request may ask for: 2 MiB, more than any link here carries in the time it waits. */
export const MAX_RUN = 32;
const MAX_NAME_CHARACTERS = 200;
const HEADER_BYTES = 12;
const ID = /^[0-9a-f]{16}$/;
const KEY = /^[0-9a-f]{32}$/;
const DIGEST = /^[0-9a-f]{64}$/;
/** What a file system may take for a path, what cannot be seen, and what turns text around. */
const NOT_IN_NAMES = /[/\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

export type FileOffer = {
  readonly type: "file";
  readonly id: string;
  readonly name: string;
  readonly size: number;
  /** The file's own key: whoever has the offer can open the file. */
  readonly key: string;
  /** SHA-256 of the whole. */
  readonly digest: string;
};
export type FetchRequest = {
  readonly type: "fetch";
  readonly file: string;
  readonly from: number;
  readonly count: number;
};
export type Withdrawal = { readonly type: "withdraw"; readonly file: string };

/** Return a name that is safe to show and to save under. */
export const cleanFileName = (name: string): string =>
  [...name.replace(NOT_IN_NAMES, "_")].slice(-MAX_NAME_CHARACTERS).join("").trim() || "file";

export const pieceCount = (sizeBytes: number): number => Math.ceil(sizeBytes / PIECE_BYTES);

export function readOffer(message: object): FileOffer | null {
  const { type, id, name, size, key, digest } = message as Record<string, unknown>;
  if (type !== "file" || typeof name !== "string" || name.length > 2 * MAX_NAME_CHARACTERS) return null;
  if (!isMatch(id, ID) || !isMatch(key, KEY) || !isMatch(digest, DIGEST) || !isWithin(size, 1, MAX_FILE_BYTES))
    return null;
  return { type, id, name: cleanFileName(name), size, key, digest };
}

export function readFetch(message: object): FetchRequest | null {
  const { type, file, from, count } = message as Record<string, unknown>;
  if (type !== "fetch" || !isMatch(file, ID)) return null;
  if (!isWithin(from, 0, pieceCount(MAX_FILE_BYTES) - 1) || !isWithin(count, 1, MAX_RUN)) return null;
  return { type, file, from, count };
}

export function readWithdrawal(message: object): Withdrawal | null {
  const { type, file } = message as Record<string, unknown>;
  return type === "withdraw" && isMatch(file, ID) ? { type, file } : null;
}

/** The plaintext of an object: which file, which piece, and the piece sealed under the file's key. */
export function encodePiece(file: string, index: number, sealed: Uint8Array): Uint8Array {
  const counter = new Uint8Array(4);
  new DataView(counter.buffer).setUint32(0, index);
  return concat(decodeHex(file) ?? new Uint8Array(), counter, sealed);
}

export function decodePiece(bytes: Uint8Array): { file: string; index: number; sealed: Bytes } | null {
  if (bytes.length <= HEADER_BYTES) return null;
  const file = encodeHex(bytes.subarray(0, HEADER_BYTES - 4));
  const index = new DataView(bytes.buffer, bytes.byteOffset).getUint32(HEADER_BYTES - 4);
  return { file, index, sealed: concat(bytes.subarray(HEADER_BYTES)) };
}

const isMatch = (value: unknown, pattern: RegExp): value is string => typeof value === "string" && pattern.test(value);

const isWithin = (value: unknown, least: number, most: number): value is number =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
