import { expect, test } from "vitest";
import { digestOf, drawFileKey, FileCipher } from "../../src/e2ee/file_cipher.ts";

const PIECE = Uint8Array.of(1, 2, 3);

test("a piece opens under its file's key, at its own place", async () => {
  const key = drawFileKey();
  const sealed = await new FileCipher(key).seal(7, PIECE);
  const reader = new FileCipher(key);
  expect(await reader.unseal(7, sealed)).toEqual(PIECE);
  expect(await reader.unseal(8, sealed)).toBeNull();
  expect(
    await reader.unseal(
      7,
      sealed.map((byte, at) => (at === 0 ? byte ^ 1 : byte)),
    ),
  ).toBeNull();
  expect(await new FileCipher(drawFileKey()).unseal(7, sealed)).toBeNull();
  expect(await reader.unseal(7, new Uint8Array())).toBeNull();
});

test("keys are drawn anew", () => {
  const keys = Array.from({ length: 50 }, drawFileKey);
  expect(new Set(keys).size).toBe(50);
  expect(keys.every((key) => /^[0-9a-f]{32}$/.test(key))).toBe(true);
});

test("the digest is SHA-256 (FIPS 180-4, the example of one block)", async () => {
  const digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  expect(await digestOf(new TextEncoder().encode("abc"))).toBe(digest);
});
