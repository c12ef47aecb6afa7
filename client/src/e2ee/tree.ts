/** Who sits where in the group's ratchet tree, and whether a commit has left that as it must be. Pure. */

import type { Credential, LeafNode, RatchetTree } from "ts-mls";
import { isEqual } from "./bytes.ts";
import { type Identity, readIdentity } from "./credential.ts";

/** A member's place in the tree and whom it is, confirmed by the meeting's words. */
export type Leaf = { readonly leaf: number; readonly identity: Identity };

export const identityBytes = (credential: Credential): Uint8Array | null =>
  credential.credentialType === "basic" ? credential.identity : null;

export function leafNode(tree: RatchetTree, leaf: number): LeafNode | null {
  const node = tree[2 * leaf];
  return node?.nodeType === "leaf" ? node.leaf : null;
}

export function readLeaves(tree: RatchetTree): Leaf[] {
  const leaves: Leaf[] = [];
  for (let leaf = 0; 2 * leaf < tree.length; leaf += 1) {
    const node = leafNode(tree, leaf);
    const bytes = node === null ? null : identityBytes(node.credential);
    const identity = bytes === null ? null : readIdentity(bytes);
    if (identity !== null) leaves.push({ leaf, identity });
  }
  return leaves;
}

export function hasDistinctDevices(tree: RatchetTree): boolean {
  const leaves = readLeaves(tree);
  return new Set(leaves.map(({ identity }) => identity.device)).size === leaves.length;
}

type Tree = { readonly ratchetTree: RatchetTree };

/** Whether the committer put in a new path: without one, a member that it removed would know the next epoch's keys. */
export function hasNewPath(before: Tree, after: Tree, committer: number): boolean {
  const [old, now] = [leafNode(before.ratchetTree, committer), leafNode(after.ratchetTree, committer)];
  if (old === null || now === null) return false;
  return now.leafNodeSource === "commit" && !isEqual(old.hpkePublicKey, now.hpkePublicKey);
}

/** Whether the committer is still whom it was: a path may renew its keys, never its credential. */
export function hasSameCredential(before: Tree, after: Tree, committer: number): boolean {
  const [old, now] = [leafNode(before.ratchetTree, committer), leafNode(after.ratchetTree, committer)];
  if (old === null || now === null) return false;
  const [oldBytes, newBytes] = [identityBytes(old.credential), identityBytes(now.credential)];
  if (oldBytes === null || newBytes === null) return false;
  return isEqual(oldBytes, newBytes) && isEqual(old.signaturePublicKey, now.signaturePublicKey);
}
