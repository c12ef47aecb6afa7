/** A device before it is in a group: its key package, how others verify that, and how it becomes a member. */

import {
  type ClientConfig,
  type Credential,
  createGroup,
  defaultKeyPackageEqualityConfig,
  defaultLifetime,
  defaultLifetimeConfig,
  encodeMlsMessage,
  generateKeyPackageWithKey,
  joinGroup,
  type KeyPackage,
  type PrivateKeyPackage,
  zeroOutUint8Array,
} from "ts-mls";
import { verifyKeyPackage } from "ts-mls/keyPackage.js";
import { verifyLeafNodeSignatureKeyPackage } from "ts-mls/leafNode.js";
import { concat, encodeText, isEqual } from "./bytes.ts";
import { type Identity, sealIdentity, verifyIdentity } from "./credential.ts";
import type { MeetingKeys } from "./meeting_key.ts";
import { Member, type Profile } from "./member.ts";
import { decode, orNull } from "./mls_bytes.ts";
import { ExternalPsk, randomBytes } from "./psk.ts";
import { loadSuite, SUITE } from "./suite.ts";
import { hasDistinctDevices, identityBytes } from "./tree.ts";

const GROUP_ID_RANDOM_BYTES = 16;
/** Past epochs whose messages still open; the group forgets them by the clock, this only bounds memory. */
const KEPT_EPOCHS = 24;
/** As the library's defaults: how far messages of one sender may overtake each other, and how far we follow. */
const KEPT_GENERATIONS = 10;
const MAX_SKIPPED_MESSAGES = 200;

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

async function verifyCredential(
  keys: MeetingKeys,
  credential: Credential,
  signatureKey: Uint8Array,
): Promise<Identity | null> {
  const bytes = identityBytes(credential);
  return bytes === null ? null : verifyIdentity(keys.leaf, bytes, signatureKey);
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
