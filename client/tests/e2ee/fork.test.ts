/** Mallory is the delivery service: what she does to the group shows on every side of it. */

import { expect, test } from "vitest";
import type { GroupInput } from "../../src/e2ee/group.ts";
import type { Doubt } from "../../src/e2ee/heartbeat.ts";
import { type Attached, DeliveryService, type TestDevice } from "./delivery_service.ts";

/** Twenty seconds of silence, and a heartbeat to tell of it. */
const TOLD_MS = 26_000;

async function fourPeople() {
  const room = new DeliveryService();
  const people = [
    await room.enter("alice"),
    await room.enter("bob"),
    await room.enter("carol"),
    await room.enter("dave"),
  ];
  await room.pass(5000);
  expect(new Set(people.map(({ safetyWords }) => safetyWords)).size).toBe(1);
  return { room, people: people as [TestDevice, TestDevice, TestDevice, TestDevice] };
}

const doubts = (of: TestDevice, others: readonly TestDevice[]): (Doubt | null)[] =>
  others.map(({ id }) => of.group.doubtOf(id));

test("people who hear each other are in no doubt, for as long as they like", async () => {
  const { room, people } = await fourPeople();
  await room.pass(300_000);
  for (const person of people) expect(doubts(person, people)).toEqual([null, null, null, null]);
});

test("who is held back is named to all others, and told that nobody hears them; both until it is over", async () => {
  const { room, people } = await fourPeople();
  const [alice, bob, carol, dave] = people;
  room.alter = (_to, event) => (event.type === "message" && event.from === carol.id ? [] : [event]);
  await room.pass(TOLD_MS);
  for (const person of [alice, bob, dave]) expect(doubts(person, people)).toEqual([null, null, "silent", null]);
  expect(doubts(carol, people)).toEqual(["unheard", "unheard", null, "unheard"]);
  room.alter = (_to, event) => [event];
  await room.pass(11_000);
  for (const person of people) expect(doubts(person, people)).toEqual([null, null, null, null]);
});

test("who hears nobody is in doubt of all", async () => {
  const { room, people } = await fourPeople();
  const dave = people[3];
  room.alter = (to, event) => (event.type === "message" && to === dave ? [] : [event]);
  await room.pass(TOLD_MS);
  expect(doubts(dave, people)).toEqual(["silent", "silent", "silent", null]);
  for (const person of people.slice(0, 3)) expect(doubts(person, people)).toEqual([null, null, null, "unheard"]);
});

/**
 * Mallory lets Eve in twice: by alice's commit for alice and bob, and by carol's for carol and dave. Both halves count
 * the same epoch, and nobody leaves.
 */
async function fork({ isSilent }: { isSilent: boolean }) {
  const { room, people } = await fourPeople();
  const [alice, bob, carol, dave] = people;
  const halfOf = (device: string) => [alice.id, bob.id].includes(device);
  let isForked = false;
  /** What carol hears of her commit, which came too late: it is in force, and dave gets it. */
  const acceptToo = (stale: GroupInput): GroupInput => {
    const second = carol.commits.at(-1);
    if (second === undefined || isForked) return stale;
    isForked = true;
    const { group, commit, adds, removes } = second;
    const epoch = second.epoch + 1;
    room.post(dave, { type: "commit", group, epoch, from: carol.id, commit, adds, removes });
    return { type: "accepted", group, epoch };
  };
  room.alter = (to: Attached, event) => {
    const isAcross = "from" in event && halfOf(event.from) !== halfOf(to.identity.device);
    if (event.type === "stale" && to === carol) return [acceptToo(event)];
    // She tells nobody that the group has gone on.
    if (event.type === "message") return isAcross && (isSilent || !isForked) ? [] : [{ ...event, epoch: 0 }];
    return event.type === "commit" && isAcross ? [] : [event];
  };
  await room.enter("eve");
  await room.pass(10_000);
  expect(isForked).toBe(true);
  expect(new Set(people.map(({ epoch }) => epoch)).size).toBe(1);
  expect(alice.safetyWords).toBe(bob.safetyWords);
  expect(carol.safetyWords).toBe(dave.safetyWords);
  expect(alice.safetyWords).not.toBe(carol.safetyWords);
  await room.pass(TOLD_MS);
  return { people, rejoined: people.some((person) => person.count("rejoin") > 0) };
}

test("when the group is forked, each half is told of the other by name: what comes from there does not open", async () => {
  const { people, rejoined } = await fork({ isSilent: false });
  const [alice, bob, carol, dave] = people;
  for (const person of [alice, bob]) expect(doubts(person, people)).toEqual([null, null, "unreadable", "unreadable"]);
  for (const person of [carol, dave]) expect(doubts(person, people)).toEqual(["unreadable", "unreadable", null, null]);
  expect(rejoined).toBe(false);
});

test("when the halves are also kept from hearing each other, each is told that the other is silent", async () => {
  const { people } = await fork({ isSilent: true });
  const [alice, bob, carol, dave] = people;
  for (const person of [alice, bob]) expect(doubts(person, people)).toEqual([null, null, "silent", "silent"]);
  for (const person of [carol, dave]) expect(doubts(person, people)).toEqual(["silent", "silent", null, null]);
});
