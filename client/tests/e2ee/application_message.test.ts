import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeMessage, encodeMessage } from "../../src/e2ee/application_message.ts";
import { readSafetyWords } from "../../src/e2ee/safety_words.ts";
import { hex, readVectors, toHex } from "./vectors.ts";

type Vectors = {
  safety_words: { exported: string; words: string[] }[];
  messages: { json: string; padded: string }[];
  refused: { why: string; padded: string }[];
};

const vectors = readVectors<Vectors>("mls-profile.json");

test.each(vectors.messages)("the padding of $json", ({ json, padded }) => {
  expect(toHex(encodeMessage(JSON.parse(json)) ?? new Uint8Array())).toBe(padded);
  expect(decodeMessage(hex(padded))).toEqual(JSON.parse(json));
});

test.each(vectors.refused)("refused: $why", ({ padded }) => {
  expect(decodeMessage(hex(padded))).toBeNull();
});

test.each(vectors.safety_words)("safety words of $exported", ({ exported, words }) => {
  expect(readSafetyWords(hex(exported))).toEqual(words);
});

test("every message comes back, and its size is a multiple of 256 that tells no more", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), (text) => {
      const message = { text };
      const padded = encodeMessage(message) ?? new Uint8Array();
      expect(padded.length % 256).toBe(0);
      expect(decodeMessage(padded)).toEqual(message);
    }),
  );
  expect(encodeMessage({ text: "y" })?.length).toBe(encodeMessage({ text: "y".repeat(200) })?.length);
});

test("a message that could not be sent is not sealed", () => {
  expect(encodeMessage({ text: "x".repeat(63 * 1024) })).toBeNull();
});
