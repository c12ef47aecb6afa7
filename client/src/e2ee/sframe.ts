/** SFrame ciphertexts (RFC 9605) of cipher suite 4, over WebCrypto; keys cannot be extracted. */

import { type Bytes, concat, encodeText, owned } from "./bytes.ts";

/** AES_128_GCM_SHA256_128, RFC 9605, section 4.5. */
const SUITE = 4;
const SALT_BITS = 96;
const TAG_BITS = 128;
const NO_METADATA = new Uint8Array();

/** Counters remembered for each KID, so that late frames are told from repeated ones. */
export const REPLAY_WINDOW_FRAMES = 1024;
/** A device stops here: far beyond any meeting, and still an exact JavaScript number. */
export const CTR_LIMIT = 2 ** 48;

export type Header = { readonly kid: bigint; readonly ctr: bigint; readonly bytes: Uint8Array };

/** Encode a header in its one shortest form (RFC 9605, section 4.3). */
export function encodeHeader(kid: bigint, ctr: bigint): Bytes {
  const [kidBytes, ctrBytes] = [shortest(kid), shortest(ctr)];
  const config = (configBits(kid, kidBytes) << 4) | configBits(ctr, ctrBytes);
  return concat(Uint8Array.of(config), kid < 8n ? NO_METADATA : kidBytes, ctr < 8n ? NO_METADATA : ctrBytes);
}

/** Decode the header that `bytes` begins with; null when it is cut off or not in its shortest form. */
export function decodeHeader(bytes: Uint8Array): Header | null {
  const config = bytes[0];
  if (config === undefined) return null;
  const kid = decodeField(bytes, config >> 4, 1);
  if (kid === null) return null;
  const ctr = decodeField(bytes, config & 0x0f, kid.end);
  if (ctr === null) return null;
  return { kid: kid.value, ctr: ctr.value, bytes: bytes.subarray(0, ctr.end) };
}

/** Four bits: the value itself below 8, else a set bit and the number of bytes less one. */
const configBits = (value: bigint, bytes: Uint8Array): number =>
  value < 8n ? Number(value) : 0x8 | (bytes.length - 1);

function decodeField(bytes: Uint8Array, bits: number, start: number): { value: bigint; end: number } | null {
  if (bits < 0x8) return { value: BigInt(bits), end: start };
  const end = start + (bits & 0x7) + 1;
  if (end > bytes.length) return null;
  const value = bytes.subarray(start, end).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const isShortest = value >= 8n && shortest(value).length === end - start;
  return isShortest ? { value, end } : null;
}

function uint64(value: bigint): Bytes {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value);
  return bytes;
}

function shortest(value: bigint): Bytes {
  const bytes = uint64(value);
  const first = bytes.findIndex((byte) => byte !== 0);
  return bytes.subarray(first === -1 ? 7 : first);
}

/** What one KID seals or opens with. */
export type FrameKey = { readonly key: CryptoKey; readonly salt: Bytes };

/** Hold `bytes` as a base key and wipe them. */
export async function importBaseKey(bytes: Uint8Array): Promise<CryptoKey> {
  const key = await crypto.subtle.importKey("raw", owned(bytes), "HKDF", false, ["deriveBits", "deriveKey"]);
  bytes.fill(0);
  return key;
}

/** Derive key and salt of `kid` (RFC 9605, section 4.4.2). */
export async function deriveFrameKey(baseKey: CryptoKey, kid: bigint): Promise<FrameKey> {
  const expand = (label: string): HkdfParams => ({
    name: "HKDF",
    hash: "SHA-256",
    salt: NO_METADATA,
    info: concat(encodeText(label), uint64(kid), Uint8Array.of(0, SUITE)),
  });
  const aes = { name: "AES-GCM", length: 128 };
  const [key, salt] = await Promise.all([
    crypto.subtle.deriveKey(expand("SFrame 1.0 Secret key "), baseKey, aes, false, ["encrypt", "decrypt"]),
    crypto.subtle.deriveBits(expand("SFrame 1.0 Secret salt "), baseKey, SALT_BITS),
  ]);
  return { key, salt: new Uint8Array(salt) };
}

/** Return header and ciphertext. `ctr` must never have been used with this key. */
export async function sealFrame(
  frameKey: FrameKey,
  [kid, ctr]: readonly [bigint, bigint],
  plaintext: Uint8Array,
  metadata: Uint8Array = NO_METADATA,
): Promise<Bytes> {
  const header = encodeHeader(kid, ctr);
  const params = aead(frameKey, ctr, header, metadata);
  const ciphertext = await crypto.subtle.encrypt(params, frameKey.key, owned(plaintext));
  return concat(header, new Uint8Array(ciphertext));
}

/** Return the plaintext of a whole frame, or null when it was not sealed so. */
export async function openFrame(
  frameKey: FrameKey,
  header: Header,
  frame: Uint8Array,
  metadata: Uint8Array = NO_METADATA,
): Promise<Bytes | null> {
  const params = aead(frameKey, header.ctr, header.bytes, metadata);
  try {
    const ciphertext = owned(frame.subarray(header.bytes.length));
    return new Uint8Array(await crypto.subtle.decrypt(params, frameKey.key, ciphertext));
  } catch {
    return null;
  }
}

const aead = ({ salt }: FrameKey, ctr: bigint, header: Uint8Array, metadata: Uint8Array): AesGcmParams => ({
  name: "AES-GCM",
  iv: nonce(salt, ctr),
  additionalData: concat(header, metadata),
  tagLength: TAG_BITS,
});

function nonce(salt: Bytes, ctr: bigint): Bytes {
  const bytes = salt.slice();
  uint64(ctr).forEach((byte, index) => {
    bytes[4 + index] = (bytes[4 + index] ?? 0) ^ byte;
  });
  return bytes;
}

/** Gives each number once; null when there are none left. */
export class Counter {
  readonly #limit: number;
  #next = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  take(): number | null {
    if (this.#next >= this.#limit) return null;
    this.#next += 1;
    return this.#next - 1;
  }
}

/** Tells a counter that came before from one that is merely late. */
export class ReplayWindow {
  readonly #seen = new Uint8Array(REPLAY_WINDOW_FRAMES);
  #highest = -1;

  isFresh(ctr: number): boolean {
    if (ctr > this.#highest) return true;
    if (ctr <= this.#highest - REPLAY_WINDOW_FRAMES) return false;
    return this.#seen[ctr % REPLAY_WINDOW_FRAMES] === 0;
  }

  /** Remember a counter that is fresh. */
  mark(ctr: number): void {
    const skippedFrom = Math.max(this.#highest + 1, ctr - REPLAY_WINDOW_FRAMES + 1);
    for (let skipped = skippedFrom; skipped < ctr; skipped += 1) this.#seen[skipped % REPLAY_WINDOW_FRAMES] = 0;
    this.#seen[ctr % REPLAY_WINDOW_FRAMES] = 1;
    this.#highest = Math.max(this.#highest, ctr);
  }
}
