/**
 * One device as an MLS member (RFC 9420), by the profile of docs/protocol/media.md. It takes bytes from anyone, refuses
 * whatever the profile refuses, and never throws because of a peer.
 */

import {
  type CiphersuiteImpl,
  type ClientConfig,
  type ClientState,
  createApplicationMessage,
  createCommit,
  emptyPskIndex,
  encodeMlsMessage,
  type IncomingMessageCallback,
  type joinGroup,
  mlsExporter,
  type PrivateMessage,
  type Proposal,
  processPrivateMessage,
  type RatchetTree,
  zeroOutUint8Array,
} from "ts-mls";
import { decryptSenderData } from "ts-mls/privateMessage.js";
import { consumeRatchet } from "ts-mls/secretTree.js";
import { leafToNodeIndex, toLeafIndex } from "ts-mls/treemath.js";
import { isEqual } from "./bytes.ts";
import { type Admits, commitPolicy, type Seen } from "./commit_policy.ts";
import type { Identity } from "./credential.ts";
import { decode, orNull } from "./mls_bytes.ts";
import { openPrivate, sealPrivate } from "./private_seal.ts";
import { ALONE_PSK_ID, ExternalPsk, PSK_BYTES, PSK_ID, pskProposal, randomBytes } from "./psk.ts";
import { hasNewPath, hasSameCredential, type Leaf, leafNode, readLeaves } from "./tree.ts";

/** A commit of ours that is not in force yet; nothing of the old epoch is wiped before it is. */
export type Draft = {
  readonly commit: Uint8Array;
  readonly welcome: Uint8Array | null;
  readonly next: ClientState;
  readonly consumed: readonly Uint8Array[];
};

export type Applied = "applied" | "removed" | "refused";
export type OpenedMessage = { readonly from: Identity; readonly epoch: number; readonly payload: Uint8Array };

export type Profile = { readonly suite: CiphersuiteImpl; readonly config: ClientConfig; readonly psk: Uint8Array };

export class Member {
  readonly #profile: Profile;
  #state: ClientState;
  /** Read once for each tree: it is asked for whenever somebody looks at the list of people. */
  #known: { readonly tree: RatchetTree; readonly leaves: readonly Leaf[] } | null = null;
  /** Keys that our leaf had until a commit of ours, oldest first; the group forgets them by the clock. */
  #leafKeys: { readonly lastEpoch: number; readonly key: Uint8Array }[] = [];

  constructor(profile: Profile, state: ClientState) {
    this.#profile = profile;
    this.#state = state;
  }

  get groupId(): Uint8Array {
    return this.#state.groupContext.groupId;
  }

