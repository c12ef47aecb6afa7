import { describe, expect, test } from "vitest";
import { PicturePlayout } from "../../src/media/picture_playout.ts";

function play() {
  const shown: number[] = [];
  const discarded: number[] = [];
  const playout = new PicturePlayout<number>(
    (picture) => shown.push(picture),
    (picture) => discarded.push(picture),
  );
  return { playout, shown, discarded };
}

describe("showing pictures one after the other", () => {
  test("at their own pace none waits", () => {
    const { playout, shown } = play();
    for (const ms of [0, 16, 33, 66, 83]) {
      expect(playout.take(ms, ms)).toBeNull();
      expect(shown.at(-1)).toBe(ms);
    }
  });

  test("those that come all at once are seen one by one, in order", () => {
    const { playout, shown } = play();
    const dues = [1, 2, 3].map((picture) => playout.take(picture, 100));
    expect([shown, dues]).toEqual([[1], [null, 115, 115]]);
    expect(playout.play(114)).toBe(115);
    expect(playout.play(115)).toBe(130);
    expect(playout.play(130)).toBeNull();
    expect(shown).toEqual([1, 2, 3]);
  });

  test("what would come far too late is left out, and nothing is kept", () => {
    const { playout, shown, discarded } = play();
    for (let picture = 0; picture < 30; picture++) playout.take(picture, 0);
    playout.clear();
    expect(playout.play(1000)).toBeNull();
    expect([...shown, ...discarded].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, at) => at));
    expect(shown).toEqual([0]);
    expect(discarded.slice(0, 19)).toEqual(Array.from({ length: 19 }, (_, at) => at + 1));
  });
});
