import { expect, test } from "vitest";
import { Candidate, verifyKeyPackageBytes } from "../../src/e2ee/candidate.ts";
import type { Draft, Member } from "../../src/e2ee/member.ts";
import { hasNewPath, hasSameCredential } from "../../src/e2ee/tree.ts";
import { identityOf, keysOf, OTHER_WORDS, ROOM } from "./delivery_service.ts";
import { decodeKeyPackage, encodeKeyPackage, Insider, makeKeyPackage, suite, withLeaf } from "./mallory.ts";
import { toHex } from "./vectors.ts";

const admitAll = () => true;
const keys = await keysOf();

async function founded(): Promise<Member> {
  return (await Candidate.create(keys, identityOf("alice"))).found(ROOM);
}

async function draft(member: Member, adds: Uint8Array[] = [], removes: number[] = []): Promise<Draft> {
  const made = await member.draft(adds, removes);
  if (made === null) throw new Error("no draft");
  return made;
}

async function two(): Promise<[Member, Member]> {
  const alice = await founded();
  const candidate = await Candidate.create(keys, identityOf("bob"));
  const made = await draft(alice, [candidate.keyPackage]);
  alice.accept(made);
  const bob = await candidate.join(ROOM, made.welcome ?? new Uint8Array());
  if (bob === null) throw new Error("bob did not join");
  return [alice, bob];
}

const base = async (member: Member) => toHex(await member.export("SFrame 1.0 Base Key", 16));

test("founder and joiner are who they say, at their leaves", async () => {
  const [alice, bob] = await two();
  expect(alice.leaves).toEqual([
    { leaf: 0, identity: identityOf("alice") },
    { leaf: 1, identity: identityOf("bob") },
  ]);
  expect(bob.leaves).toEqual(alice.leaves);
  expect([alice.ownLeaf, bob.ownLeaf]).toEqual([0, 1]);
  expect(await base(alice)).toBe(await base(bob));
});

test("a draft that loses changes nothing: the old epoch goes on and the winner's commit applies", async () => {
  const [alice, bob] = await two();
  const lost = await draft(bob);
  const before = await base(bob);
  const won = await draft(alice);
  expect(await base(bob)).toBe(before);
  expect(await bob.apply(won.commit, admitAll)).toBe("applied");
  alice.accept(won);
  expect(await base(bob)).toBe(await base(alice));
  expect(await alice.apply(lost.commit, admitAll)).toBe("refused");
});

test("secrets of the old epoch are overwritten once a draft is in force, not before", async () => {
  const [alice] = await two();
  const made = await draft(alice);
  expect(made.consumed.every((secret) => secret.some((byte) => byte !== 0))).toBe(true);
  alice.accept(made);
  expect(made.consumed.every((secret) => secret.every((byte) => byte === 0))).toBe(true);
});

test("two drafts for one epoch never share a message key", async () => {
  const [alice, bob] = await two();
  const first = await draft(alice);
  const firstKeys = first.consumed.map(toHex);
  await alice.abandon(first);
  const second = await draft(alice);
  // The last one is the epoch's own init secret, which both replace.
  const shared = second.consumed.map(toHex).filter((key) => firstKeys.includes(key));
  expect(shared).toHaveLength(1);
  expect(Object.values(first.next.keySchedule).every((secret) => secret.every((byte: number) => byte === 0))).toBe(
    true,
  );
  expect(await bob.apply(second.commit, admitAll)).toBe("applied");
});

test("a message opened while our draft was under way does not open again afterwards, and the next one does", async () => {
  const [alice, bob] = await two();
  const [message, next] = [await bob.seal(Uint8Array.of(1)), await bob.seal(Uint8Array.of(2))];
  const made = await draft(alice);
  expect(await alice.open(message)).not.toBeNull();
  alice.accept(made);
  expect(await alice.open(message)).toBeNull();
  expect((await alice.open(next))?.payload).toEqual(Uint8Array.of(2));
});

