import { expect, test } from "vitest";
import { CONTEXT } from "../../src/e2ee/frames.ts";
import type { GroupInput } from "../../src/e2ee/group.ts";
import {
  type Attached,
  DeliveryService,
  identityOf,
  type Name,
  OTHER_WORDS,
  type TestDevice,
} from "./delivery_service.ts";

const PICTURE = Uint8Array.of(1, 2, 3);

async function meeting(...names: Name[]) {
  const room = new DeliveryService();
  const devices: TestDevice[] = [];
  for (const name of names) {
    devices.push(await room.enter(name));
    await room.pass(1000);
  }
  return { room, devices };
}

async function expectTogether(...devices: TestDevice[]): Promise<void> {
  expect(new Set(devices.map(({ epoch }) => epoch)).size).toBe(1);
  expect(new Set(devices.map(({ safetyWords }) => safetyWords)).size).toBe(1);
  for (const from of devices) for (const to of devices) if (from !== to) expect(await opens(from, to)).toBe(true);
}

async function opens(from: TestDevice, to: TestDevice): Promise<boolean> {
  const frame = await from.group.frames.seal(CONTEXT.screen, PICTURE);
  if (frame === null) return false;
  const opened = await to.group.frames.unseal({ device: from.id, context: CONTEXT.screen }, frame);
  return opened.ok && opened.payload.every((byte, index) => byte === PICTURE[index]);
}

test("two members meet, see the same safety words, exchange messages and frames", async () => {
  const { room, devices } = await meeting("alice", "bob");
  const [alice, bob] = devices as [TestDevice, TestDevice];
  await expectTogether(alice, bob);
  expect(alice.safetyWords.split(" ")).toHaveLength(4);
  await room.say(alice, { type: "chat", text: "hello" });
  await room.say(bob, { type: "chat", text: "hello yourself" });
  await room.settle();
  expect(bob.messages).toEqual([{ type: "chat", text: "hello" }]);
  expect(alice.messages).toEqual([{ type: "chat", text: "hello yourself" }]);
  expect(bob.effects.find(({ type }) => type === "message")).toMatchObject({ from: alice.identity });
});

test("a message to one person is read by that person alone, and marked so", async () => {
  const { room, devices } = await meeting("alice", "bob", "carol");
  const [alice, bob, carol] = devices as [TestDevice, TestDevice, TestDevice];
  const sealed = await alice.group.sealPrivately({ type: "chat", text: "for bob" }, bob.id);
  room.forward(alice, sealed ?? new Uint8Array());
  await room.say(alice, { type: "chat", text: "for all" });
  await room.settle();
  const heard = ({ effects }: TestDevice) =>
    effects.flatMap((effect) => (effect.type === "message" ? [[effect.message, effect.isPrivate]] : []));
  const toAll = [{ type: "chat", text: "for all" }, false];
  expect(heard(bob)).toEqual([[{ type: "chat", text: "for bob" }, true], toAll]);
  expect(heard(carol)).toEqual([toAll]);
  expect(await alice.group.sealPrivately({ type: "chat", text: "for nobody" }, "0".repeat(16))).toBeNull();
});

test("a broken private message breaks nobody", async () => {
  const { room, devices } = await meeting("alice", "mallory");
  const [alice, mallory] = devices as [TestDevice, TestDevice];
  for (const sealed of ["00", "zz", 7, null, "ab".repeat(40), "AB".repeat(40)]) {
    await room.say(mallory, { type: "private", sealed });
  }
  await room.say(mallory, { type: "chat", text: "still here" });
  await room.settle();
  expect(alice.messages).toEqual([{ type: "chat", text: "still here" }]);
});

test("a joiner is in the group without any time passing", async () => {
  const room = new DeliveryService();
  const alice = await room.enter("alice");
  await room.settle();
  const bob = await room.enter("bob");
  await room.settle();
  expect(room.nowMs).toBe(0);
  await expectTogether(alice, bob);
});

test("three members meet; each new epoch has safety words of its own", async () => {
  const { devices } = await meeting("alice", "bob", "carol");
  await expectTogether(...devices);
  const words = devices[0]?.effects.flatMap((effect) => (effect.type === "epoch" ? [effect.safetyWords.join()] : []));
  expect(words).toHaveLength(3);
  expect(new Set(words).size).toBe(3);
});

