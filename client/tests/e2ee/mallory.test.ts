import fc from "fast-check";
import { encodeRequiredCapabilities, type Proposal } from "ts-mls";
import { expect, test } from "vitest";
import { concat } from "../../src/e2ee/bytes.ts";
import { Candidate } from "../../src/e2ee/candidate.ts";
import { sealIdentity } from "../../src/e2ee/credential.ts";
import { CONTEXT, FrameCrypto } from "../../src/e2ee/frames.ts";
import type { GroupEntry, GroupInput } from "../../src/e2ee/group.ts";
import { importBaseKey } from "../../src/e2ee/sframe.ts";
import {
  type Attached,
  DeliveryService,
  identityOf,
  keysOf,
  listener,
  OTHER_WORDS,
  ROOM,
  type TestDevice,
} from "./delivery_service.ts";
import { addProposal, Insider, makeKeyPackage, pskProposal, removeProposal, suite, withLeaf } from "./mallory.ts";
import { flip, readVectors } from "./vectors.ts";

/** Many meetings in one test, on a machine that does other things too. */
const SLOW_MS = 60_000;
const PICTURE = Uint8Array.of(1, 2, 3);
const MALLORY = identityOf("mallory");
const NOBODY = { role: "attendee", member: false };

type Meeting = { room: DeliveryService; alice: TestDevice; bob: TestDevice };

async function meeting(): Promise<Meeting> {
  const room = new DeliveryService();
  const alice = await room.enter("alice");
  await room.settle();
  const bob = await room.enter("bob");
  await room.pass(1000);
  return { room, alice, bob };
}

/** The meeting is whole: both are in one epoch, and a newcomer still gets in. */
async function expectUndisturbed({ room, alice, bob }: Meeting): Promise<void> {
  const dave = await room.enter("dave");
  await room.pass(20_000);
  expect(new Set([alice.safetyWords, bob.safetyWords, dave.safetyWords]).size).toBe(1);
  expect([alice, bob, dave].map((device) => device.count("rejoin"))).toEqual([0, 0, 0]);
  await room.say(alice, { text: "still here" });
  await room.settle();
  expect([bob.messages.at(-1), dave.messages.at(-1)]).toEqual([{ text: "still here" }, { text: "still here" }]);
}

/** Mallory's server shows a participant that does not exist. */
async function expectRefused(meeting: Meeting, entry: GroupEntry): Promise<void> {
  const { room, alice, bob } = meeting;
  const ghost = listener(MALLORY);
  room.attach(ghost, entry);
  await room.pass(30_000);
  expect(ghost.events.filter(({ type }) => type === "welcome")).toEqual([]);
  expect([alice.group.trustOf(entry.device), bob.group.trustOf(entry.device)]).toEqual(["unverified", "unverified"]);
  expect([alice.epoch, bob.epoch]).toEqual([1, 1]);
  await expectUndisturbed(meeting);
}

test("R5 an invented participant without the words is refused by every member", async () => {
  const vector =
    readVectors<Record<"participant" | "device" | "name" | "key_package", string>>("mallory-key-package.json");
  const { participant, device, name } = vector;
  const keyPackage = new Uint8Array(Buffer.from(vector.key_package, "base64"));
  await expectRefused(await meeting(), { ...NOBODY, participant, device, name, keyPackage });
});

test("R5 even a Welcome made for her by a careless member opens nothing without the words", async () => {
  const careless = await Insider.create(await keysOf(), identityOf("carol"));
  const { room, alice } = await meeting();
  const carol = listener(careless.identity);
  room.attach(carol, { ...NOBODY, ...careless.identity, keyPackage: careless.package.bytes });
  await room.settle();
  const welcome = carol.events.find((event) => event.type === "welcome");
  if (welcome?.type !== "welcome") throw new Error("carol was not let in");
  await careless.join(welcome.welcome);
  expect(await careless.export("conclave safety words", 8)).toHaveLength(8);
  const mallory = await Candidate.create(await keysOf(OTHER_WORDS), MALLORY);
  const forMallory = await careless.welcome([addProposal(mallory.keyPackage), pskProposal()]);
  expect(await mallory.join(ROOM, forMallory)).toBeNull();
  // The same Welcome opens for somebody who has the words, so it is they that make the difference.
  const dave = await Candidate.create(await keysOf(), identityOf("dave"));
  const forDave = await careless.welcome([addProposal(dave.keyPackage), pskProposal()]);
  expect((await dave.join(ROOM, forDave))?.epoch).toBe((alice.epoch ?? 0) + 1);
});

