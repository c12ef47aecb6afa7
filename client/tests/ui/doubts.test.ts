import { describe, expect, it } from "vitest";
import type { Doubt } from "../../src/room/state.ts";
import { announcement } from "../../src/ui/announce.ts";
import { changeSentence, doubtAdvice, doubtful, doubtText } from "../../src/ui/doubts.ts";
import { SCENES } from "./scenes.ts";

const doubted = (...doubts: (Doubt | null)[]) =>
  SCENES.live.people.map((person, index) => ({ ...person, doubt: doubts[index] ?? null }));

describe("doubts", () => {
  it("name the member, and say what to do", () => {
    const people = doubtful(doubted(null, "silent", "unheard"));
    expect(people.map(doubtText)).toEqual(["Nothing arrives from Bob", "Carol Çelik does not get what you send"]);
    for (const person of people) expect(doubtAdvice(person)).toContain("compare the safety words");
    expect(doubtful(doubted(null, "unreadable")).map(doubtText)).toEqual(["Bob may have other keys"]);
    expect(doubtful(doubted())).toEqual([]);
  });

  it("are announced once, when they begin", () => {
    const before = SCENES.live;
    const after = { ...before, people: doubted(null, "silent") };
    expect(announcement(before, after, false)).toBe("Nothing arrives from Bob.");
    expect(announcement(after, after, false)).toBe("");
    expect(announcement(after, before, false)).toBe("");
  });
});

describe("new safety words", () => {
  it("are explained by who came and who went", () => {
    const atMs = Date.UTC(2026, 10, 24, 13, 5);
    const sentence = (came: string[], went: string[]) => changeSentence({ atMs, came, went }, "en-GB");
    expect(sentence(["Carol"], [])).toMatch(/^They changed at \d\d:\d5, because Carol joined: everyone/);
    expect(sentence(["Carol", "Dave"], ["Eve"])).toContain("because Carol and Dave joined, and Eve left:");
    expect(sentence([], ["A", "B", "C", "D"])).toContain("because 4 people left:");
  });
});
