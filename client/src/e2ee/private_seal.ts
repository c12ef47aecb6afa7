/**
 * Seals for one member what all of them carry (docs/protocol/media.md, "Private messages"): HPKE to the public key of a
 * leaf, as MLS itself seals path secrets, under a label of our own (RFC 9420, section 5.1.3).
 */

import { decryptWithLabel, encryptWithLabel, type Hpke } from "ts-mls/crypto/hpke.js";
import { concat, encodeText } from "./bytes.ts";

const LABEL = "conclave private v1";
/** The KEM output of X25519 (RFC 9180, section 7.1). */
const KEM_OUTPUT_BYTES = 32;
const EPOCH_BYTES = 8;

/** What a sealed message is bound to: moved to another group, epoch, sender or receiver it does not open. */
export type Binding = {
  readonly groupId: Uint8Array;
  readonly epoch: number;
  /** Device ids. */
  readonly from: string;
  readonly to: string;
};

export async function sealPrivate(
  hpke: Hpke,
  publicKey: Uint8Array,
  binding: Binding,
  payload: Uint8Array,
): Promise<Uint8Array> {
  const { enc, ct } = await encryptWithLabel(
    await hpke.importPublicKey(publicKey),
    LABEL,
    contextOf(binding),
    payload,
    hpke,
  );
  return concat(enc, ct);
}

/** Return the payload, or throw when it is not for this key, or not of this binding. */
export async function openPrivate(
  hpke: Hpke,
  privateKey: Uint8Array,
  binding: Binding,
  sealed: Uint8Array,
): Promise<Uint8Array> {
  const [enc, ct] = [sealed.subarray(0, KEM_OUTPUT_BYTES), sealed.subarray(KEM_OUTPUT_BYTES)];
  return decryptWithLabel(await hpke.importPrivateKey(privateKey), LABEL, contextOf(binding), enc, ct, hpke);
}

function contextOf({ groupId, epoch, from, to }: Binding): Uint8Array {
  const counter = new Uint8Array(EPOCH_BYTES);
  new DataView(counter.buffer).setBigUint64(0, BigInt(epoch));
  return concat(counter, encodeText(from), encodeText(to), groupId);
}