test("a Welcome made without the PSK is refused also by who has the words", async () => {
  const { insider } = await meetingWithInsider();
  const dave = await Candidate.create(await keysOf(), identityOf("dave"));
  expect(await dave.join(ROOM, await insider.welcome([addProposal(dave.keyPackage)]))).toBeNull();
});

test("a Welcome to a group of another room is refused", async () => {
  const { insider } = await meetingWithInsider();
  const dave = await Candidate.create(await keysOf(), identityOf("dave"));
  const welcome = await insider.welcome([addProposal(dave.keyPackage), pskProposal()]);
  expect(await dave.join("000000000", welcome)).toBeNull();
});

test("a Welcome to a group that somebody without the words is in is refused", async () => {
  const { insider } = await meetingWithInsider();
  const ghost = await makeKeyPackage(await sealIdentity((await keysOf(OTHER_WORDS)).leaf, MALLORY, new Uint8Array(32)));
  const dave = await Candidate.create(await keysOf(), identityOf("dave"));
  const adds = [addProposal(ghost.bytes), addProposal(dave.keyPackage), pskProposal()];
  expect(await dave.join(ROOM, await insider.welcome(adds))).toBeNull();
});

test("a Welcome to a group that has a device twice, or extensions, is refused", async () => {
  const { insider } = await meetingWithInsider();
  const dave = await Candidate.create(await keysOf(), identityOf("dave"));
  const adds = [addProposal(dave.keyPackage), pskProposal()];
  const twice = [addProposal(await again(identityOf("dave"))), ...adds];
  const extensionData = encodeRequiredCapabilities({ extensionTypes: [], proposalTypes: [], credentialTypes: [] });
  const extensions = [{ extensionType: "required_capabilities" as const, extensionData }];
  const extended: Proposal = { proposalType: "group_context_extensions", groupContextExtensions: { extensions } };
  expect(await dave.join(ROOM, await insider.welcome(twice))).toBeNull();
  expect(await dave.join(ROOM, await insider.welcome([extended, ...adds]))).toBeNull();
  expect(await dave.join(ROOM, await insider.welcome(adds))).not.toBeNull();
});

test("a Welcome that the server says is of another epoch is not joined", async () => {
  const { room } = await meeting();
  room.alter = (_to, event) => (event.type === "welcome" ? [{ ...event, epoch: event.epoch + 1 }] : [event]);
  const dave = await room.enter("dave");
  await room.settle();
  expect(dave.group.isMember()).toBe(false);
});

test("mallory accepts our commit for another group or epoch: it is not in force", async () => {
  const { room, alice, bob } = await meeting();
  room.silent.add(alice.id);
  await room.enter("carol");
  await room.settle();
  for (const [group, epoch] of [
    [99, 2],
    [room.group, 1],
    [room.group, 3],
  ] as const) {
    room.post(alice, { type: "accepted", group, epoch });
  }
  await room.settle();
  expect([alice.epoch, bob.epoch, alice.commits.length]).toEqual([1, 1, 2]);
});

test("a commit made anew for the same epoch is sealed with another message key", async () => {
  const { room, alice, insider } = await meetingWithInsider();
  room.silent.add(alice.id);
  const carol = await room.enter("carol");
  await room.enter("dave");
  await room.settle();
  room.leave(carol);
  room.post(alice, { type: "stale", group: room.group, epoch: 2 });
  await room.pass(1000);
  const commits = alice.commits.slice(-2);
  expect(commits.map(({ epoch }) => epoch)).toEqual([2, 2]);
  expect(await Promise.all(commits.map(({ commit }) => insider.generationOf(commit)))).toEqual([0, 1]);
});

