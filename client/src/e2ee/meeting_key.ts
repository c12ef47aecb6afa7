/** The six words of a meeting and the keys they give (docs/protocol/media.md, "The meeting key"). */

import { encodeText } from "./bytes.ts";
import { type DoorKey, importDoorKey } from "./door.ts";
import { WORDS } from "./words.ts";

/** 6 x 12.9 = 77.5 bits: out of reach of guessing, so that no stretching is needed. */
export const WORD_COUNT = 6;

/** Characters: longer than six words and their separators can ever be; what follows is not read. */
const MAX_TEXT_CHARS = 500;

/** Largest multiple of 7,776 in 16 bits: numbers from here on would favour the first words of the list. */
const UNBIASED_BELOW = WORDS.length * Math.floor(0x1_0000 / WORDS.length);

/** Between words: spaces, commas, and every dash that a keyboard may put for a hyphen. */
const SEPARATORS = /[\s,\u002d\u2010-\u2015\u2212]+/;

export type ReadWords = { ok: true; words: string[] } | { ok: false; unknown: string[]; count: number };

export type MeetingKeys = {
  /** HMAC key for credentials. */
  readonly leaf: CryptoKey;
  /** External PSK of every commit that adds someone, 32 bytes. */
  readonly psk: Uint8Array;
  readonly door: DoorKey;
};

export type WordsVerdict =
  | { readonly ok: true; readonly words: string }
  | {
      readonly ok: false;
      readonly problem: "count" | "unknown" | "mismatch";
      readonly unknown: readonly string[];
      readonly count: number;
    };

/** Return six words drawn by WebCrypto, each of the list equally likely. */
export function drawWords(): string[] {
  const words: string[] = [];
  while (words.length < WORD_COUNT) {
    const number = crypto.getRandomValues(new Uint16Array(1))[0] ?? UNBIASED_BELOW;
    const word = number < UNBIASED_BELOW ? WORDS[number % WORDS.length] : undefined;
    if (word !== undefined) words.push(word);
  }
  return words;
}

/** Read words as people type and paste them; case, surrounding space and the kind of separator do not matter. */
export function readWords(text: string): ReadWords {
  const words = text.slice(0, MAX_TEXT_CHARS).toLowerCase().split(SEPARATORS).filter(Boolean);
  const unknown = words.filter((word) => !known().has(word));
  if (unknown.length > 0 || words.length !== WORD_COUNT) return { ok: false, unknown, count: words.length };
  return { ok: true, words };
}

let knownWords: ReadonlySet<string> | null = null;

function known(): ReadonlySet<string> {
  knownWords ??= new Set(WORDS);
  return knownWords;
}

/** Derive the keys of the meeting in `room` (9 digits) from its words. */
export async function deriveKeys(words: readonly string[], room: string): Promise<MeetingKeys> {
  const secret = await crypto.subtle.importKey("raw", encodeText(words.join("-")), "HKDF", false, [
    "deriveBits",
    "deriveKey",
  ]);
  const expand = (info: string): HkdfParams => ({
    name: "HKDF",
    hash: "SHA-256",
    salt: encodeText(room),
    info: encodeText(info),
  });
  const hmac = { name: "HMAC", hash: "SHA-256", length: 256 };
  const leaf = await crypto.subtle.deriveKey(expand("conclave leaf v1"), secret, hmac, false, ["sign", "verify"]);
  const psk = new Uint8Array(await crypto.subtle.deriveBits(expand("conclave psk v1"), secret, 256));
  const seed = new Uint8Array(await crypto.subtle.deriveBits(expand("conclave door v1"), secret, 256));
  const door = await importDoorKey(seed);
  seed.fill(0);
  return { leaf, psk, door };
}

/** Say whether `text` has the words of the meeting in `room`, whose public door key is `doorKey`. */
export async function judgeWords(text: string, room: string, doorKey: string): Promise<WordsVerdict> {
  const read = readWords(text);
  if (!read.ok) return { ...read, problem: read.unknown.length > 0 ? "unknown" : "count" };
  const { door } = await deriveKeys(read.words, room);
  if (door.publicKey !== doorKey) return { ok: false, problem: "mismatch", unknown: [], count: WORD_COUNT };
  return { ok: true, words: read.words.join("-") };
}
