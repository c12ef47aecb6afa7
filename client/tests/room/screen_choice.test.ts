import { describe, expect, test } from "vitest";
import { ScreenChoice } from "../../src/room/screen_choice.ts";

/** Judge reports every quarter of a second, from one time to another; return when the rendition changed. */
function judge(
  choice: ScreenChoice,
  fromMs: number,
  untilMs: number,
  queueMs: number | null,
  isAmple = false,
): string[] {
  const changes: string[] = [];
  let before = choice.track;
  for (let ms = fromMs; ms < untilMs; ms += 250) {
    const track = choice.judge({ newestUs: ms * 1000, receivedBps: 1_000_000, queueMs }, isAmple, ms);
    if (track !== before) changes.push(`${ms} ${track}`);
    before = track;
  }
  return changes;
}

describe("in which rendition a screen is watched", () => {
  test("the full one, as long as pictures do not wait for long", () => {
    expect(judge(new ScreenChoice(), 0, 60_000, 240)).toEqual([]);
  });

  test("the low one, when they wait and the publisher does not lower the full one for us", () => {
    expect(judge(new ScreenChoice(), 1000, 20_000, 700)).toEqual(["5000 screen-low"]);
  });

  test("a queue that goes away in time changes nothing", () => {
    const choice = new ScreenChoice();
    expect(judge(choice, 0, 3000, 700)).toEqual([]);
    expect(judge(choice, 3000, 4000, 100)).toEqual([]);
    expect(judge(choice, 4000, 7500, 700)).toEqual([]);
  });

  test("a screen that stands still says nothing", () => {
    expect(judge(new ScreenChoice(), 0, 60_000, null)).toEqual([]);
  });

  test("the full one again, when the low one is as good", () => {
    const choice = new ScreenChoice();
    judge(choice, 0, 4250, 700);
    expect(judge(choice, 4250, 8000, 0, false)).toEqual([]);
    expect(judge(choice, 8000, 20_000, 0, true)).toEqual(["9000 screen"]);
  });

  test("a full one that fails again is tried ever less often", () => {
    const choice = new ScreenChoice();
    const lows: number[] = [];
    let lowMs = 0;
    for (let ms = 0; ms < 400_000; ms += 250) {
      const before = choice.track;
      const queueMs = before === "screen" ? 700 : 0;
      const track = choice.judge({ newestUs: ms * 1000, receivedBps: 1_000_000, queueMs }, true, ms);
      if (before === "screen" && track === "screen-low") lowMs = ms;
      if (before === "screen-low" && track === "screen") lows.push(ms - lowMs);
    }
    expect(lows).toEqual([5000, 10_000, 20_000, 40_000, 80_000, 160_000]);
  });
});
