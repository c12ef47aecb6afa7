/**
 * One device as an MLS member (RFC 9420), by the profile of docs/protocol/media.md. Nearly alone in knowing the MLS
 * library: it takes bytes from anyone, refuses whatever the profile refuses, and never throws because of a peer.
 */

import {
  type CiphersuiteImpl,
  type ClientConfig,
  type ClientState,
  type Credential,
  createApplicationMessage,
  createCommit,
  createGroup,
  decodeMlsMessage,
  defaultKeyPackageEqualityConfig,
  defaultLifetime,
  defaultLifetimeConfig,
  emptyPskIndex,
  encodeMlsMessage,
  generateKeyPackageWithKey,
  type IncomingMessageCallback,
  joinGroup,
  type KeyPackage,
  type LeafNode,
  type MLSMessage,
  mlsExporter,
  type PrivateKeyPackage,
  type PrivateMessage,
  type Proposal,
  type ProposalAdd,
  type ProposalPSK,
  type ProposalRemove,
  type PskIndex,
  processPrivateMessage,
  type RatchetTree,
  zeroOutUint8Array,
} from "ts-mls";
import { verifyKeyPackage } from "ts-mls/keyPackage.js";
import { verifyLeafNodeSignatureKeyPackage } from "ts-mls/leafNode.js";
import { decryptSenderData } from "ts-mls/privateMessage.js";
import { consumeRatchet } from "ts-mls/secretTree.js";
import { leafToNodeIndex, toLeafIndex } from "ts-mls/treemath.js";
import { concat, encodeText, isEqual } from "./bytes.ts";
import { type Identity, readIdentity, sealIdentity, verifyIdentity } from "./credential.ts";
import type { MeetingKeys } from "./meeting_key.ts";
import { openPrivate, sealPrivate } from "./private_seal.ts";
import { loadSuite, SUITE } from "./suite.ts";

const PSK_ID = encodeText("conclave psk v1");
/** Only its maker knows this one: see `draft`. */
const ALONE_PSK_ID = encodeText("conclave alone v1");
const PSK_BYTES = 32;
const GROUP_ID_RANDOM_BYTES = 16;
/** Past epochs whose messages still open; the group forgets them by the clock, this only bounds memory. */
const KEPT_EPOCHS = 24;
/** As the library's defaults: how far messages of one sender may overtake each other, and how far we follow. */
const KEPT_GENERATIONS = 10;
const MAX_SKIPPED_MESSAGES = 200;

/** A member's place in the tree and whom it is, confirmed by the meeting's words. */
export type Leaf = { readonly leaf: number; readonly identity: Identity };

/** Which devices a commit may add: those that the roster shows. */
export type Admits = (identity: Identity) => boolean;

/** A commit of ours that is not in force yet; nothing of the old epoch is wiped before it is. */
export type Draft = {
  readonly commit: Uint8Array;
  readonly welcome: Uint8Array | null;
  readonly next: ClientState;
  readonly consumed: readonly Uint8Array[];
};

export type Applied = "applied" | "removed" | "refused";
export type OpenedMessage = { readonly from: Identity; readonly epoch: number; readonly payload: Uint8Array };

type Profile = { readonly suite: CiphersuiteImpl; readonly config: ClientConfig; readonly psk: Uint8Array };

async function loadProfile(keys: MeetingKeys): Promise<Profile> {
  const config: ClientConfig = {
    keyRetentionConfig: {
      retainKeysForEpochs: KEPT_EPOCHS,
      retainKeysForGenerations: KEPT_GENERATIONS,
      maximumForwardRatchetSteps: MAX_SKIPPED_MESSAGES,
    },
    lifetimeConfig: defaultLifetimeConfig,
    keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
    // Messages are padded before they come here.
    paddingConfig: { kind: "alwaysPad", paddingLength: 0 },
    authService: {
      async validateCredential(credential: Credential, signatureKey: Uint8Array): Promise<boolean> {
        return (await verifyCredential(keys, credential, signatureKey)) !== null;
      },
    },
  };
  return { suite: await loadSuite(), config, psk: keys.psk };
}

const identityBytes = (credential: Credential): Uint8Array | null =>
  credential.credentialType === "basic" ? credential.identity : null;

async function verifyCredential(
  keys: MeetingKeys,
  credential: Credential,
  signatureKey: Uint8Array,
): Promise<Identity | null> {
  const bytes = identityBytes(credential);
  return bytes === null ? null : verifyIdentity(keys.leaf, bytes, signatureKey);
}

/** Whatever a peer's bytes make the library throw means no more than "refused". */
async function orNull<T>(attempt: () => Promise<T | null>): Promise<T | null> {
  try {
    return await attempt();
  } catch {
    return null;
  }
}

/** Decode exactly one MLSMessage of the wire format wanted, or throw. */
function decode<W extends MLSMessage["wireformat"]>(bytes: Uint8Array, wireformat: W) {
  const decoded = decodeMlsMessage(bytes, 0);
  if (decoded === undefined || decoded[1] !== bytes.length) throw new RangeError("not one MLSMessage");
  const message = decoded[0];
  if (message.wireformat !== wireformat) throw new RangeError("another wire format");
  return message as Extract<MLSMessage, { wireformat: W }>;
}