test("bob's credential with another signature key: the mac does not fit", async () => {
  const identity = identityOf("carol");
  const carol = await Insider.create(await keysOf(), identity);
  const { credential } = carol.package.keyPackage.leafNode;
  if (credential.credentialType !== "basic") throw new Error("not basic");
  const copied = await makeKeyPackage(credential.identity);
  await expectRefused(await meeting(), { ...NOBODY, ...identity, keyPackage: copied.bytes });
});

test.each([
  ["name", { name: "Alice" }],
  ["participant", { participant: "9".repeat(16) }],
  ["device", { device: "9".repeat(16) }],
])("the roster shows another %s than the credential", async (_what, changed) => {
  const identity = identityOf("carol");
  const carol = await Candidate.create(await keysOf(), identity);
  await expectRefused(await meeting(), { ...NOBODY, ...identity, keyPackage: carol.keyPackage, ...changed });
});

test("the roster renames a member: its name is no longer verified", async () => {
  const { room, alice, bob } = await meeting();
  const entry = { ...NOBODY, ...bob.identity, keyPackage: bob.group.keyPackage };
  expect(alice.group.trustOf(bob.id)).toBe("verified");
  room.post(alice, { type: "joined", entry: { ...entry, name: "Alice" } });
  await room.settle();
  expect(alice.group.trustOf(bob.id)).toBe("unverified");
});

test("key packages of every broken form are refused, whatever the bytes", async () => {
  const whole = await meeting();
  const carol = await Candidate.create(await keysOf(), identityOf("carol"));
  const good = carol.keyPackage;
  const broken = [
    new Uint8Array(),
    good.subarray(1),
    good.subarray(0, -1),
    concat(good, new Uint8Array(1)),
    new Uint8Array(8192),
  ];
  for (let bit = 0; bit < good.length * 8; bit += 61) broken.push(flip(good, bit));
  for (const keyPackage of broken) {
    const entry = { ...NOBODY, ...identityOf("carol"), keyPackage };
    for (const to of [whole.alice, whole.bob]) whole.room.post(to, { type: "joined", entry });
    await whole.room.pass(300);
    expect(whole.alice.group.trustOf(entry.device)).toBe("unverified");
  }
  expect(whole.room.accepted).toHaveLength(1);
  for (const to of [whole.alice, whole.bob]) {
    const { device, participant } = identityOf("carol");
    whole.room.post(to, { type: "left", device, participant, reason: "left" });
  }
  await expectUndisturbed(whole);
});

test("insiders' key packages that cannot be added together keep nobody else out", async () => {
  const { room, alice } = await meeting();
  // Each is sound and verified, but the group can hold their one signature key only once.
  const eve = await Insider.create(await keysOf(), identityOf("eve"));
  const twin = await Insider.create(await keysOf(), MALLORY, eve.signatureKeys);
  const dave = await room.enter("dave");
  await room.settle();
  for (const { identity, package: whole } of [eve, twin]) {
    room.attach(listener(identity), { ...NOBODY, ...identity, keyPackage: whole.bytes });
  }
  const carol = await room.enter("carol");
  await room.pass(1000);
  expect(room.accepted.at(-1)?.commit.adds).toEqual([eve.identity.device, carol.id]);
  expect(new Set([alice, carol, dave].map(({ safetyWords }) => safetyWords)).size).toBe(1);
  expect(alice.group.trustOf(MALLORY.device)).toBe("unverified");
});

async function meetingWithInsider() {
  const whole = await meeting();
  const insider = await Insider.create(await keysOf(), MALLORY);
  const mallory = listener(MALLORY);
  whole.room.attach(mallory, { ...NOBODY, ...MALLORY, keyPackage: insider.package.bytes });
  await whole.room.pass(1000);
  const welcome = mallory.events.find((event) => event.type === "welcome");
  if (welcome?.type !== "welcome") throw new Error("mallory was not let in");
  await insider.join(welcome.welcome);
  return { ...whole, insider, mallory };
}

