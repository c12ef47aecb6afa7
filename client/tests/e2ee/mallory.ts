/**
 * What mallory can make with the MLS library at hand and no scruples: commits that the library's own `createCommit`
 * refuses to make, and an insider who has the meeting's words and her MLS state in the open.
 */

import {
  type Ciphersuite,
  type ClientState,
  type Credential,
  createCommit,
  createGroupInfoWithExternalPubAndRatchetTree,
  createProposal,
  decodeMlsMessage,
  defaultLifetime,
  encodeMlsMessage,
  generateKeyPackageWithKey,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
  joinGroup,
  joinGroupExternal,
  type KeyPackage,
  type LeafNode,
  type PrivateKeyPackage,
  type Proposal,
  type PskIndex,
  processPrivateMessage,
  type RatchetTree,
} from "ts-mls";
import { applyProposals, nextEpochContext } from "ts-mls/clientState.js";
import { createConfirmationTag, createContentCommitSignature } from "ts-mls/framedContent.js";
import { initializeEpoch, mlsExporter } from "ts-mls/keySchedule.js";
import { protect, unprotectPrivateMessage } from "ts-mls/messageProtection.js";
import { protectPublicMessage } from "ts-mls/messageProtectionPublic.js";
import { getCommitSecret } from "ts-mls/pathSecrets.js";
import { decryptSenderData } from "ts-mls/privateMessage.js";
import { createSecretTree } from "ts-mls/secretTree.js";
import { treeHashRoot } from "ts-mls/treeHash.js";
import { leafWidth, toLeafIndex, toNodeIndex } from "ts-mls/treemath.js";
import { createUpdatePath } from "ts-mls/updatePath.js";
import { encodeText } from "../../src/e2ee/bytes.ts";
import { type Identity, sealIdentity } from "../../src/e2ee/credential.ts";
import type { MeetingKeys } from "../../src/e2ee/meeting_key.ts";

export const suite = await getCiphersuiteImpl(
  getCiphersuiteFromName("MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519") satisfies Ciphersuite,
);

export type SignatureKeys = Awaited<ReturnType<typeof suite.signature.keygen>>;
export type RawKeyPackage = { bytes: Uint8Array; keyPackage: KeyPackage; keys: PrivateKeyPackage };

/** A key package that says `identityBytes`, sound in itself. */
export async function makeKeyPackage(identityBytes: Uint8Array, keys?: SignatureKeys): Promise<RawKeyPackage> {
  const credential: Credential = { credentialType: "basic", identity: identityBytes };
  const { publicPackage, privatePackage } = await generateKeyPackageWithKey(
    credential,
    { versions: ["mls10"], ciphersuites: [suite.name], extensions: [], proposals: [], credentials: ["basic"] },
    defaultLifetime,
    [],
    keys ?? (await suite.signature.keygen()),
    suite,
  );
  return { bytes: encodeKeyPackage(publicPackage), keyPackage: publicPackage, keys: privatePackage };
}

export const encodeKeyPackage = (keyPackage: KeyPackage): Uint8Array =>
  encodeMlsMessage({ keyPackage, wireformat: "mls_key_package", version: "mls10" });

export function decodeKeyPackage(bytes: Uint8Array): KeyPackage {
  const message = decodeMlsMessage(bytes, 0)?.[0];
  if (message?.wireformat !== "mls_key_package") throw new Error("no key package");
  return message.keyPackage;
}

const PSK_ID = encodeText("conclave psk v1");

export function pskProposal(pskId: Uint8Array = PSK_ID): Proposal {
  const pskNonce = crypto.getRandomValues(new Uint8Array(32));
  return { proposalType: "psk", psk: { preSharedKeyId: { psktype: "external", pskId, pskNonce } } };
}

export const addProposal = (bytes: Uint8Array): Proposal => ({
  proposalType: "add",
  add: { keyPackage: decodeKeyPackage(bytes) },
});

export const removeProposal = (removed: number): Proposal => ({ proposalType: "remove", remove: { removed } });

type ForgeOptions = {
  /** By default as the library would: for a Remove. */
  path?: boolean;
  asPublic?: boolean;
  /** Proposals that cannot be applied: leave the tree as it is. */
  isUnchecked?: boolean;
  /** Changes the tree that the path is made for, for example the committer's own leaf. */
  tree?: (tree: RatchetTree) => RatchetTree;
  signKey?: Uint8Array;
};

/** Somebody who has the words and is in the group, and whose MLS library does what she likes. */
export class Insider {
  readonly identity: Identity;
  readonly package: RawKeyPackage;
  readonly signatureKeys: SignatureKeys;
  readonly #psk: PskIndex;
  state: ClientState | null = null;