test("a message of the last epoch opens, until that is forgotten", async () => {
  const [alice, bob] = await two();
  const messages = [await bob.seal(Uint8Array.of(1)), await bob.seal(Uint8Array.of(2))] as const;
  alice.accept(await draft(alice));
  expect(await alice.open(messages[0])).toEqual({ from: identityOf("bob"), epoch: 1, payload: Uint8Array.of(1) });
  alice.forgetBefore(alice.epoch);
  expect(await alice.open(messages[1])).toBeNull();
});

test("a path is noticed, and so is its absence", async () => {
  const [alice] = await two();
  const before = (await draft(alice)).next;
  const carol = await Candidate.create(keys, identityOf("carol"));
  const [empty, add, remove] = [
    await draft(alice),
    await draft(alice, [carol.keyPackage]),
    await draft(alice, [], [1]),
  ];
  const founding = (await draft(await founded(), [carol.keyPackage])).next;
  expect(hasNewPath(before, empty.next, 0)).toBe(true);
  expect(hasNewPath(before, remove.next, 0)).toBe(true);
  expect(hasNewPath(founding, add.next, 9)).toBe(false);
  expect(hasNewPath(add.next, add.next, 0)).toBe(false);
  expect(hasNewPath(add.next, add.next, 1)).toBe(false);
});

test("another credential or signature key in the committer's leaf is noticed", async () => {
  const [alice] = await two();
  const { next } = await draft(alice);
  const changed = (change: Parameters<typeof withLeaf>[2]) => ({ ratchetTree: withLeaf(next.ratchetTree, 0, change) });
  const x509 = { credentialType: "x509" as const, certificates: [] };
  expect(
    hasSameCredential(
      next,
      changed((leaf) => leaf),
      0,
    ),
  ).toBe(true);
  expect(
    hasSameCredential(
      next,
      changed((leaf) => ({ ...leaf, signaturePublicKey: new Uint8Array(32) })),
      0,
    ),
  ).toBe(false);
  expect(
    hasSameCredential(
      next,
      changed((leaf) => ({ ...leaf, credential: x509 })),
      0,
    ),
  ).toBe(false);
  expect(hasSameCredential(next, next, 9)).toBe(false);
});

test("nothing is drafted for somebody without the words, nor for an empty leaf", async () => {
  const [alice] = await two();
  const mallory = await Candidate.create(await keysOf(OTHER_WORDS), identityOf("mallory"));
  expect(await alice.draft([mallory.keyPackage], [])).toBeNull();
  expect(await alice.draft([], [7])).toBeNull();
  expect(await alice.draft([new Uint8Array(3)], [])).toBeNull();
});

test("a sound key package is its owner's; changed in any way it is nobody's", async () => {
  const insider = await Insider.create(keys, identityOf("carol"));
  const { keyPackage, bytes } = insider.package;
  expect(await verifyKeyPackageBytes(keys, bytes)).toEqual(identityOf("carol"));
  expect(await verifyKeyPackageBytes(await keysOf(OTHER_WORDS), bytes)).toBeNull();
  const { leafNode } = keyPackage;
  const changed = [
    { ...keyPackage, cipherSuite: "MLS_128_DHKEMP256_AES128GCM_SHA256_P256" as const },
    { ...keyPackage, initKey: leafNode.hpkePublicKey },
    { ...keyPackage, signature: new Uint8Array(64) },
    { ...keyPackage, leafNode: { ...leafNode, signature: new Uint8Array(64) } },
    {
      ...keyPackage,
      leafNode: { ...leafNode, extensions: [{ extensionType: 0xf000, extensionData: new Uint8Array() }] },
    },
  ];
  for (const each of changed) expect(await verifyKeyPackageBytes(keys, encodeKeyPackage(each))).toBeNull();
  expect(decodeKeyPackage(bytes)).toEqual(keyPackage);
});