type Scene = Awaited<ReturnType<typeof meetingWithInsider>>;

async function carolsPackage(): Promise<Uint8Array> {
  return (await Candidate.create(await keysOf(), identityOf("carol"))).keyPackage;
}

const forgeries: [string, (scene: Scene) => Promise<Uint8Array>][] = [
  [
    "an external commit",
    async ({ insider }) => insider.helpIn((await Insider.create(await keysOf(), identityOf("eve"))).package),
  ],
  ["a commit as PublicMessage", ({ insider }) => insider.forge([], { asPublic: true })],
  [
    "an Add of a device that is not in the roster",
    async ({ insider }) => insider.forge([addProposal(await carolsPackage()), pskProposal()]),
  ],
  ["an Add without the PSK", async ({ insider, room }) => insider.forge([addProposal(await rostered(room))])],
  [
    "an Add with another PSK",
    async ({ insider, room }) => insider.forge([addProposal(await rostered(room)), pskProposal(Uint8Array.of(1))]),
  ],
  [
    "an Add with the PSK twice",
    async ({ insider, room }) => insider.forge([addProposal(await rostered(room)), pskProposal(), pskProposal()]),
  ],
  ["the PSK without an Add", ({ insider }) => insider.forge([pskProposal()], { path: true })],
  [
    "an Add of a device that is in the group already",
    async ({ insider, bob }) => insider.forge([addProposal(await again(bob.identity)), pskProposal()]),
  ],
  [
    "an Add of a credential that is no identity",
    async ({ insider }) => insider.forge([addProposal((await makeKeyPackage(PICTURE)).bytes), pskProposal()]),
  ],
  [
    "an Add of somebody without the words",
    async ({ insider }) => insider.forge([addProposal(await stranger()), pskProposal()]),
  ],
  ["a Remove without a path", ({ insider }) => insider.forge([removeProposal(1)], { path: false })],
  ["a Remove of an empty leaf", ({ insider }) => insider.forge([removeProposal(77)], { isUnchecked: true })],
  ["new extensions of the group", ({ insider }) => insider.forge([EXTENSIONS], { path: true })],
  ["a change of cipher suite", ({ insider }) => insider.forge([REINIT])],
  [
    "a proposal of an unknown kind",
    ({ insider }) => insider.forge([{ proposalType: 0xf000, proposalData: PICTURE }], { path: true }),
  ],
  ["a path with another name in the credential", ({ insider }) => forgeLeaf(insider, "Alice")],
  ["a path with another signature key", ({ insider }) => forgeKey(insider)],
  ["a proposal that stands alone", ({ insider }) => insider.propose(removeProposal(1))],
  ["an application message in place of a commit", async ({ alice }) => (await alice.group.sealMessage({})) ?? PICTURE],
  [
    "a Welcome in place of a commit",
    async ({ insider, room }) => insider.welcome([addProposal(await rostered(room)), pskProposal()]),
  ],
  ["a key package in place of a commit", carolsPackage],
  ["nothing", async () => new Uint8Array()],
];

const EXTENSIONS: Proposal = { proposalType: "group_context_extensions", groupContextExtensions: { extensions: [] } };
const REINIT: Proposal = {
  proposalType: "reinit",
  reinit: { groupId: PICTURE, version: "mls10", cipherSuite: suite.name, extensions: [] },
};

/** Carol's key package; she has entered, but the commits that would let her in get lost. */
async function rostered(room: DeliveryService): Promise<Uint8Array> {
  for (const { device } of room.roster) room.silent.add(device);
  const keyPackage = await carolsPackage();
  room.attach(listener(identityOf("carol")), { ...NOBODY, ...identityOf("carol"), keyPackage });
  await room.settle();
  return keyPackage;
}