/** Return whose key package this is if it is sound and the words of the meeting confirm it, else null. */
export async function verifyKeyPackageBytes(keys: MeetingKeys, bytes: Uint8Array): Promise<Identity | null> {
  return orNull(async () => {
    const { keyPackage } = decode(bytes, "mls_key_package");
    const { leafNode } = keyPackage;
    if (keyPackage.cipherSuite !== SUITE || keyPackage.version !== "mls10") return null;
    if (isEqual(keyPackage.initKey, leafNode.hpkePublicKey) || leafNode.extensions.length > 0) return null;
    const { signature } = await loadSuite();
    const isSigned =
      (await verifyKeyPackage(keyPackage, signature)) && (await verifyLeafNodeSignatureKeyPackage(leafNode, signature));
    return isSigned ? verifyCredential(keys, leafNode.credential, leafNode.signaturePublicKey) : null;
  });
}

/** A device that is in no group yet: its key package and the private keys for it. */
export class Candidate {
  readonly keyPackage: Uint8Array;
  readonly #profile: Profile;
  readonly #public: KeyPackage;
  readonly #private: PrivateKeyPackage;

  private constructor(profile: Profile, publicPackage: KeyPackage, privatePackage: PrivateKeyPackage) {
    this.#profile = profile;
    this.#public = publicPackage;
    this.#private = privatePackage;
    this.keyPackage = encodeMlsMessage({ keyPackage: publicPackage, wireformat: "mls_key_package", version: "mls10" });
  }

  static async create(keys: MeetingKeys, identity: Identity): Promise<Candidate> {
    const profile = await loadProfile(keys);
    const signatureKeys = await profile.suite.signature.keygen();
    const credential: Credential = {
      credentialType: "basic",
      identity: await sealIdentity(keys.leaf, identity, signatureKeys.publicKey),
    };
    // A lifetime would only let a wrong clock keep somebody out: a key package lives as long as its connection.
    const { publicPackage, privatePackage } = await generateKeyPackageWithKey(
      credential,
      { versions: ["mls10"], ciphersuites: [SUITE], extensions: [], proposals: [], credentials: ["basic"] },
      defaultLifetime,
      [],
      signatureKeys,
      profile.suite,
    );
    return new Candidate(profile, publicPackage, privatePackage);
  }

  /** Create a group with this device alone. */
  async found(room: string): Promise<Member> {
    const { suite, config } = this.#profile;
    const groupId = concat(groupIdPrefix(room), randomBytes(GROUP_ID_RANDOM_BYTES));
    return new Member(this.#profile, await createGroup(groupId, this.#public, this.#private, [], suite, config));
  }

  /** Join by a Welcome, or return null if it is not for us, not of this room, or not made with the meeting's words. */
  async join(room: string, welcome: Uint8Array): Promise<Member | null> {
    return orNull(async () => {
      const { suite, config, psk } = this.#profile;
      const psks = new ExternalPsk(psk);
      const message = decode(welcome, "mls_welcome").welcome;
      const state = await joinGroup(message, this.#public, this.#private, psks, suite, undefined, undefined, config);
      const isOfProfile =
        psks.uses === 1 &&
        isEqual(state.groupContext.groupId.subarray(0, -GROUP_ID_RANDOM_BYTES), groupIdPrefix(room)) &&
        state.groupContext.extensions.length === 0 &&
        hasDistinctDevices(state.ratchetTree);
      return isOfProfile ? new Member(this.#profile, state) : null;
    });
  }

  /** Forget the key that opens a Welcome. */
  wipe(): void {
    zeroOutUint8Array(this.#private.initPrivateKey);
  }
}

const groupIdPrefix = (room: string) => encodeText(`conclave/${room}/`);

/** Finds the meeting's PSK and counts how often it was asked for; knows no other. */
class ExternalPsk implements PskIndex {
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

function pskProposal(pskId: Uint8Array): ProposalPSK {
  const pskNonce = randomBytes(PSK_BYTES);
  return { proposalType: "psk", psk: { preSharedKeyId: { psktype: "external", pskId, pskNonce } } };
}

const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));

/** What the policy learned of a commit, for the checks that need the state after it. */
type Seen = { isAccepted: boolean; removes: boolean; sender: number };

/** Accept a commit only of the kinds that docs/protocol/media.md allows, and note what it does. */
function commitPolicy(tree: RatchetTree, admits: Admits, seen: Seen): IncomingMessageCallback {
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
  const psks = all.filter(isOurPsk).length;
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

function isOurPsk(proposal: Proposal): boolean {
  if (proposal.proposalType !== "psk" || !("psk" in proposal)) return false;
  const { preSharedKeyId } = proposal.psk;
  return preSharedKeyId.psktype === "external" && isEqual(preSharedKeyId.pskId, PSK_ID);
}

/** Every device added is one that the roster shows, and is in the group only once. */
function canAdd({ adds, removes }: Plan, tree: RatchetTree, admits: Admits): boolean {
  const staying = readLeaves(tree).filter(({ leaf }) => !removes.includes(leaf));
  const devices = [...staying.map(({ identity }) => identity.device), ...adds.map(({ device }) => device)];
  return adds.every(admits) && new Set(devices).size === devices.length;
}

function leafNode(tree: RatchetTree, leaf: number): LeafNode | null {
  const node = tree[2 * leaf];
  return node?.nodeType === "leaf" ? node.leaf : null;
}

function readLeaves(tree: RatchetTree): Leaf[] {
  const leaves: Leaf[] = [];
  for (let leaf = 0; 2 * leaf < tree.length; leaf += 1) {
    const node = leafNode(tree, leaf);
    const bytes = node === null ? null : identityBytes(node.credential);
    const identity = bytes === null ? null : readIdentity(bytes);
    if (identity !== null) leaves.push({ leaf, identity });
  }
  return leaves;
}

function hasDistinctDevices(tree: RatchetTree): boolean {
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