  get epoch(): number {
    return Number(this.#state.groupContext.epoch);
  }

  get ownLeaf(): number {
    return this.#state.privatePath.leafIndex;
  }

  /** Everyone in the group, in order of their leaves. */
  get leaves(): readonly Leaf[] {
    const { ratchetTree } = this.#state;
    if (this.#known?.tree !== ratchetTree) this.#known = { tree: ratchetTree, leaves: readLeaves(ratchetTree) };
    return this.#known.leaves;
  }

  /** MLS-Exporter (RFC 9420, section 8.5) with an empty context. */
  async export(label: string, lengthBytes: number): Promise<Uint8Array> {
    const { exporterSecret } = this.#state.keySchedule;
    return mlsExporter(exporterSecret, label, new Uint8Array(), lengthBytes, this.#profile.suite);
  }

  /** Make a commit that adds key packages and removes leaves; null if the library refuses one of them. */
  async draft(adds: readonly Uint8Array[], removes: readonly number[]): Promise<Draft | null> {
    return orNull(async () => {
      const isAlone = adds.length === 0 && this.leaves.length - removes.length === 1;
      const pskIndex = isAlone
        ? new ExternalPsk(randomBytes(PSK_BYTES), ALONE_PSK_ID)
        : new ExternalPsk(this.#profile.psk);
      const context = { state: this.#state, cipherSuite: this.#profile.suite, pskIndex };
      const extraProposals = proposals(adds, removes, isAlone);
      const result = await createCommit(context, { extraProposals, ratchetTreeExtension: true });
      const isSound = removes.length === 0 || hasNewPath(this.#state, result.newState, this.ownLeaf);
      if (!isSound || (result.welcome !== undefined) !== adds.length > 0) return null;
      const { welcome, commit, newState, consumed } = result;
      return { commit: encodeMlsMessage(commit), welcome: encodeWelcome(welcome), next: newState, consumed };
    });
  }

  /** Our own draft is in force. */
  accept(draft: Draft): void {
    const { groupContext, secretTree } = this.#state;
    // The draft was made from an older state: messages opened since must not open again.
    const kept = draft.next.historicalReceiverData.get(groupContext.epoch);
    if (kept !== undefined) draft.next.historicalReceiverData.set(groupContext.epoch, { ...kept, secretTree });
    // Our path renews our own leaf's key, too: what was sealed for the old one may still be on its way.
    const key = this.#leafKey()?.slice();
    if (key !== undefined) this.#leafKeys.push({ lastEpoch: this.epoch, key });
    this.#state = draft.next;
    draft.consumed.forEach(zeroOutUint8Array);
  }

  /** Our draft will not be in force, but this epoch goes on: its message key must not seal another one. */
  async abandon(draft: Draft): Promise<void> {
    const { suite } = this.#profile;
    const own = leafToNodeIndex(toLeafIndex(this.ownLeaf));
    const { newTree, consumed } = await consumeRatchet(this.#state.secretTree, own, "commit", suite);
    this.#state = { ...this.#state, secretTree: newTree };
    consumed.forEach(zeroOutUint8Array);
    wipeDraft(draft);
  }

  /** Apply somebody else's commit made in our epoch. Whatever is refused leaves us as we were. */
  async apply(commit: Uint8Array, admits: Admits): Promise<Applied> {
    const applied = await orNull(() => this.#tryApply(commit, admits));
    return applied ?? "refused";
  }

  async #tryApply(commit: Uint8Array, admits: Admits): Promise<Applied | null> {
    const message = this.#decodePrivate(commit, "commit");
    const seen: Seen = { isAccepted: false, removes: false, sender: -1 };
    const policy = commitPolicy(this.#state.ratchetTree, admits, seen);
    const { suite, psk } = this.#profile;
    const result = await processPrivateMessage(this.#state, message, new ExternalPsk(psk), suite, policy);
    if (result.kind !== "newState" || !seen.isAccepted) return null;
    if (result.newState.groupActiveState.kind !== "active") return "removed";
    if (seen.removes && !hasNewPath(this.#state, result.newState, seen.sender)) return null;
    if (!hasSameCredential(this.#state, result.newState, seen.sender)) return null;
    this.#state = result.newState;
    result.consumed.forEach(zeroOutUint8Array);
    return "applied";
  }

  /** Return the epoch in which a commit or message of this group was made, by its unprotected header; else null. */
  epochOf(bytes: Uint8Array, contentType: "commit" | "application"): number | null {
    try {
      return Number(this.#decodePrivate(bytes, contentType).epoch);
    } catch {
      return null;
    }
  }

  #decodePrivate(bytes: Uint8Array, contentType: "commit" | "application"): PrivateMessage {
    // A PublicMessage is refused with this, and thereby every external commit and external proposal.
    const { privateMessage } = decode(bytes, "mls_private_message");
    if (privateMessage.contentType !== contentType) throw new RangeError("another content type");
    if (!isEqual(privateMessage.groupId, this.#state.groupContext.groupId)) throw new RangeError("another group");
    return privateMessage;
  }

  async seal(payload: Uint8Array): Promise<Uint8Array> {
    const result = await createApplicationMessage(this.#state, payload, this.#profile.suite);
    this.#state = result.newState;
    result.consumed.forEach(zeroOutUint8Array);
    const { privateMessage } = result;
    return encodeMlsMessage({ privateMessage, wireformat: "mls_private_message", version: "mls10" });
  }

  /** Open an application message of this epoch or of one not yet forgotten; each opens once. */
  async open(bytes: Uint8Array): Promise<OpenedMessage | null> {
    return orNull(async () => {
      const message = this.#decodePrivate(bytes, "application");
      const from = await this.#senderOf(message);
      const result = await processPrivateMessage(this.#state, message, emptyPskIndex, this.#profile.suite, refuse);
      if (result.kind !== "applicationMessage" || from === null) return null;
      this.#state = result.newState;
      const payload = result.message.slice();
      result.consumed.forEach(zeroOutUint8Array);
      return { from, epoch: Number(message.epoch), payload };
    });
  }

  /** Seal for the one member whose device is `to`, in this epoch; null when there is none. */
  async sealFor(to: string, payload: Uint8Array): Promise<Uint8Array | null> {
    return orNull(async () => {
      const { ratchetTree } = this.#state;
      const found = this.leaves.find(({ identity }) => identity.device === to);
      const leaf = found === undefined ? null : leafNode(ratchetTree, found.leaf);
      const from = this.#ownDevice();
      if (leaf === null || from === null) return null;
      const { groupId } = this.#state.groupContext;
      const binding = { groupId, epoch: this.epoch, from, to };
      return sealPrivate(this.#profile.suite.hpke, leaf.hpkePublicKey, binding, payload);
    });
  }

  /** Open what the device `from` has sealed for us in `epoch`; null when it is for somebody else, or broken. */
  async openFor(sealed: Uint8Array, from: string, epoch: number): Promise<Uint8Array | null> {
    return orNull(async () => {
      const to = this.#ownDevice();
      const key = this.#leafKeys.find((old) => old.lastEpoch >= epoch)?.key ?? this.#leafKey();
      if (to === null || key === undefined) return null;
      const { groupId } = this.#state.groupContext;
      return openPrivate(this.#profile.suite.hpke, key, { groupId, epoch, from, to }, sealed);
    });
  }

  #ownDevice(): string | null {
    return this.leaves.find(({ leaf }) => leaf === this.ownLeaf)?.identity.device ?? null;
  }

  #leafKey(): Uint8Array | undefined {
    return this.#state.privatePath.privateKeys[leafToNodeIndex(toLeafIndex(this.ownLeaf))];
  }

  /** The library checks the signature of exactly this leaf but does not say which it was. */
  async #senderOf(message: PrivateMessage): Promise<Identity | null> {
    const kept = this.#state.historicalReceiverData.get(message.epoch);
    const { senderDataSecret } = kept ?? this.#state.keySchedule;
    const { ratchetTree } = kept ?? this.#state;
    const sender = await decryptSenderData(message, senderDataSecret, this.#profile.suite);
    return readLeaves(ratchetTree).find(({ leaf }) => leaf === sender?.leafIndex)?.identity ?? null;
  }

  /** Let go of the keys for messages of epochs before `epoch`. */
  forgetBefore(epoch: number): void {
    for (const kept of [...this.#state.historicalReceiverData.keys()]) {
      if (kept < epoch) this.#state.historicalReceiverData.delete(kept);
    }
    for (const old of this.#leafKeys) if (old.lastEpoch < epoch) zeroOutUint8Array(old.key);
    this.#leafKeys = this.#leafKeys.filter((old) => old.lastEpoch >= epoch);
  }

  /** Overwrite the secrets of the group; the member is of no use afterwards. */
  wipe(): void {
    this.#state.historicalReceiverData.clear();
    for (const { key } of this.#leafKeys) zeroOutUint8Array(key);
    this.#leafKeys = [];
    for (const secret of Object.values(this.#state.keySchedule)) zeroOutUint8Array(secret);
    for (const key of Object.values(this.#state.privatePath.privateKeys)) zeroOutUint8Array(key);
    zeroOutUint8Array(this.#state.signaturePrivateKey);
  }
}

/** Overwrite the secrets of an epoch that will not be. */
export function wipeDraft(draft: Draft): void {
  for (const secret of Object.values(draft.next.keySchedule)) zeroOutUint8Array(secret);
}

const refuse: IncomingMessageCallback = () => "reject";

function encodeWelcome(welcome: Parameters<typeof joinGroup>[0] | undefined): Uint8Array | null {
  return welcome === undefined ? null : encodeMlsMessage({ welcome, wireformat: "mls_welcome", version: "mls10" });
}

/**
 * The proposals of a commit, with the meeting's PSK if it adds someone. To a committer who stays behind alone the path
 * gives no secret, since nobody is there to receive one (the library then takes zeros): whoever was removed could go on
 * deriving keys. A PSK that only the committer knows gives one.
 */
function proposals(adds: readonly Uint8Array[], removes: readonly number[], isAlone: boolean): Proposal[] {
  const add = adds.map(
    (bytes): Proposal => ({ proposalType: "add", add: { keyPackage: decode(bytes, "mls_key_package").keyPackage } }),
  );
  const remove = removes.map((removed): Proposal => ({ proposalType: "remove", remove: { removed } }));
  const psk = [...(adds.length > 0 ? [pskProposal(PSK_ID)] : []), ...(isAlone ? [pskProposal(ALONE_PSK_ID)] : [])];
  return [...remove, ...add, ...psk];
}