  private constructor(identity: Identity, keyPackage: RawKeyPackage, signatureKeys: SignatureKeys, psk: Uint8Array) {
    this.identity = identity;
    this.package = keyPackage;
    this.signatureKeys = signatureKeys;
    this.#psk = { findPsk: () => psk };
  }

  static async create(keys: MeetingKeys, identity: Identity, ofAnother?: SignatureKeys): Promise<Insider> {
    const signatureKeys = ofAnother ?? (await suite.signature.keygen());
    const bytes = await sealIdentity(keys.leaf, identity, signatureKeys.publicKey);
    return new Insider(identity, await makeKeyPackage(bytes, signatureKeys), signatureKeys, keys.psk);
  }

  get member(): ClientState {
    if (this.state === null) throw new Error("not a member");
    return this.state;
  }

  get leaf(): number {
    return this.member.privatePath.leafIndex;
  }

  async join(welcome: Uint8Array): Promise<void> {
    const message = decodeMlsMessage(welcome, 0)?.[0];
    if (message?.wireformat !== "mls_welcome") throw new Error("no Welcome");
    this.state = await joinGroup(message.welcome, this.package.keyPackage, this.package.keys, this.#psk, suite);
  }

  async follow(commit: Uint8Array): Promise<void> {
    const message = decodePrivate(commit);
    const result = await processPrivateMessage(this.member, message, this.#psk, suite);
    this.state = result.newState;
  }

  /** Make whatever commit, sound in all that the key schedule and signatures can tell. */
  async forge(proposals: Proposal[], o: ForgeOptions = {}): Promise<Uint8Array> {
    const state = this.member;
    const wireformat = o.asPublic === true ? "mls_public_message" : "mls_private_message";
    const all = proposals.map((proposal) => ({ proposalOrRefType: "proposal" as const, proposal }));
    const applied =
      o.isUnchecked === true
        ? { tree: state.ratchetTree, needsUpdatePath: true, pskSecret: new Uint8Array(suite.kdf.size) }
        : await applyProposals(state, all, toLeafIndex(this.leaf), this.#psk, true, suite);
    const [tree, path, commitSecret] = await this.#path(applied.tree, o.path ?? applied.needsUpdatePath, o);
    const sender = { senderType: "member" as const, leafIndex: this.leaf };
    const { signature, framedContent } = await createContentCommitSignature(
      state.groupContext,
      wireformat,
      { proposals: all, path },
      sender,
      new Uint8Array(),
      state.signaturePrivateKey,
      suite.signature,
    );
    const treeHash = await treeHashRoot(tree, suite.hash);
    const context = await nextEpochContext(
      state.groupContext,
      wireformat,
      framedContent,
      signature,
      treeHash,
      state.confirmationTag,
      suite.hash,
    );
    const { keySchedule } = await initializeEpoch(
      state.keySchedule.initSecret,
      commitSecret,
      context,
      applied.pskSecret,
      suite.kdf,
    );
    const tag = await createConfirmationTag(keySchedule.confirmationKey, context.confirmedTranscriptHash, suite.hash);
    const auth = { contentType: "commit" as const, signature, confirmationTag: tag };
    if (wireformat === "mls_public_message") {
      const content = { wireformat, content: framedContent, auth };
      const { membershipKey } = state.keySchedule;
      const publicMessage = await protectPublicMessage(membershipKey, state.groupContext, content as never, suite);
      return encodeMlsMessage({ version: "mls10", wireformat, publicMessage });
    }
    const { privateMessage } = await protect(
      state.keySchedule.senderDataSecret,
      new Uint8Array(),
      state.groupContext,
      state.secretTree,
      { ...framedContent, auth },
      this.leaf,
      state.clientConfig.paddingConfig,
      suite,
    );
    return encodeMlsMessage({ version: "mls10", wireformat, privateMessage });
  }

  async #path(tree: RatchetTree, isWanted: boolean, o: ForgeOptions) {
    if (!isWanted) return [tree, undefined, new Uint8Array(suite.kdf.size)] as const;
    const state = this.member;
    const changed = o.tree?.(tree) ?? tree;
    const key = o.signKey ?? state.signaturePrivateKey;
    const [newTree, path, secrets] = await createUpdatePath(
      changed,
      toLeafIndex(this.leaf),
      state.groupContext,
      key,
      suite,
    );
    const last = secrets.at(-1);
    if (last === undefined) throw new Error("alone");
    const commitSecret = await getCommitSecret(newTree, toNodeIndex(last.nodeIndex), last.secret, suite.kdf);
    return [newTree, path, commitSecret] as const;
  }

  /** A Welcome for whomever the proposals add, in the epoch after ours. */
  async welcome(extraProposals: Proposal[]): Promise<Uint8Array> {
    const context = { state: this.member, cipherSuite: suite, pskIndex: this.#psk };
    const { welcome } = await createCommit(context, { extraProposals, ratchetTreeExtension: true });
    if (welcome === undefined) throw new Error("nobody is added");
    return encodeMlsMessage({ welcome, wireformat: "mls_welcome", version: "mls10" });
  }

  /** An external commit by a stranger, made possible by an insider's GroupInfo. */
  async helpIn(stranger: RawKeyPackage): Promise<Uint8Array> {
    const info = await createGroupInfoWithExternalPubAndRatchetTree(this.member, [], suite);
    const { publicMessage } = await joinGroupExternal(info, stranger.keyPackage, stranger.keys, false, suite);
    return encodeMlsMessage({ version: "mls10", wireformat: "mls_public_message", publicMessage });
  }

  /** After being removed: what the next epoch would be if the path had given no secret. */
  async guessNext(commit: Uint8Array): Promise<ClientState> {
    const state = this.member;
    const { content } = await unprotectPrivateMessage(
      state.keySchedule.senderDataSecret,
      decodePrivate(commit),
      state.secretTree,
      state.ratchetTree,
      state.groupContext,
      state.clientConfig.keyRetentionConfig,
      suite,
    );
    if (content.content.contentType !== "commit" || content.auth.contentType !== "commit") throw new Error("no commit");
    const { sender, commit: body } = content.content;
    if (sender.senderType !== "member") throw new Error("no member");
    const committer = toLeafIndex(sender.leafIndex);
    const applied = await applyProposals(state, body.proposals, committer, this.#psk, false, suite);
    const ratchetTree = applied.tree.slice();
    if (body.path !== undefined) ratchetTree[2 * committer] = { nodeType: "leaf", leaf: body.path.leafNode };
    const groupContext = await nextEpochContext(
      state.groupContext,
      "mls_private_message",
      content.content,
      content.auth.signature,
      await treeHashRoot(ratchetTree, suite.hash),
      state.confirmationTag,
      suite.hash,
    );
    const zeros = new Uint8Array(suite.kdf.size);
    const { initSecret } = state.keySchedule;
    const next = await initializeEpoch(initSecret, zeros, groupContext, applied.pskSecret, suite.kdf);
    const secretTree = await createSecretTree(leafWidth(ratchetTree.length), next.encryptionSecret, suite.kdf);
    const { confirmationTag } = content.auth;
    return { ...state, groupContext, ratchetTree, secretTree, keySchedule: next.keySchedule, confirmationTag };
  }

  /** Exporter secrets that she could hope for: her own, the guessed one, and the one after it. */
  async guesses(commit: Uint8Array, next: Uint8Array): Promise<Uint8Array[]> {
    const guess = await this.guessNext(commit);
    const exporters = [this.member.keySchedule.exporterSecret, guess.keySchedule.exporterSecret];
    try {
      const { newState } = await processPrivateMessage(guess, decodePrivate(next), this.#psk, suite);
      exporters.push(newState.keySchedule.exporterSecret);
    } catch {
      // As it should be.
    }
    return exporters;
  }

  /** Which of the sender's message keys a commit used, as every member can tell. */
  async generationOf(commit: Uint8Array): Promise<number | undefined> {
    const { senderDataSecret } = this.member.keySchedule;
    return (await decryptSenderData(decodePrivate(commit), senderDataSecret, suite))?.generation;
  }

  /** A proposal that stands alone, to be committed by reference. */
  async propose(proposal: Proposal): Promise<Uint8Array> {
    const { message } = await createProposal(this.member, false, proposal, suite);
    return encodeMlsMessage(message);
  }

  async open(message: Uint8Array): Promise<void> {
    await processPrivateMessage(this.member, decodePrivate(message), this.#psk, suite);
  }

  export(label: string, lengthBytes: number, exporterSecret = this.member.keySchedule.exporterSecret) {
    return mlsExporter(exporterSecret, label, new Uint8Array(), lengthBytes, suite);
  }
}

function decodePrivate(bytes: Uint8Array) {
  const message = decodeMlsMessage(bytes, 0)?.[0];
  if (message?.wireformat !== "mls_private_message") throw new Error("no PrivateMessage");
  return message.privateMessage;
}

/** Replace the leaf node of `leaf`. */
export function withLeaf(tree: RatchetTree, leaf: number, change: (node: LeafNode) => LeafNode): RatchetTree {
  return tree.map((node, index) =>
    index === 2 * leaf && node?.nodeType === "leaf" ? { nodeType: "leaf", leaf: change(node.leaf) } : node,
  );
}
