import { describe, expect, test } from "vitest";
import { Pacing } from "../../src/media/pacing.ts";

const SIZE = { width: 1280, height: 720 };
const MAX_BPS = 2_500_000;

/** A pacing whose link carries 200 kbit/s, as a viewer has told it. */
function narrow(): Pacing {
  const pacing = new Pacing("best", MAX_BPS);
  pacing.resize(SIZE, MAX_BPS);
  for (let ms = 1000; ms < 6000; ms += 500) {
    pacing.sent(1000, ms, false);
    pacing.heard("carol", { newestUs: ms * 1000, receivedBps: 200_000, queueMs: 500 }, ms + 100);
  }
  return pacing;
}

describe("when the next picture is sent", () => {
  test("at once, for as long as nobody says that it is too much", () => {
    const pacing = new Pacing("best", MAX_BPS);
    pacing.resize(SIZE, MAX_BPS);
    expect([0, 5, 10].map((ms) => pacing.waitMs(ms))).toEqual([0, 0, 0]);
    expect(pacing.rate).toEqual({ bitrateBps: MAX_BPS, frameRateHz: 30, scale: 1 });
  });

  test("in its turn, where the link carries fewer", () => {
    const pacing = narrow();
    expect(pacing.rate.frameRateHz).toBeLessThan(25);
    const intervalMs = 1000 / pacing.rate.frameRateHz;
    expect(pacing.waitMs(10_000)).toBe(0);
    expect(pacing.waitMs(10_001)).toBeGreaterThan(intervalMs - 20);
    expect(pacing.waitMs(10_001 + intervalMs)).toBe(0);
  });

  test("not while more is on the way than belongs there", () => {
    const pacing = narrow();
    pacing.sent(100_000, 10_000, true);
    expect(pacing.waitMs(11_000)).toBeGreaterThan(0);
    pacing.heard("carol", { newestUs: 10_000_000, receivedBps: 200_000, queueMs: 0 }, 12_000);
    expect(pacing.waitMs(12_100)).toBe(0);
  });

  test("a key frame is given the time that it takes", () => {
    const pacing = narrow();
    pacing.sent(100_000, 10_000, true);
    expect(pacing.keyFrameMs).toBeGreaterThan(3000);
  });

  test("smaller pictures stay for a while, because a change of size costs a key frame", () => {
    const pacing = new Pacing("best", MAX_BPS);
    pacing.resize(SIZE, MAX_BPS);
    const hear = (ms: number, receivedBps: number, queueMs: number) => {
      pacing.sent(40_000, ms, false);
      pacing.heard("carol", { newestUs: ms * 1000, receivedBps, queueMs }, ms + 100);
    };
    let shrunkMs = 500;
    while (pacing.rate.scale === 1) {
      shrunkMs += 500;
      hear(shrunkMs, 100_000, 5000);
    }
    for (let ms = shrunkMs + 250; ms < shrunkMs + 4900; ms += 250) hear(ms, 2_000_000, 0);
    expect(pacing.rate.bitrateBps).toBeGreaterThan(300_000);
    expect(pacing.rate.scale).toBeLessThan(1);
    hear(shrunkMs + 5200, 2_000_000, 0);
    expect(pacing.rate.scale).toBe(1);
  });
});