test("joins that come together share one commit", async () => {
  const { room, devices } = await meeting("alice");
  const others = [await room.enter("bob"), await room.enter("carol"), await room.enter("dave")];
  await room.pass(1000);
  // The first one is let in at once, those who came meanwhile 250 ms later.
  expect(room.accepted.map(({ commit }) => commit.adds.length)).toEqual([1, 2]);
  await expectTogether(...devices, ...others);
});

test("who leaves is removed at once, with a commit by the first member", async () => {
  const { room, devices } = await meeting("alice", "bob", "carol");
  const [alice, bob, carol] = devices as [TestDevice, TestDevice, TestDevice];
  room.leave(bob);
  await room.pass(300);
  expect(alice.commits.at(-1)).toMatchObject({ adds: [], removes: [bob.id], welcome: null });
  await expectTogether(alice, carol);
});

test("a reload is one commit with Add and Remove", async () => {
  const { room, devices } = await meeting("alice", "bob", "carol");
  const [alice, bob, carol] = devices as [TestDevice, TestDevice, TestDevice];
  const before = room.accepted.length;
  const bobAgain = await room.enter("bob", { nth: 1 });
  await room.pass(1000);
  const commits = room.accepted.slice(before).map(({ commit }) => commit);
  expect(commits).toHaveLength(1);
  expect(commits[0]).toMatchObject({ adds: [bobAgain.id], removes: [bob.id] });
  await expectTogether(alice, bobAgain, carol);
});

test("a device that was replaced but whose successor never comes is removed all the same", async () => {
  const { room, devices } = await meeting("alice", "bob");
  room.leave(devices[1] as TestDevice, "replaced");
  await room.settle();
  expect(room.accepted).toHaveLength(1);
  await room.pass(300);
  expect(room.accepted.at(-1)?.commit.removes).toEqual([devices[1]?.id]);
});

test("the founder leaves and the next member carries on", async () => {
  const { room, devices } = await meeting("alice", "bob", "carol");
  const [alice, bob, carol] = devices as [TestDevice, TestDevice, TestDevice];
  room.leave(alice);
  await room.pass(500);
  expect(room.accepted.at(-1)?.from).toBe(bob.id);
  await expectTogether(bob, carol);
  const dave = await room.enter("dave");
  await room.pass(500);
  await expectTogether(bob, carol, dave);
});

test("the last member leaves and a waiting device founds a new group with the key package it has", async () => {
  const { room, devices } = await meeting("alice");
  room.silent.add(devices[0]?.id ?? "");
  const bob = await room.enter("bob");
  const carol = await room.enter("carol");
  await room.settle();
  expect([bob.group.isMember(), carol.group.isMember()]).toEqual([false, false]);
  room.leave(devices[0] as TestDevice, "lost");
  await room.pass(1000);
  expect(room.group).toBe(2);
  await expectTogether(bob, carol);
});

test("two commits race: one is stale, and what it was for still happens", async () => {
  const { room, devices } = await meeting("alice", "bob");
  const [alice, bob] = devices as [TestDevice, TestDevice];
  room.silent.add(alice.id);
  const carol = await room.enter("carol");
  await room.pass(2999);
  room.leave(carol);
  const dave = await room.enter("dave");
  await room.settle();
  // Alice's commit was lost on the way; it arrives only now, after bob's for the same epoch.
  await room.pass(4000);
  room.silent.delete(alice.id);
  const late = alice.commits.at(-1);
  if (late === undefined) throw new Error("no commit");
  room.resend(alice, late);
  await room.pass(4000);
  await expectTogether(alice, bob, dave);
  expect(alice.count("rejoin")).toBe(0);
});

test("both commit at the same moment: the loser follows the winner and commits what is left", async () => {
  const { room, devices } = await meeting("alice", "bob");
  const [alice, bob] = devices as [TestDevice, TestDevice];
  const joined: GroupInput[] = [];
  // Alice hears of carol only when bob has stepped in for her.
  room.alter = (to, event) => {
    if (to !== alice || event.type !== "joined") return [event];
    joined.push(event);
    return [];
  };
  const carol = await room.enter("carol");
  await room.pass(2999);
  room.alter = (_to, event) => [event];
  for (const event of joined) room.post(alice, event);
  room.nowMs += 1;
  await room.together([alice, bob]);
  await room.pass(1000);
  expect(alice.commits.length + bob.commits.length).toBe(3);
  await expectTogether(alice, bob, carol);
});

