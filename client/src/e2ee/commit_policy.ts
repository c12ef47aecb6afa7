/** Which commits of others the profile allows (docs/protocol/media.md, "MLS profile"). Pure. */

import type { IncomingMessageCallback, Proposal, ProposalAdd, ProposalRemove, RatchetTree } from "ts-mls";
import { type Identity, readIdentity } from "./credential.ts";
import { isMeetingPsk } from "./psk.ts";
import { identityBytes, readLeaves } from "./tree.ts";

/** Which devices a commit may add: those that the roster shows. */
export type Admits = (identity: Identity) => boolean;

/** What the policy learned of a commit, for the checks that need the state after it. */
export type Seen = { isAccepted: boolean; removes: boolean; sender: number };

/** Accept a commit only of the kinds that docs/protocol/media.md allows, and note what it does. */
export function commitPolicy(tree: RatchetTree, admits: Admits, seen: Seen): IncomingMessageCallback {
  return (incoming) => {
    if (incoming.kind !== "commit" || incoming.senderLeafIndex === undefined) return "reject";
    const plan = sortProposals(incoming.proposals.map(({ proposal }) => proposal));
    if (plan === null || !canAdd(plan, tree, admits)) return "reject";
    seen.isAccepted = true;
    seen.removes = plan.removes.length > 0;
    seen.sender = incoming.senderLeafIndex;
    return "accept";
  };
}

type Plan = { adds: Identity[]; removes: number[] };

/** Return whom the proposals add and remove; null if there is one of another kind or the PSK is not as it must be. */
function sortProposals(all: readonly Proposal[]): Plan | null {
  const adds = all.filter(isAdd).map(addedIdentity);
  const known = adds.filter((identity) => identity !== null);
  const removes = all.filter(isRemove).map(({ remove }) => remove.removed);
  const psks = all.filter(isMeetingPsk).length;
  const isPskRight = psks === (adds.length > 0 ? 1 : 0);
  const isOfProfile = isPskRight && known.length === adds.length && adds.length + removes.length + psks === all.length;
  return isOfProfile ? { adds: known, removes } : null;
}

function addedIdentity({ add }: ProposalAdd): Identity | null {
  const bytes = identityBytes(add.keyPackage.leafNode.credential);
  return bytes === null ? null : readIdentity(bytes);
}

const isAdd = (proposal: Proposal): proposal is ProposalAdd => proposal.proposalType === "add";
const isRemove = (proposal: Proposal): proposal is ProposalRemove => proposal.proposalType === "remove";

/** Every device added is one that the roster shows, and is in the group only once. */
function canAdd({ adds, removes }: Plan, tree: RatchetTree, admits: Admits): boolean {
  const staying = readLeaves(tree).filter(({ leaf }) => !removes.includes(leaf));
  const devices = [...staying.map(({ identity }) => identity.device), ...adds.map(({ device }) => device)];
  return adds.every(admits) && new Set(devices).size === devices.length;
}
