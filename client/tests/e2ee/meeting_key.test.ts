import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { deriveKeys, drawWords, judgeWords, readWords, WORD_COUNT } from "../../src/e2ee/meeting_key.ts";
import { WORDS } from "../../src/e2ee/words.ts";
import { hex, readVectors, toHex } from "./vectors.ts";

type Derived = { words: string[]; room: string; leaf: string; psk: string; door: string };
type Vectors = {
  list_sha256: string;
  derived: Derived[];
  read: { text: string; words: string[] }[];
  refused: { text: string; unknown: string[]; count: number }[];
};

const vectors = readVectors<Vectors>("meeting-key.json");

afterEach(() => vi.restoreAllMocks());

test("the list is the EFF's 7,776 words in order, without hyphens", () => {
  expect(WORDS).toHaveLength(7776);
  expect(WORDS.every((word) => /^[a-z]{3,9}$/.test(word))).toBe(true);
  expect(createHash("sha256").update(WORDS.join("\n")).digest("hex")).toBe(vectors.list_sha256);
});

test.each(vectors.derived)("keys of $words in $room", async ({ words, room, leaf, psk, door }) => {
  const keys = await deriveKeys(words, room);
  expect(toHex(keys.psk)).toBe(psk);
  expect(keys.door.publicKey).toBe(door);
  expect(keys.leaf.extractable).toBe(false);
  const mac = await crypto.subtle.sign("HMAC", keys.leaf, hex("00ff"));
  expect(toHex(new Uint8Array(mac))).toBe(createHmac("sha256", hex(leaf)).update(hex("00ff")).digest("hex"));
});

test.each(vectors.read)("reads $text", ({ text, words }) => {
  expect(readWords(text)).toEqual({ ok: true, words });
});

test.each(vectors.refused)("refuses $text", ({ text, unknown, count }) => {
  expect(readWords(text)).toEqual({ ok: false, unknown, count });
});

test("words are judged by the meeting's door key", async () => {
  const [{ words, room, door }, elsewhere] = vectors.derived as [Derived, Derived];
  expect(await judgeWords(words.join(" "), room, door)).toEqual({ ok: true, words: words.join("-") });
  expect(await judgeWords(words.join(" "), room, elsewhere.door)).toMatchObject({ ok: false, problem: "mismatch" });
  expect(await judgeWords(words.slice(1).join(" "), room, door)).toMatchObject({ problem: "count", count: 5 });
  expect(await judgeWords("cobalt qqqq", room, door)).toMatchObject({ problem: "unknown", unknown: ["qqqq"] });
});

test("whatever is drawn can be written in any of the documented ways and read again", () => {
  const separator = fc.stringMatching(/^[ ,\-\n]{1,4}$/);
  fc.assert(
    fc.property(fc.array(separator, { minLength: 7, maxLength: 7 }), fc.boolean(), (separators, isUpper) => {
      const words = drawWords();
      const text = words.map((word, index) => `${separators[index]}${isUpper ? word.toUpperCase() : word}`).join("");
      expect(readWords(text + separators[WORD_COUNT])).toEqual({ ok: true, words });
    }),
    { numRuns: 50 },
  );
});

test("words are drawn without favouring the first of the list", () => {
  const numbers = [7776 * 8, 0xffff, 7776 * 8 - 1, 0, 1, 2, 3, 7776];
  vi.spyOn(crypto, "getRandomValues").mockImplementation((array) => {
    if (array instanceof Uint16Array) array[0] = numbers.shift() ?? 0;
    return array;
  });
  expect(drawWords()).toEqual([WORDS[7775], WORDS[0], WORDS[1], WORDS[2], WORDS[3], WORDS[0]]);
});

test("text far longer than six words is not read to its end", () => {
  const read = readWords("zoom ".repeat(1_000_000));
  expect(read).toEqual({ ok: false, unknown: [], count: 100 });
});
