import { expect, test } from "vitest";
import { drawWords } from "../../src/e2ee/meeting_key.ts";
import { Keyring } from "../../src/room/keyring.ts";

const ROOM = "481516234";

async function doorOf(keyring: Keyring, words = drawWords()): Promise<{ words: string; door: string }> {
  const held = await keyring.learn(words);
  return { words: held.words, door: held.keys.door.publicKey };
}

test("the door of a ticket chooses the words", async () => {
  const keyring = new Keyring(ROOM);
  const first = await doorOf(keyring);
  expect((await keyring.open(first.door))?.words).toBe(first.words);
  const second = await doorOf(keyring);
  expect((await keyring.open(first.door))?.words).toBe(first.words);
  expect((await keyring.open(second.door))?.words).toBe(second.words);
  expect(await keyring.open("00".repeat(32))).toBeNull();
});

test("nobody leads us back to words that were replaced", async () => {
  const keyring = new Keyring(ROOM);
  const [first, second] = [await doorOf(keyring), await doorOf(keyring)];
  expect(await keyring.open(second.door)).not.toBeNull();
  expect(await keyring.open(first.door)).toBeNull();
});

test("words in use are not pushed out by many new ones, and the last new ones count", async () => {
  const keyring = new Keyring(ROOM);
  const first = await doorOf(keyring);
  const told = [];
  for (let nth = 0; nth < 6; nth += 1) told.push(await doorOf(keyring));
  expect(await keyring.open(told[0]?.door ?? "")).toBeNull();
  expect((await keyring.open(first.door))?.words).toBe(first.words);
  expect((await keyring.open(told[5]?.door ?? ""))?.words).toBe(told[5]?.words);
});

test("words in use stay while newer ones are told in the same moment", async () => {
  const keyring = new Keyring(ROOM);
  await doorOf(keyring);
  const second = await doorOf(keyring);
  const opening = keyring.open(second.door);
  const told = await Promise.all([1, 2, 3, 4].map(() => doorOf(keyring)));
  expect((await opening)?.words).toBe(second.words);
  expect((await keyring.open(second.door))?.words).toBe(second.words);
  expect((await keyring.open(told[3]?.door ?? ""))?.words).toBe(told[3]?.words);
});
