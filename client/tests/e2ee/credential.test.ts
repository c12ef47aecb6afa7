import fc from "fast-check";
import { expect, test } from "vitest";
import { readIdentity, sealIdentity, verifyIdentity } from "../../src/e2ee/credential.ts";
import { deriveKeys } from "../../src/e2ee/meeting_key.ts";
import { flip, hex, readVectors, toHex } from "./vectors.ts";

type Vectors = {
  room: string;
  words: string[];
  signature_key: string;
  valid: { participant: string; device: string; name: string; identity: string }[];
  refused: { why: string; identity: string }[];
};

const vectors = readVectors<Vectors>("credential.json");
const signatureKey = hex(vectors.signature_key);
const keys = await deriveKeys(vectors.words, vectors.room);

test.each(vectors.valid)("the credential of $name", async ({ identity, ...whom }) => {
  expect(toHex(await sealIdentity(keys.leaf, whom, signatureKey))).toBe(identity);
  expect(await verifyIdentity(keys.leaf, hex(identity), signatureKey)).toEqual(whom);
});

test.each(vectors.refused)("refused: $why", async ({ identity }) => {
  expect(await verifyIdentity(keys.leaf, hex(identity), signatureKey)).toBeNull();
});

test("a signature key of another length could lend bytes to the name, so it is refused", async () => {
  const whom = { participant: "a".repeat(16), device: "b".repeat(16), name: "xAlice" };
  const sealed = await sealIdentity(keys.leaf, whom, signatureKey);
  const shorterName = new Uint8Array([...sealed.subarray(0, 64), ...sealed.subarray(65)]);
  const longerKey = new Uint8Array([...signatureKey, "x".charCodeAt(0)]);
  expect(await verifyIdentity(keys.leaf, shorterName, longerKey)).toBeNull();
});

test("any changed bit is noticed, and any bytes are read without a throw", async () => {
  const [first] = vectors.valid;
  const good = hex(first?.identity ?? "");
  await fc.assert(
    fc.asyncProperty(fc.nat(good.length * 8 - 1), fc.uint8Array({ maxLength: 400 }), async (bit, junk) => {
      expect(await verifyIdentity(keys.leaf, flip(good, bit), signatureKey)).toBeNull();
      readIdentity(junk);
    }),
  );
});
