import { describe, expect, test } from "vitest";
import { AskPace, CutPace, FramePace } from "../../src/media/pace.ts";
import { Stillness } from "../../src/media/stillness.ts";

/** Return the times, up to `untilMs`, at which a viewer that always wants to ask may. */
function asks(pace: AskPace, fromMs: number, untilMs: number): number[] {
  const times: number[] = [];
  for (let ms = fromMs; ms <= untilMs; ms += 100) if (pace.ask(ms)) times.push(ms);
  return times;
}

describe("asking for key frames", () => {
  test("backs off while nothing comes", () => {
    expect(asks(new AskPace(), 0, 30_000)).toEqual([0, 1000, 3000, 7000, 15_000, 23_000]);
  });

  test("starts anew after a picture, and still not more than once a second", () => {
    const pace = new AskPace();
    asks(pace, 0, 3000);
    pace.satisfied();
    expect(asks(pace, 7000, 8500)).toEqual([7000, 8000]);
  });
});

describe("cutting key frames", () => {
  test("happens at once the first time, and then once a second at most", () => {
    const pace = new CutPace();
    expect(pace.waitMs(500)).toBe(0);
    pace.cut(500);
    expect(pace.waitMs(500)).toBe(1000);
    expect(pace.waitMs(1400)).toBe(100);
    expect(pace.waitMs(1600)).toBe(0);
  });
});

describe("a still screen", () => {
  test("is sent again three times, and then not at all", () => {
    const stillness = new Stillness();
    stillness.moved(0);
    const repeats: number[] = [];
    for (let next = stillness.nextTimerMs(); next !== null; next = stillness.nextTimerMs()) {
      if (stillness.repeat(next)) repeats.push(next);
    }
    expect(repeats).toEqual([250, 400, 550]);
    expect(stillness.repeat(10_000)).toBe(false);
  });

  test("that moves is not repeated", () => {
    const stillness = new Stillness();
    for (let ms = 0; ms < 1000; ms += 33) {
      expect(stillness.repeat(ms)).toBe(false);
      stillness.moved(ms);
    }
  });
});

describe("a camera's pictures", () => {
  const taken = (cameraHz: number, rateHz: number) => {
    const pace = new FramePace();
    let count = 0;
    for (let ms = 0; ms < 10_000; ms += 1000 / cameraHz) if (pace.take(ms, rateHz)) count += 1;
    return count / 10;
  };

  test.each([
    [24, 24, 24],
    [20, 24, 20],
    [30, 24, 24],
    [30, 15, 15],
    [30, 8, 8],
    [60, 24, 24],
  ])("of %i a second, at most %i are taken", (cameraHz, rateHz, expected) => {
    expect(Math.abs(taken(cameraHz, rateHz) - expected)).toBeLessThanOrEqual(1);
  });

  test("after a pause do not come in a burst", () => {
    const pace = new FramePace();
    expect(pace.take(0, 10)).toBe(true);
    expect(pace.take(5000, 10)).toBe(true);
    expect(pace.take(5010, 10)).toBe(false);
  });
});
