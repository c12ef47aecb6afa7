/** What an MLS leaf says about its device, bound to the meeting's words (docs/protocol/media.md, "MLS profile"). */

import { concat, decodeText, encodeText, owned } from "./bytes.ts";

/** Hex digits of a participant's or a device's id, one byte each in the credential. */
const ID_BYTES = 16;
/** HMAC-SHA-256. */
const MAC_BYTES = 32;
/** A ticket's name has at most 60 characters, of at most 4 bytes each in UTF-8. */
const MAX_NAME_BYTES = 240;
/** Ed25519; of another length it could lend bytes to the name that follows it in the mac. */
const SIGNATURE_KEY_BYTES = 32;

const ID = /^[0-9a-f]{16}$/;

export type Identity = { readonly participant: string; readonly device: string; readonly name: string };

/** Return the credential's identity bytes for a device that holds `signatureKey` (public, 32 bytes). */
export async function sealIdentity(key: CryptoKey, identity: Identity, signatureKey: Uint8Array): Promise<Uint8Array> {
  const { participant, device, name } = identity;
  const mac = await crypto.subtle.sign("HMAC", key, authenticated(identity, signatureKey));
  return concat(encodeText(participant), encodeText(device), new Uint8Array(mac), encodeText(name));
}

/** Return whom the bytes name, without believing them; null when they have not the form of an identity. */
export function readIdentity(bytes: Uint8Array): Identity | null {
  const [participant, device, name] = [
    decodeText(bytes.subarray(0, ID_BYTES)),
    decodeText(bytes.subarray(ID_BYTES, 2 * ID_BYTES)),
    decodeText(nameBytes(bytes)),
  ];
  if (participant === null || device === null || name === null) return null;
  if (!ID.test(participant) || !ID.test(device)) return null;
  if (name === "" || nameBytes(bytes).length > MAX_NAME_BYTES) return null;
  return { participant, device, name };
}

/** Return whom the bytes name if the words of the meeting confirm it for `signatureKey`, else null. */
export async function verifyIdentity(
  key: CryptoKey,
  bytes: Uint8Array,
  signatureKey: Uint8Array,
): Promise<Identity | null> {
  const identity = readIdentity(bytes);
  if (identity === null || signatureKey.length !== SIGNATURE_KEY_BYTES) return null;
  const mac = owned(bytes.subarray(2 * ID_BYTES, 2 * ID_BYTES + MAC_BYTES));
  // WebCrypto compares in constant time.
  const isTrue = await crypto.subtle.verify("HMAC", key, mac, authenticated(identity, signatureKey));
  return isTrue ? identity : null;
}

const nameBytes = (bytes: Uint8Array): Uint8Array => bytes.subarray(2 * ID_BYTES + MAC_BYTES);

const authenticated = ({ participant, device, name }: Identity, signatureKey: Uint8Array) =>
  concat(encodeText(participant), encodeText(device), signatureKey, encodeText(name));
