/**
 * Seals the pieces of a file under a key of its own, which the offer carries to those who may have it
 * (docs/protocol/media.md, "Track file"): a file for one person stays closed to the others in the group.
 */

import { type Bytes, decodeHex, encodeHex, owned } from "./bytes.ts";

const KEY_BYTES = 16;
const IV_BYTES = 12;
const ALGORITHM = "AES-GCM";

/** Return a new key, in hexadecimal digits as an offer carries it. It seals one file and no other. */
export const drawFileKey = (): string => encodeHex(crypto.getRandomValues(new Uint8Array(KEY_BYTES)));

export class FileCipher {
  readonly #key: Promise<CryptoKey>;

  /** `key`: 32 hexadecimal digits. */
  constructor(key: string) {
    const raw = decodeHex(key) ?? new Uint8Array();
    this.#key = crypto.subtle.importKey("raw", raw, ALGORITHM, false, ["encrypt", "decrypt"]);
  }

  async seal(index: number, piece: Bytes): Promise<Bytes> {
    return new Uint8Array(await crypto.subtle.encrypt(parameters(index), await this.#key, piece));
  }

  /** Return the piece, or null when it is not the `index`th one of this file. */
  async unseal(index: number, sealed: Uint8Array): Promise<Bytes | null> {
    try {
      return new Uint8Array(await crypto.subtle.decrypt(parameters(index), await this.#key, owned(sealed)));
    } catch {
      return null;
    }
  }
}

/** SHA-256 of the whole file, in hexadecimal digits. */
export const digestOf = async (content: Bytes): Promise<string> =>
  encodeHex(new Uint8Array(await crypto.subtle.digest("SHA-256", content)));

/** A key seals each index once, always the same bytes: so the index is a nonce that never repeats. */
function parameters(index: number): AesGcmParams {
  const iv = new Uint8Array(IV_BYTES);
  new DataView(iv.buffer).setUint32(IV_BYTES - 4, index);
  return { name: ALGORITHM, iv };
}
