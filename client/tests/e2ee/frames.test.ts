import fc from "fast-check";
import { expect, test } from "vitest";
import { CONTEXT, type Context, FrameCrypto, MAX_OBJECT_BYTES } from "../../src/e2ee/frames.ts";
import { decodeHeader, importBaseKey } from "../../src/e2ee/sframe.ts";
import { flip, hex, readVectors, toHex } from "./vectors.ts";

type Case = { context: Context; leaf: number; epoch: number; ctr: number; plaintext: string; frame: string };

const vectors = readVectors<{ base_key: string; cases: Case[] }>("sframe-profile.json");
const BASE_KEY = "000102030405060708090a0b0c0d0e0f";
const PICTURE = new TextEncoder().encode("a picture");
const leaves = new Map([
  ["alice", 0],
  ["bob", 1],
  ["carol", 2],
]);

async function at(device: string, epoch = 1, baseKey = BASE_KEY): Promise<FrameCrypto> {
  const frames = new FrameCrypto();
  await enter(frames, device, epoch, baseKey);
  return frames;
}

async function enter(frames: FrameCrypto, device: string, epoch: number, baseKey = BASE_KEY): Promise<void> {
  const key = await importBaseKey(hex(baseKey));
  frames.enterEpoch({ epoch, baseKey: key, ownLeaf: leaves.get(device) ?? 0, leaves });
}

async function seal(frames: FrameCrypto, context: Context = CONTEXT.screen): Promise<Uint8Array> {
  const object = await frames.seal(context, PICTURE);
  if (object === null) throw new Error("not sealed");
  return object;
}

const ALICE_SCREEN = { device: "alice", context: CONTEXT.screen };
const refused = (reason: string) => ({ ok: false, reason });

test.each(vectors.cases)("the profile's vector of context $context, leaf $leaf", async (vector) => {
  const frames = new FrameCrypto();
  const baseKey = await importBaseKey(hex(vectors.base_key));
  const leafOf = new Map([["bob", vector.leaf]]);
  frames.enterEpoch({ epoch: vector.epoch, baseKey, ownLeaf: 7, leaves: leafOf });
  const opened = await frames.unseal({ device: "bob", context: vector.context }, hex(vector.frame));
  expect(opened).toEqual({ ok: true, payload: hex(vector.plaintext) });
});

test("the first frame sealed is the vector's, from counter 0", async () => {
  const [first] = vectors.cases;
  const frames = await at("alice", 0, vectors.base_key);
  expect(toHex((await frames.seal(CONTEXT.catalog, hex(first?.plaintext ?? ""))) ?? hex(""))).toBe(first?.frame);
});

test("bob opens what alice seals, and carol too", async () => {
  const object = await seal(await at("alice"));
  for (const device of ["bob", "carol"]) {
    expect(await (await at(device)).unseal(ALICE_SCREEN, object)).toEqual({ ok: true, payload: PICTURE });
  }
});

test("R8 nothing is sealed and nothing opens outside a group: there is no way around the key", async () => {
  const object = await seal(await at("alice"));
  const outside = new FrameCrypto();
  expect(await outside.seal(CONTEXT.screen, PICTURE)).toBeNull();
  expect(await outside.unseal(ALICE_SCREEN, object)).toEqual(refused("key"));
});

test("mallory flips a bit: whichever it is, the frame does not open", async () => {
  const object = await seal(await at("alice"));
  const bob = await at("bob");
  for (let bit = 0; bit < object.length * 8; bit += 1) {
    expect((await bob.unseal(ALICE_SCREEN, flip(object, bit))).ok).toBe(false);
  }
  expect((await bob.unseal(ALICE_SCREEN, object)).ok).toBe(true);
});

test("mallory cuts a frame off: at whatever byte, it does not open", async () => {
  const object = await seal(await at("alice"));
  const bob = await at("bob");
  for (let end = 0; end < object.length; end += 1) {
    expect((await bob.unseal(ALICE_SCREEN, object.subarray(0, end))).ok).toBe(false);
  }
});

test("mallory replays: a frame opens once, also when both copies come together", async () => {
  const alice = await at("alice");
  const bob = await at("bob");
  const object = await seal(alice);
  const both = await Promise.all([bob.unseal(ALICE_SCREEN, object), bob.unseal(ALICE_SCREEN, object)]);
  expect(both.filter(({ ok }) => ok)).toHaveLength(1);
  expect(await bob.unseal(ALICE_SCREEN, object)).toEqual(refused("replay"));
});