test("a leaf's signature by another key is refused even if the key package's own is right", async () => {
  const { package: whole, signatureKeys } = await Insider.create(keys, identityOf("carol"));
  const other = await makeKeyPackage(new Uint8Array(70));
  const { signKeyPackage } = await import("ts-mls/keyPackage.js");
  const leafNode = { ...whole.keyPackage.leafNode, signature: other.keyPackage.leafNode.signature };
  const signed = await signKeyPackage({ ...whole.keyPackage, leafNode }, signatureKeys.signKey, suite.signature);
  expect(await verifyKeyPackageBytes(keys, encodeKeyPackage(signed))).toBeNull();
});

test("a wiped member has no secrets left", async () => {
  const [alice, bob] = await two();
  const message = await bob.seal(Uint8Array.of(1));
  const before = await base(alice);
  alice.wipe();
  expect(await base(alice)).not.toBe(before);
  expect(await alice.open(message)).toBeNull();
  expect(await alice.draft([], [1])).toBeNull();
});

const SECRET = Uint8Array.of(7, 7, 7);
const deviceOf = (name: "alice" | "bob" | "carol") => identityOf(name).device;

async function three(): Promise<[Member, Member, Member]> {
  const [alice, bob] = await two();
  const candidate = await Candidate.create(keys, identityOf("carol"));
  const made = await draft(alice, [candidate.keyPackage]);
  await bob.apply(made.commit, admitAll);
  alice.accept(made);
  const carol = await candidate.join(ROOM, made.welcome ?? new Uint8Array());
  if (carol === null) throw new Error("carol did not join");
  return [alice, bob, carol];
}

async function sealedFor(to: "alice" | "bob" | "carol", from: Member): Promise<Uint8Array> {
  const sealed = await from.sealFor(deviceOf(to), SECRET);
  if (sealed === null) throw new Error("not sealed");
  return sealed;
}

test("what is sealed for one member opens for that one alone", async () => {
  const [alice, bob, carol] = await three();
  const sealed = await sealedFor("bob", alice);
  expect(await bob.openFor(sealed, deviceOf("alice"), alice.epoch)).toEqual(SECRET);
  expect(await carol.openFor(sealed, deviceOf("alice"), alice.epoch)).toBeNull();
  expect(await alice.openFor(sealed, deviceOf("alice"), alice.epoch)).toBeNull();
});

test("what is sealed for one member is bound to its sender, its epoch and its bytes", async () => {
  const [alice, bob] = await three();
  const sealed = await sealedFor("bob", alice);
  expect(await bob.openFor(sealed, deviceOf("carol"), alice.epoch)).toBeNull();
  expect(await bob.openFor(sealed, deviceOf("alice"), alice.epoch - 1)).toBeNull();
  for (const at of [0, 31, 32, sealed.length - 1]) {
    const flipped = sealed.map((byte, index) => (index === at ? byte ^ 1 : byte));
    expect(await bob.openFor(flipped, deviceOf("alice"), alice.epoch)).toBeNull();
  }
  expect(await bob.openFor(new Uint8Array(), deviceOf("alice"), alice.epoch)).toBeNull();
});

test("what was sealed before a commit of the receiver's own opens until that epoch is forgotten", async () => {
  const [alice, bob] = await two();
  const sealed = await sealedFor("bob", alice);
  const epoch = alice.epoch;
  for (let count = 0; count < 2; count++) {
    const made = await draft(bob);
    await alice.apply(made.commit, admitAll);
    bob.accept(made);
  }
  expect(await bob.openFor(sealed, deviceOf("alice"), epoch)).toEqual(SECRET);
  const between = await sealedFor("bob", alice);
  expect(await bob.openFor(between, deviceOf("alice"), alice.epoch)).toEqual(SECRET);
  bob.forgetBefore(bob.epoch);
  expect(await bob.openFor(sealed, deviceOf("alice"), epoch)).toBeNull();
});

test("nothing is sealed for whoever is not a member", async () => {
  const [alice] = await two();
  expect(await alice.sealFor(deviceOf("carol"), SECRET)).toBeNull();
});