test("somebody leaves while the commit that adds them is under way: it is made anew without them", async () => {
  const { room, devices } = await meeting("alice", "bob");
  const [alice, bob] = devices as [TestDevice, TestDevice];
  const carol = await room.enter("carol");
  const dave = await room.enter("dave");
  await room.deliverOnly(alice);
  room.leave(carol);
  await room.pass(1000);
  expect(alice.commits.slice(1).map(({ epoch, adds }) => [epoch, adds])).toEqual([
    [1, [carol.id]],
    [1, [dave.id]],
  ]);
  await expectTogether(alice, bob, dave);
});

test("the first member is silent: the next steps in after 3 s, the one after that after 6 s", async () => {
  const { room, devices } = await meeting("alice", "bob", "carol");
  const [alice, bob, carol] = devices as [TestDevice, TestDevice, TestDevice];
  room.silent.add(alice.id);
  const dave = await room.enter("dave");
  await room.pass(2999);
  expect(dave.group.isMember()).toBe(false);
  await room.pass(1);
  expect(room.accepted.at(-1)?.from).toBe(bob.id);
  await expectTogether(alice, bob, carol, dave);
  room.silent.add(bob.id);
  const mallory = await room.enter("mallory");
  await room.pass(5999);
  expect(mallory.group.isMember()).toBe(false);
  await room.pass(1);
  expect(room.accepted.at(-1)?.from).toBe(carol.id);
});

test("frames and messages of the last epoch open for 5 s, then no more", async () => {
  const { room, devices } = await meeting("alice", "bob");
  const [alice, bob] = devices as [TestDevice, TestDevice];
  await room.pass(6000);
  const frames = [
    await alice.group.frames.seal(CONTEXT.mic, PICTURE),
    await alice.group.frames.seal(CONTEXT.mic, PICTURE),
  ];
  const messages = [await alice.group.sealMessage({ text: "soon" }), await alice.group.sealMessage({ text: "late" })];
  const carol = await room.enter("carol");
  await room.settle();
  const from = { device: alice.id, context: CONTEXT.mic };
  await room.pass(4999);
  expect(await bob.group.frames.unseal(from, frames[0] ?? PICTURE)).toMatchObject({ ok: true });
  room.forward(alice, messages[0] ?? PICTURE);
  await room.pass(1);
  expect(await bob.group.frames.unseal(from, frames[1] ?? PICTURE)).toEqual({ ok: false, reason: "key" });
  room.forward(alice, messages[1] ?? PICTURE);
  await room.settle();
  expect(bob.messages).toEqual([{ text: "soon" }]);
  await expectTogether(alice, bob, carol);
});

test("many join within 5 s: frames of every epoch in between still open", async () => {
  const { room, devices } = await meeting("alice", "bob");
  const [alice, bob] = devices as [TestDevice, TestDevice];
  const frame = await alice.group.frames.seal(CONTEXT.mic, PICTURE);
  for (let nth = 0; nth < 12; nth += 1) {
    await room.enter("carol", { nth });
    await room.pass(300);
  }
  expect(bob.epoch).toBeGreaterThan(10);
  const opened = await bob.group.frames.unseal({ device: alice.id, context: CONTEXT.mic }, frame ?? PICTURE);
  expect(opened.ok).toBe(true);
});

test("trust: waiting until in the group, then verified", async () => {
  const room = new DeliveryService();
  const alice = await room.enter("alice");
  await room.settle();
  expect(alice.group.trustOf(alice.id)).toBe("verified");
  room.silent.add(alice.id);
  const bob = await room.enter("bob");
  await room.settle();
  expect([alice.group.trustOf(bob.id), bob.group.trustOf(alice.id)]).toEqual(["waiting", "waiting"]);
  expect(bob.group.trustOf(bob.id)).toBe("waiting");
  await room.pass(1);
  room.silent.delete(alice.id);
  room.resend(alice, alice.commits.at(-1));
  await room.settle();
  expect([alice.group.trustOf(bob.id), bob.group.trustOf(alice.id)]).toEqual(["verified", "verified"]);
  expect(alice.group.trustOf("0".repeat(16))).toBe("unverified");
});

test("whoever has other words learns so at once, and nobody lets them in", async () => {
  const { room, devices } = await meeting("alice", "bob");
  const [alice] = devices as [TestDevice];
  const dave = await room.enter("dave", { words: OTHER_WORDS });
  await room.pass(10_000);
  expect(dave.count("wrong-words")).toBe(1);
  expect(dave.group.isMember()).toBe(false);
  expect(alice.group.trustOf(dave.id)).toBe("unverified");
  expect(devices.map((device) => device.count("wrong-words"))).toEqual([0, 0]);
});