async function again(identity: TestDevice["identity"]): Promise<Uint8Array> {
  return (await Insider.create(await keysOf(), identity)).package.bytes;
}

async function stranger(): Promise<Uint8Array> {
  return (await Insider.create(await keysOf(OTHER_WORDS), identityOf("eve"))).package.bytes;
}

async function forgeLeaf(insider: Insider, name: string): Promise<Uint8Array> {
  const identity = await sealIdentity((await keysOf()).leaf, { ...MALLORY, name }, insider.signatureKeys.publicKey);
  const credential = { credentialType: "basic" as const, identity };
  return insider.forge([], {
    path: true,
    tree: (tree) => withLeaf(tree, insider.leaf, (leaf) => ({ ...leaf, credential })),
  });
}

async function forgeKey(insider: Insider): Promise<Uint8Array> {
  const keys = await suite.signature.keygen();
  const identity = await sealIdentity((await keysOf()).leaf, MALLORY, keys.publicKey);
  const credential = { credentialType: "basic" as const, identity };
  return insider.forge([], {
    path: true,
    signKey: keys.signKey,
    tree: (tree) =>
      withLeaf(tree, insider.leaf, (leaf) => ({ ...leaf, credential, signaturePublicKey: keys.publicKey })),
  });
}

test.each(forgeries)("an insider forges %s: refused, and the meeting goes on", async (_what, forge) => {
  const scene = await meetingWithInsider();
  const { room, alice, bob } = scene;
  const commit = await forge(scene);
  for (const to of [alice, bob]) {
    room.post(to, { type: "commit", group: room.group, epoch: 3, from: MALLORY.device, commit, adds: [], removes: [] });
  }
  await room.pass(100);
  expect([alice.epoch, bob.epoch]).toEqual([2, 2]);
  room.silent.clear();
  room.leave(scene.mallory);
  await room.pass(7000);
  expect(alice.epoch).toBeGreaterThan(2);
  await expectUndisturbed(scene);
});

test("what an insider forges by the rules is accepted: the refusals above are not for a fault of the forging", async () => {
  const { room, alice, bob, insider } = await meetingWithInsider();
  const commit = await insider.forge([], {});
  for (const to of [alice, bob]) {
    room.post(to, { type: "commit", group: room.group, epoch: 3, from: MALLORY.device, commit, adds: [], removes: [] });
  }
  await room.settle();
  expect([alice.epoch, bob.epoch]).toEqual([3, 3]);
  expect(alice.safetyWords).toBe(bob.safetyWords);
});

test("R5 a removed member cannot derive the next epoch's keys, nor open frames and messages of it", async () => {
  const scene = await meetingWithInsider();
  const { room, alice, bob, insider, mallory } = scene;
  room.leave(mallory, "removed");
  await room.pass(1000);
  await expectLockedOut(insider, room, alice, bob);
});

test("R5 nor when only one member is left behind, whose path goes to nobody", async () => {
  const room = new DeliveryService();
  const alice = await room.enter("alice");
  await room.settle();
  const insider = await Insider.create(await keysOf(), MALLORY);
  const mallory = listener(MALLORY);
  room.attach(mallory, { ...NOBODY, ...MALLORY, keyPackage: insider.package.bytes });
  await room.settle();
  const welcome = mallory.events.find((event) => event.type === "welcome");
  if (welcome?.type !== "welcome") throw new Error("mallory was not let in");
  await insider.join(welcome.welcome);
  room.leave(mallory, "removed");
  await room.pass(1000);
  const remove = room.accepted.at(-1)?.commit.commit ?? PICTURE;
  const bob = await room.enter("bob");
  await room.settle();
  await expectLockedOut(insider, room, alice, bob, remove);
});

