import { describe, expect, it } from "vitest";
import { deriveKeys, drawWords, judgeWords } from "../../src/e2ee/meeting_key.ts";
import { findWords, wordsSentence, wordsVerifier } from "../../src/ui/words.ts";

const ROOM = "481516234";
const words = drawWords();
const { publicKey } = (await deriveKeys(words, ROOM)).door;
const verify = wordsVerifier((text) => judgeWords(text, ROOM, publicKey));
const link = `https://meet.example.org/j/481-516-234#${words.join("-")}`;

async function sentence(typed: string): Promise<string> {
  const verdict = await verify(typed);
  return verdict.ok ? "" : wordsSentence(verdict);
}

describe("words that open the meeting", () => {
  it.each([words.join("-"), words.join(", "), ` ${words.join("  ").toUpperCase()} `, link])(
    "may be typed as %j",
    async (typed) => {
      expect(await verify(typed)).toEqual({ ok: true, words: words.join("-") });
    },
  );

  it("are found in the link first, then in what the organizer's browser remembers", async () => {
    const known = { status: "known", words: words.join("-") };
    expect(await findWords(verify, `#${words.join("-")}`, null)).toEqual(known);
    expect(await findWords(verify, "", words.join("-"))).toEqual(known);
    expect(await findWords(verify, "#six-wrong-words", words.join("-"))).toEqual(known);
  });
});

describe("words that do not", () => {
  it("are told apart: none, too few, misspelt, another meeting's", async () => {
    expect(await sentence(" ")).toContain("type the six words");
    expect(await sentence(words.slice(0, 4).join(" "))).toContain("these are 4");
    expect(await sentence([...words.slice(0, 5), "qqqq"].join(" "))).toContain("“qqqq” is not a word");
    expect(await sentence(drawWords().join(" "))).toContain("not the ones of this meeting");
  });

  it("another room's words do not open this one, though they are the same", async () => {
    const elsewhere = wordsVerifier((text) => judgeWords(text, "000000001", publicKey));
    expect((await elsewhere(words.join("-"))).ok).toBe(false);
  });

  it("ask the person to type them, and say why", async () => {
    const without = await findWords(verify, "", null);
    const wrong = await findWords(verify, `#${drawWords().join("-")}`, null);
    expect(without).toMatchObject({ status: "asked", sentence: expect.stringContaining("without") });
    expect(wrong).toMatchObject({ status: "asked", sentence: expect.stringContaining("do not fit") });
  });

  it("are not blamed when the code that reads them could not be loaded", async () => {
    const offline = wordsVerifier(() => Promise.reject(new Error("offline")));
    expect(await findWords(offline, `#${words.join("-")}`, null)).toMatchObject({
      sentence: expect.stringContaining("network"),
    });
  });
});
