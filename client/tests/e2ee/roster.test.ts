import { expect, test } from "vitest";
import { Candidate } from "../../src/e2ee/candidate.ts";
import { Roster } from "../../src/e2ee/roster.ts";
import { identityOf, keysOf } from "./delivery_service.ts";

const ALICE = identityOf("alice");
const keys = await keysOf();
const { keyPackage } = await Candidate.create(keys, ALICE);
const entry = { ...ALICE, role: "attendee", member: false, keyPackage };

test("an entry is verified when its key package is by exactly the one it names", async () => {
  const roster = new Roster(keys);
  await roster.add(entry);
  expect([roster.isVerified(ALICE.device), roster.verified, roster.keyPackageOf(ALICE.device)]).toEqual([
    true,
    [ALICE.device],
    keyPackage,
  ]);
  expect([roster.shows(ALICE), roster.shows({ ...ALICE, name: "Bob" })]).toEqual([true, false]);
  await roster.add({ ...entry, name: "Bob" });
  expect([roster.isVerified(ALICE.device), roster.verified]).toEqual([false, []]);
});

test("who is gone is nobody", async () => {
  const roster = new Roster(keys);
  await roster.add(entry);
  roster.remove(ALICE.device);
  roster.distrust(ALICE.device);
  expect([roster.shows(ALICE), roster.isVerified(ALICE.device), roster.keyPackageOf(ALICE.device)]).toEqual([
    false,
    false,
    null,
  ]);
});

test("a server that claims more than 250 devices is believed 250", async () => {
  const roster = new Roster(keys);
  for (let nth = 0; nth < 250; nth += 1) {
    const device = nth.toString(16).padStart(16, "0");
    await roster.add({ ...entry, device, keyPackage: new Uint8Array() });
  }
  await roster.add(entry);
  expect([roster.devices.size, roster.shows(ALICE)]).toEqual([250, false]);
  roster.remove("0".repeat(16));
  await roster.add(entry);
  expect(roster.isVerified(ALICE.device)).toBe(true);
});