async function expectLockedOut(
  insider: Insider,
  room: DeliveryService,
  alice: TestDevice,
  bob: TestDevice,
  remove?: Uint8Array,
) {
  const last = room.accepted.at(-1)?.commit.commit ?? PICTURE;
  const frame = (await alice.group.frames.seal(CONTEXT.screen, PICTURE)) ?? PICTURE;
  const message = await room.say(alice, { text: "for bob only" });
  await room.settle();
  expect(bob.messages).toEqual([{ text: "for bob only" }]);
  for (const exporter of await insider.guesses(remove ?? last, last)) {
    expect(await opensWith(insider, exporter, alice, frame)).toBe(false);
  }
  await expect(insider.open(message)).rejects.toThrow();
  await insider.follow(remove ?? last);
  expect(insider.member.groupActiveState.kind).toBe("removedFromGroup");
}

/** Whether a base key from this exporter secret opens alice's frame, in whatever epoch it is. */
async function opensWith(
  insider: Insider,
  exporter: Uint8Array,
  alice: TestDevice,
  frame: Uint8Array,
): Promise<boolean> {
  const frames = new FrameCrypto();
  const baseKey = await importBaseKey(await insider.export("SFrame 1.0 Base Key", 16, exporter));
  const leaves = new Map([[alice.id, 0]]);
  frames.enterEpoch({ epoch: alice.epoch ?? 0, baseKey, ownLeaf: 7, leaves });
  return (await frames.unseal({ device: alice.id, context: CONTEXT.screen }, frame)).ok;
}

test("R5 a newcomer cannot open what was said and shown before", async () => {
  const { room, alice, bob } = await meeting();
  const frame = (await alice.group.frames.seal(CONTEXT.screen, PICTURE)) ?? PICTURE;
  const message = await room.say(alice, { text: "before dave came" });
  await room.settle();
  const dave = await room.enter("dave");
  await room.settle();
  expect(dave.group.isMember()).toBe(true);
  const { accepted } = room;
  room.post(dave, { type: "message", from: alice.id, epoch: room.epoch, message });
  for (const [index, { from, commit }] of accepted.entries()) {
    room.post(dave, {
      type: "commit",
      group: room.group,
      epoch: index + 1,
      from,
      commit: commit.commit,
      adds: [],
      removes: [],
    });
  }
  await room.settle();
  expect(dave.messages).toEqual([]);
  const from = { device: alice.id, context: CONTEXT.screen };
  expect(await dave.group.frames.unseal(from, frame)).toEqual({ ok: false, reason: "key" });
  expect(bob.messages).toEqual([{ text: "before dave came" }]);
});

test("R10 mallory forks the group by accepting two commits for one epoch: the safety words differ", async () => {
  const { room, alice, bob } = await meeting();
  const carol = await Candidate.create(await keysOf(), identityOf("carol"));
  const entry = { ...NOBODY, ...identityOf("carol"), keyPackage: carol.keyPackage };
  for (const device of [alice, bob]) {
    await device.group.handle({ type: "joined", entry }, room.nowMs);
    const effects = await device.group.handleTimer(room.nowMs + 3000);
    device.effects.push(...effects);
  }
  for (const device of [alice, bob]) {
    device.effects.push(
      ...(await device.group.handle({ type: "accepted", group: room.group, epoch: 2 }, room.nowMs + 3000)),
    );
  }
  expect([alice.epoch, bob.epoch]).toEqual([2, 2]);
  expect(alice.safetyWords).not.toBe(bob.safetyWords);
});

test("mallory says that a message is from somebody else, or sends it twice: it is not shown", async () => {
  const { room, alice, bob } = await meeting();
  const carol = await room.enter("carol");
  await room.pass(300);
  const message = (await alice.group.sealMessage({ text: "pay eve" })) ?? PICTURE;
  room.post(bob, { type: "message", from: carol.id, epoch: room.epoch, message });
  await room.settle();
  expect(bob.messages).toEqual([]);
  const second = (await alice.group.sealMessage({ text: "once" })) ?? PICTURE;
  for (const _ of [1, 2, 3]) room.post(bob, { type: "message", from: alice.id, epoch: room.epoch, message: second });
  room.post(alice, { type: "message", from: alice.id, epoch: room.epoch, message: second });
  await room.settle();
  expect([bob.messages, alice.messages]).toEqual([[{ text: "once" }], []]);
});