test("who waits among people with the right words and one without is not told that the words are wrong", async () => {
  const { room, devices } = await meeting("alice");
  room.silent.add(devices[0]?.id ?? "");
  await room.enter("dave", { words: OTHER_WORDS });
  const bob = await room.enter("bob");
  await room.pass(1000);
  expect(bob.count("wrong-words")).toBe(0);
});

test("nothing can be sealed outside the group, nor after it was closed", async () => {
  const { room, devices } = await meeting("alice", "bob");
  const [alice] = devices as [TestDevice];
  expect(await alice.group.sealMessage({ text: "x".repeat(70_000) })).toBeNull();
  await alice.group.close();
  expect(await alice.group.sealMessage({ text: "x" })).toBeNull();
  expect(await alice.group.frames.seal(CONTEXT.screen, PICTURE)).toBeNull();
  expect(alice.group.isMember()).toBe(false);
  expect(await alice.group.handle({ type: "found", group: 9 }, room.nowMs)).toEqual([]);
  expect(alice.group.nextTimerMs()).toBeNull();
});

test("callers need not wait: calls take effect in their order", async () => {
  const { devices } = await meeting("alice", "bob");
  const [alice, bob] = devices as [TestDevice, TestDevice];
  const sealed = await Promise.all(Array.from({ length: 20 }, (_, n) => alice.group.sealMessage({ n })));
  const opened = sealed.map((message) =>
    bob.group.handle({ type: "message", from: alice.id, epoch: 1, message: message ?? PICTURE }, 9000),
  );
  const messages = (await Promise.all(opened)).flat();
  expect(messages.flatMap((effect) => (effect.type === "message" ? [effect.message] : []))).toEqual(
    Array.from({ length: 20 }, (_, n) => ({ n })),
  );
});

test("a member that the group has removed by mistake is told to enter again", async () => {
  const { room, devices } = await meeting("alice", "bob", "carol");
  const [alice, bob, carol] = devices as [TestDevice, TestDevice, TestDevice];
  room.post(alice, { type: "left", device: bob.id, participant: bob.identity.participant, reason: "lost" });
  await room.pass(1000);
  expect(bob.effects.at(-1)).toEqual({ type: "rejoin" });
  expect(bob.group.isMember()).toBe(false);
  expect(await opens(alice, carol)).toBe(true);
  expect(await opens(alice, bob)).toBe(false);
});

test("a device that cannot open its Welcome is told to enter again, after a while", async () => {
  const { room } = await meeting("alice");
  const isWelcome = (_to: Attached, event: GroupInput) => (event.type === "welcome" ? [] : [event]);
  room.alter = (to, event) =>
    event.type === "welcome" ? [{ ...event, welcome: event.welcome.slice(1) }] : isWelcome(to, event);
  const bob = await room.enter("bob");
  await room.pass(1999);
  expect(bob.count("rejoin")).toBe(0);
  await room.pass(1);
  expect(bob.count("rejoin")).toBe(1);
});

test("a device whose Welcome got lost hears what only members hear, and is told to enter again", async () => {
  const { room } = await meeting("alice");
  room.alter = (_to, event) => (event.type === "welcome" ? [] : [event]);
  const bob = await room.enter("bob");
  await room.pass(2000);
  expect(bob.count("rejoin")).toBe(1);
});

test("a member whose commit the server does not answer is told to enter again", async () => {
  const { room, devices } = await meeting("alice");
  const [alice] = devices as [TestDevice];
  room.alter = (_to, event) => (event.type === "accepted" || event.type === "welcome" ? [] : [event]);
  await room.enter("bob");
  await room.pass(9999);
  expect(alice.count("rejoin")).toBe(0);
  await room.pass(1);
  expect(alice.count("rejoin")).toBe(1);
});

test("a member that lost a commit is told to enter again once others have gone on", async () => {
  const { room, devices } = await meeting("alice", "bob");
  const [, bob] = devices as [TestDevice, TestDevice];
  room.alter = (to, event) => (to === bob && event.type === "commit" ? [] : [event]);
  await room.enter("carol");
  await room.pass(300);
  room.alter = (_to, event) => [event];
  await room.enter("dave");
  await room.pass(300);
  expect(bob.count("rejoin")).toBe(0);
  await room.pass(5000);
  expect(bob.count("rejoin")).toBe(1);
});

