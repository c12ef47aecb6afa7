import { expect, test } from "vitest";
import { packWords, unpackWords } from "../../src/e2ee/front_code.ts";
import { WORDS } from "../../src/e2ee/words.ts";

test("the list of words is the same after packing, and smaller by half", () => {
  const packed = packWords(WORDS);
  expect(unpackWords(packed)).toEqual(WORDS);
  expect(packed.length).toBeLessThan(WORDS.join(" ").length / 1.8);
});

test("words that repeat, or begin like each other", () => {
  const words = ["a", "ab", "ab", "abc", "b"];
  expect(packWords(words)).toBe("AaBbCCcAb");
  expect(unpackWords(packWords(words))).toEqual(words);
});