test("events of other groups and epochs change nothing", async () => {
  const whole = await meeting();
  const { room, alice, bob } = whole;
  const commit = room.accepted[0]?.commit.commit ?? PICTURE;
  const other = { group: 99, from: bob.id, commit, adds: [], removes: [] };
  const events: GroupInput[] = [
    { type: "commit", ...other, epoch: 2 },
    { type: "commit", ...other, group: room.group, epoch: 1 },
    { type: "commit", ...other, group: room.group, epoch: 2 },
    { type: "commit", ...other, group: room.group, epoch: 9 },
    { type: "accepted", group: room.group, epoch: 2 },
    { type: "accepted", group: 99, epoch: 2 },
    { type: "stale", group: room.group, epoch: 0 },
    { type: "stale", group: room.group, epoch: 1 },
    { type: "found", group: 99 },
    { type: "welcome", group: 99, epoch: 1, from: bob.id, welcome: PICTURE },
    { type: "left", device: "0".repeat(16), participant: "0".repeat(16), reason: "left" },
    { type: "message", from: bob.id, epoch: room.epoch, message: PICTURE },
  ];
  for (const event of events) room.post(alice, event);
  await room.pass(20_000);
  await expectUndisturbed(whole);
});

/** What mallory may do to each event: nothing, twice, later, before with a bit flipped, after with a bit flipped. */
const trick = fc.constantFrom("pass", "twice", "later", "flipped before", "flipped after");

test(
  "commits, welcomes and messages replayed, reordered and flipped neither throw nor stop the meeting",
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(trick, { minLength: 30, maxLength: 60 }), fc.nat(), async (tricks, seed) => {
        const room = new DeliveryService();
        const held: { to: Attached; event: GroupInput }[] = [];
        let turn = 0;
        room.alter = (to, event) => {
          const isOpaque = event.type === "commit" || event.type === "welcome" || event.type === "message";
          if (!isOpaque) return [event];
          turn += 1;
          switch (tricks[turn % tricks.length]) {
            case "twice":
              return [event, event];
            case "later":
              held.push({ to, event });
              return [];
            case "flipped before":
              return [flipped(event, seed + turn * 7919), event];
            case "flipped after":
              return [event, flipped(event, seed + turn * 7919)];
            default:
              return [event];
          }
        };
        const release = async () => {
          for (const { to, event } of held.splice(0).reverse()) await room.deliver(to, event);
          await room.settle();
        };
        const devices = [await room.enter("alice"), await room.enter("bob"), await room.enter("carol")];
        await room.pass(600);
        await release();
        await room.pass(600);
        await release();
        const dave = await room.enter("dave");
        await room.pass(600);
        await release();
        const [alice, bob] = devices as [TestDevice, TestDevice];
        room.leave(devices[2] as TestDevice);
        await room.pass(600);
        await release();
        room.alter = (_to, event) => [event];
        await room.pass(10_000);
        expect([alice, bob, dave].map((device) => device.count("rejoin"))).toEqual([0, 0, 0]);
        expect(new Set([alice, bob, dave].map(({ safetyWords }) => safetyWords)).size).toBe(1);
        await room.say(bob, { text: "we are fine" });
        await room.settle();
        expect([alice.messages, dave.messages]).toEqual([[{ text: "we are fine" }], [{ text: "we are fine" }]]);
      }),
      { numRuns: 6 },
    );
  },
  SLOW_MS,
);

function flipped(event: GroupInput, bit: number): GroupInput {
  if (event.type === "commit") return { ...event, commit: flip(event.commit, bit % (event.commit.length * 8)) };
  if (event.type === "welcome") return { ...event, welcome: flip(event.welcome, bit % (event.welcome.length * 8)) };
  if (event.type === "message") return { ...event, message: flip(event.message, bit % (event.message.length * 8)) };
  return event;
}