/** Bob does not hear of carol, and gets a forgery in place of the commit that lets her in. */
async function bobLeftBehind() {
  const { room, devices } = await meeting("alice", "bob");
  const [alice, bob] = devices as [TestDevice, TestDevice];
  room.alter = (to, event) => {
    if (to !== bob) return [event];
    if (event.type === "commit") return [{ ...event, commit: PICTURE }];
    return event.type === "joined" ? [] : [event];
  };
  await room.enter("carol");
  await room.pass(300);
  room.alter = (_to, event) => [event];
  expect([alice.epoch, bob.epoch]).toEqual([2, 1]);
  return { room, alice, bob };
}

test("a forged commit alone makes nobody leave, however long nothing else happens", async () => {
  const { room, devices } = await meeting("alice", "bob");
  const [alice, bob] = devices as [TestDevice, TestDevice];
  const forged = { group: room.group, epoch: 2, from: alice.id, commit: PICTURE, adds: [], removes: [] };
  room.post(bob, { type: "commit", ...forged });
  await room.pass(60_000);
  expect(bob.count("rejoin")).toBe(0);
  await expectTogether(alice, bob);
});

test("a member whose commit was held back hears the committer's heartbeat, and enters again within 2.2 s", async () => {
  const { room, devices } = await meeting("alice", "bob");
  const [, bob] = devices as [TestDevice, TestDevice];
  room.alter = (to, event) => (to === bob && event.type === "commit" ? [] : [event]);
  await room.enter("carol");
  await room.pass(1900);
  expect(bob.count("rejoin")).toBe(0);
  await room.pass(300);
  expect(bob.count("rejoin")).toBe(1);
});

test("a member that forges the epoch of its messages makes nobody leave", async () => {
  const { room, devices } = await meeting("alice", "mallory");
  const [alice, mallory] = devices as [TestDevice, TestDevice];
  const ahead = await meeting("bob", "carol", "dave");
  const forged = await ahead.devices[0]?.group.sealMessage({ text: "of a later epoch" });
  room.forward(mallory, forged ?? PICTURE);
  await room.pass(30_000);
  expect(alice.count("rejoin")).toBe(0);
});

test("a forged commit and then a message of an epoch that we do not know: enter again", async () => {
  const { room, alice, bob } = await bobLeftBehind();
  await room.say(alice, { text: "where is bob?" });
  await room.pass(11_000);
  expect(bob.messages).toEqual([]);
  expect(bob.count("rejoin")).toBe(1);
});

test("a forged commit and then a frame of an epoch that we do not know: enter again", async () => {
  const { room, alice, bob } = await bobLeftBehind();
  await room.pass(20_000);
  expect(await opens(alice, bob)).toBe(false);
  await room.pass(6000);
  expect(bob.count("rejoin")).toBe(1);
});

test("a message that overtakes its epoch's commit is shown once the commit has come", async () => {
  const { room, devices } = await meeting("alice", "bob");
  const [alice, bob] = devices as [TestDevice, TestDevice];
  const held: GroupInput[] = [];
  room.alter = (to, event) => {
    if (to !== bob || event.type !== "commit") return [event];
    held.push(event);
    return [];
  };
  await room.enter("carol");
  await room.settle();
  await room.say(alice, { text: "welcome, carol" });
  await room.settle();
  expect(bob.messages).toEqual([]);
  for (const event of held) await room.deliver(bob, event);
  expect(bob.messages).toEqual([{ text: "welcome, carol" }]);
});

test("a member whose last commit was undone, since most could not apply it, is told to enter again", async () => {
  const { room, devices } = await meeting("alice", "bob");
  const [alice] = devices as [TestDevice];
  room.post(alice, { type: "stale", group: room.group, epoch: room.epoch - 1 });
  await room.pass(2000);
  expect(alice.count("rejoin")).toBe(1);
});

test("a member whose group the server has given up is told to enter again", async () => {
  const { room, devices } = await meeting("alice", "bob");
  const [alice] = devices as [TestDevice];
  room.post(alice, { type: "stale", group: 7, epoch: 0 });
  await room.pass(5000);
  expect(alice.count("rejoin")).toBe(1);
});

test("identities of the cast are well formed", () => {
  expect(identityOf("alice").device).toMatch(/^[0-9a-f]{16}$/);
});
