/** The key at the meeting's door: who enters proves to have its words (docs/protocol/room.md, "The proof of the words"). */

import { type Bytes, concat, encodeHex, encodeText, owned } from "./bytes.ts";

/** What stands before the 32 bytes of an Ed25519 private key in PKCS #8 (RFC 8410, section 7). */
const PKCS8_HEAD = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20);
const DOMAIN = "conclave enter v1\0";

export type DoorKey = {
  /** 64 hex digits: the site stores them and puts them into tickets. */
  readonly publicKey: string;
  readonly privateKey: CryptoKey;
};

/** What a proof is for, as `enter` carries it. */
export type Entry = { readonly ticket: string; readonly device: string; readonly keyPackage: Uint8Array };

/** Return the key pair of a seed of 32 bytes; the private half cannot be taken out again. */
export async function importDoorKey(seed: Uint8Array): Promise<DoorKey> {
  const pkcs8 = concat(PKCS8_HEAD, seed);
  const privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", false, ["sign"]);
  // WebCrypto tells the public half of a private key only in this form.
  const { x } = await crypto.subtle.exportKey(
    "jwk",
    await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", true, ["sign"]),
  );
  pkcs8.fill(0);
  return { publicKey: encodeHex(readBase64Url(x ?? "")), privateKey };
}

/** Return the proof for one device, with one ticket and one key package. */
export async function proveWords({ privateKey }: DoorKey, entry: Entry): Promise<Bytes> {
  const message = concat(
    encodeText(DOMAIN),
    await digest(encodeText(entry.ticket)),
    encodeText(entry.device),
    await digest(owned(entry.keyPackage)),
  );
  return new Uint8Array(await crypto.subtle.sign("Ed25519", privateKey, message));
}

async function digest(bytes: Bytes): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

function readBase64Url(text: string): Uint8Array {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
