/** The external PSKs of the profile: the meeting's, and that of who stays behind alone. */

import type { Proposal, ProposalPSK, PskIndex } from "ts-mls";
import { encodeText, isEqual } from "./bytes.ts";

export const PSK_ID = encodeText("conclave psk v1");
/** Only its maker knows this one: see `Member.draft`. */
export const ALONE_PSK_ID = encodeText("conclave alone v1");
export const PSK_BYTES = 32;

/** Finds the meeting's PSK and counts how often it was asked for; knows no other. */
export class ExternalPsk implements PskIndex {
  readonly #psk: Uint8Array;
  readonly #id: Uint8Array;
  uses = 0;

  constructor(psk: Uint8Array, id: Uint8Array = PSK_ID) {
    this.#psk = psk;
    this.#id = id;
  }

  findPsk: PskIndex["findPsk"] = (id) => {
    if (id.psktype !== "external" || !isEqual(id.pskId, this.#id)) return undefined;
    this.uses += 1;
    return this.#psk;
  };
}

export function pskProposal(pskId: Uint8Array): ProposalPSK {
  const pskNonce = randomBytes(PSK_BYTES);
  return { proposalType: "psk", psk: { preSharedKeyId: { psktype: "external", pskId, pskNonce } } };
}

export function isMeetingPsk(proposal: Proposal): boolean {
  if (proposal.proposalType !== "psk" || !("psk" in proposal)) return false;
  const { preSharedKeyId } = proposal.psk;
  return preSharedKeyId.psktype === "external" && isEqual(preSharedKeyId.pskId, PSK_ID);
}

export const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
