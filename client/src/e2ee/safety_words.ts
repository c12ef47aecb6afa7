/** Four words that are the same for everyone in one MLS epoch, and for nobody else (docs/protocol/media.md). */

import { WORDS } from "./words.ts";

export const SAFETY_LABEL = "conclave safety words";
export const SAFETY_BYTES = 8;

/** Read `SAFETY_BYTES` bytes from the exporter as words. */
export function readSafetyWords(bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, SAFETY_BYTES);
  const words: string[] = [];
  for (let offset = 0; offset < SAFETY_BYTES; offset += 2) {
    const word = WORDS[view.getUint16(offset) % WORDS.length];
    if (word !== undefined) words.push(word);
  }
  return words;
}