test("junk in every field that carries bytes never makes the group reject", async () => {
  const { alice, room } = await meeting();
  const junk = fc.uint8Array({ maxLength: 300 });
  const event = fc.oneof(
    junk.map(
      (commit): GroupInput => ({
        type: "commit",
        group: room.group,
        epoch: 2,
        from: "",
        commit,
        adds: [],
        removes: [],
      }),
    ),
    junk.map((welcome): GroupInput => ({ type: "welcome", group: room.group, epoch: 2, from: "", welcome })),
    junk.map((message): GroupInput => ({ type: "message", from: "", epoch: 0, message })),
    junk.map((keyPackage): GroupInput => ({ type: "joined", entry: { ...NOBODY, ...MALLORY, keyPackage } })),
  );
  await fc.assert(
    fc.asyncProperty(event, async (input) => {
      const effects = await alice.group.handle(input, room.nowMs);
      expect(effects.filter(({ type }) => type !== "trust")).toEqual([]);
    }),
  );
});

/** Mallory, a member, commits what nobody can apply; the server cannot tell. */
function commitJunk({ room, alice, bob }: Meeting): void {
  const junk = {
    type: "commit",
    group: room.group,
    from: MALLORY.device,
    commit: PICTURE,
    adds: [],
    removes: [],
  } as const;
  for (const to of [alice, bob]) room.post(to, { ...junk, epoch: 2 });
}

test("a commit that nobody can apply is refused, once, and all go on when the server has undone it", async () => {
  const { room, alice, bob } = await meeting();
  commitJunk({ room, alice, bob });
  await room.pass(999);
  expect([alice, bob].map((device) => device.count("refuse"))).toEqual([0, 0]);
  await room.pass(1);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", PICTURE));
  const refusal = { type: "refuse", group: room.group, epoch: 2, digest };
  expect([alice, bob].map((device) => device.effects.at(-1))).toEqual([refusal, refusal]);
  await room.pass(10_000);
  expect([alice, bob].map((device) => device.count("refuse"))).toEqual([1, 1]);
  for (const to of [alice, bob]) room.post(to, { type: "stale", group: room.group, epoch: 1 });
  await expectUndisturbed({ room, alice, bob });
});

test("what came before the undoing is not refused after it", async () => {
  const { room, alice, bob } = await meeting();
  const tell = (epoch: number, commit: Uint8Array<ArrayBuffer>) => {
    const event = { type: "commit", group: room.group, epoch, from: MALLORY.device, commit, adds: [], removes: [] };
    for (const to of [alice, bob]) room.post(to, event as GroupInput);
  };
  tell(2, PICTURE);
  tell(3, PICTURE);
  await room.pass(500);
  for (const to of [alice, bob]) room.post(to, { type: "stale", group: room.group, epoch: 1 });
  await expectUndisturbed({ room, alice, bob });
  await room.pass(10_000);
  expect([alice, bob].map((device) => device.count("refuse"))).toEqual([0, 0]);
});

test("a commit that lost to one which is undone is made again, and nobody leaves", async () => {
  const { room, alice, bob } = await meeting();
  commitJunk({ room, alice, bob });
  room.silent.add(alice.id);
  await room.enter("carol");
  await room.pass(500);
  expect(alice.count("commit")).toBe(2);
  room.silent.delete(alice.id);
  room.post(alice, { type: "stale", group: room.group, epoch: 2 });
  await room.pass(1000);
  room.post(alice, { type: "stale", group: room.group, epoch: 1 });
  await room.pass(500);
  expect([alice.epoch, bob.epoch]).toEqual([2, 2]);
  await expectUndisturbed({ room, alice, bob });
});

test("a forged commit with the true one behind it is not refused", async () => {
  const { room, alice, bob } = await meeting();
  room.alter = (_to, event) =>
    event.type === "commit" ? [{ ...event, commit: flip(event.commit, 9) }, event] : [event];
  await room.enter("carol");
  await room.pass(20_000);
  expect([alice, bob].map((device) => device.count("refuse"))).toEqual([0, 0]);
  expect([alice.epoch, bob.epoch]).toEqual([2, 2]);
});