test("mallory shows bob's frame as alice's, or the camera's as the screen's", async () => {
  const carol = await at("carol");
  expect(await carol.unseal(ALICE_SCREEN, await seal(await at("bob")))).toEqual(refused("sender"));
  expect(await carol.unseal(ALICE_SCREEN, await seal(await at("alice"), CONTEXT.camera))).toEqual(refused("sender"));
  expect(await carol.unseal({ ...ALICE_SCREEN, device: "dave" }, await seal(await at("alice")))).toEqual(
    refused("sender"),
  );
});

test("junk is malformed and never throws; so is an object that is too large", async () => {
  const bob = await at("bob");
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), async (junk) => {
      expect((await bob.unseal(ALICE_SCREEN, junk)).ok).toBe(false);
    }),
  );
  expect(await bob.unseal(ALICE_SCREEN, new Uint8Array(MAX_OBJECT_BYTES + 1))).toEqual(refused("malformed"));
  expect(await bob.unseal(ALICE_SCREEN, hex("8f18ffffffffffffffff"))).toEqual(refused("malformed"));
});

test("the key of another group opens nothing", async () => {
  const object = await seal(await at("alice", 1, "ff".repeat(16)));
  expect(await (await at("bob")).unseal(ALICE_SCREEN, object)).toEqual(refused("forged"));
});

test("frames of the last epoch open until they are forgotten; those of an unknown epoch never", async () => {
  const alice = await at("alice");
  const bob = await at("bob");
  const [first, second] = [await seal(alice), await seal(alice)];
  await enter(bob, "bob", 2, "11".repeat(16));
  expect((await bob.unseal(ALICE_SCREEN, first)).ok).toBe(true);
  expect(bob.missesKey).toBe(false);
  bob.forgetBefore(2);
  expect(await bob.unseal(ALICE_SCREEN, second)).toEqual(refused("key"));
  expect(bob.missesKey).toBe(true);
});

test("a frame of 256 epochs ago names the same KID but does not open with today's key", async () => {
  const old = await seal(await at("alice", 1));
  expect(await (await at("bob", 257, "22".repeat(16))).unseal(ALICE_SCREEN, old)).toEqual(refused("forged"));
});

test("no pair of KID and CTR repeats under one base key, however calls and epochs interleave", async () => {
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...Object.values(CONTEXT)) },
    fc.constant("epoch" as const),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const alice = await at("alice", 0);
      const sealed: Promise<[number, Uint8Array | null]>[] = [];
      let epoch = 0;
      for (const next of steps) {
        if (next === "epoch") {
          epoch += 1;
          await enter(alice, "alice", epoch);
        } else {
          const of = epoch;
          sealed.push(alice.seal(next, PICTURE).then((object) => [of, object]));
        }
      }
      const used = (await Promise.all(sealed)).map(([of, object]) => {
        const header = decodeHeader(object ?? new Uint8Array());
        return `${of} ${header?.kid} ${header?.ctr}`;
      });
      expect(new Set(used).size).toBe(used.length);
    }),
    { numRuns: 40 },
  );
});

test("a device whose counter is used up stops, until there is a new epoch", async () => {
  const alice = new FrameCrypto(2);
  await enter(alice, "alice", 1);
  const sealed = [await seal(alice), await seal(alice), await alice.seal(CONTEXT.screen, PICTURE)];
  expect(sealed.map((object) => object !== null)).toEqual([true, true, false]);
  expect(await alice.seal(CONTEXT.mic, PICTURE)).not.toBeNull();
  await enter(alice, "alice", 2);
  expect(await alice.seal(CONTEXT.screen, PICTURE)).not.toBeNull();
});

test("a leaf beyond the KID's ten bits seals nothing rather than somebody else's KID", async () => {
  const frames = new FrameCrypto();
  frames.enterEpoch({ epoch: 1, baseKey: await importBaseKey(hex(BASE_KEY)), ownLeaf: 1024, leaves });
  expect(await frames.seal(CONTEXT.screen, PICTURE)).toBeNull();
});
