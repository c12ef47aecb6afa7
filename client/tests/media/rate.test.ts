import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { planPictures } from "../../src/media/picture_plan.ts";
import { MIN_BPS, RateControl } from "../../src/media/rate.ts";
import { delayMs, frozenMs, GOOD, type Link, type Outcome, shownBps, simulate } from "./network.ts";

const NARROW: Link = { ...GOOD, rateBps: 1_000_000, delayMs: 20 };
const LOSSY: Link = { ...GOOD, loss: 0.05, delayMs: 75 };
const SETTLED_MS = 10_000;
const MAX_BPS = 2_500_000;

const since = (outcome: Outcome, fromMs: number): Outcome => ({
  ...outcome,
  shown: outcome.shown.filter(({ atMs }) => atMs >= fromMs),
  told: outcome.told.filter(({ atMs }) => atMs >= fromMs),
});

const seeds = fc.integer({ min: 1, max: 2 ** 31 - 1 });
const check = <T>(property: fc.IProperty<T>) => fc.assert(property, { numRuns: 25 });

describe("a share over a bad network", () => {
  test("good network: full quality all the time, nothing waits", () => {
    check(
      fc.property(seeds, fc.integer({ min: 0, max: 20 }), (seed, jitterMs) => {
        const outcome = simulate({ seed, seconds: 30, linkAt: () => ({ ...GOOD, delayMs: 40, jitterMs }) });
        expect(outcome.told.every(({ targetBps }) => targetBps === MAX_BPS)).toBe(true);
        expect(outcome.shown.length).toBeGreaterThan(30 * 29);
      }),
    );
  });

  test("a way that becomes longer and less steady is no queue: full quality is back within 10 s", () => {
    check(
      fc.property(seeds, (seed) => {
        const far: Link = { ...GOOD, delayMs: 45, jitterMs: 30 };
        const outcome = simulate({ seed, seconds: 30, linkAt: (ms) => (ms < 15_000 ? GOOD : far) });
        expect(outcome.told.every(({ targetBps }) => targetBps > 0.35 * MAX_BPS)).toBe(true);
        expect(since(outcome, 25_000).told.every(({ targetBps }) => targetBps === MAX_BPS)).toBe(true);
        expect(outcome.shown.length).toBeGreaterThan(30 * 29);
      }),
    );
  });

  test("1 Mbit/s: hardly a queue, nearly all of it used, no picture left out", () => {
    check(
      fc.property(seeds, (seed) => {
        const settled = since(simulate({ seed, seconds: 60, linkAt: () => NARROW }), 2 * SETTLED_MS);
        expect(delayMs(settled, 0.5)).toBeLessThan(80);
        expect(delayMs(settled, 0.95)).toBeLessThan(220);
        expect(shownBps(settled, 2 * SETTLED_MS, 60_000)).toBeGreaterThan(0.85 * NARROW.rateBps);
        expect(settled.shown.length / 40).toBeGreaterThan(29);
      }),
    );
  });

  test("any narrow link: short queue, no standstill, at least 85 % of it used", () => {
    const narrow = fc.record({
      rateBps: fc.integer({ min: 500_000, max: 2_000_000 }),
      delayMs: fc.integer({ min: 5, max: 100 }),
      jitterMs: fc.integer({ min: 0, max: 20 }),
      loss: fc.constant(0),
      queueMs: fc.integer({ min: 150, max: 2000 }),
    });
    check(
      fc.property(seeds, narrow, (seed, link) => {
        const settled = since(simulate({ seed, seconds: 60, linkAt: () => link }), SETTLED_MS);
        expect(delayMs(settled, 0.5)).toBeLessThan(link.delayMs + 120);
        expect(delayMs(settled, 0.95)).toBeLessThan(link.delayMs + 600);
        expect(frozenMs(settled, SETTLED_MS, 60_000)).toBeLessThan(500);
        expect(shownBps(settled, SETTLED_MS, 60_000)).toBeGreaterThan(0.85 * link.rateBps);
      }),
    );
  });

  test("5 % loss where each costs speed: lost packets are a small delay, not a standstill", () => {
    check(
      fc.property(seeds, (seed) => {
        const settled = since(simulate({ seed, seconds: 60, linkAt: () => LOSSY }), SETTLED_MS);
        expect(delayMs(settled, 0.5)).toBeLessThan(220);
        expect(delayMs(settled, 0.95)).toBeLessThan(520);
        expect(frozenMs(settled, SETTLED_MS, 60_000)).toBeLessThan(5000);
        expect(settled.shown.length / 50).toBeGreaterThan(16);
      }),
    );
  });

  test("5 % loss where it costs no speed: what waits for lost packets is no reason to send little", () => {
    check(
      fc.property(seeds, (seed) => {
        const link: Link = { ...LOSSY, isLossBlind: true };
        const settled = since(simulate({ seed, seconds: 60, linkAt: () => link }), SETTLED_MS);
        expect(delayMs(settled, 0.95)).toBeLessThan(330);
        expect(shownBps(settled, SETTLED_MS, 60_000)).toBeGreaterThan(350_000);
        expect(settled.shown.length / 50).toBeGreaterThan(23);
      }),
    );
  });

  test("a link that becomes wide is used in full within 10 s", () => {
    check(
      fc.property(seeds, (seed) => {
        const outcome = simulate({ seed, seconds: 60, linkAt: (ms) => (ms < 20_000 ? NARROW : GOOD) });
        expect(since(outcome, 30_000).told.every(({ targetBps }) => targetBps === MAX_BPS)).toBe(true);
      }),
    );
  });

  test("a link that becomes narrow is followed within 3 s", () => {
    check(
      fc.property(seeds, (seed) => {
        const outcome = simulate({ seed, seconds: 30, linkAt: (ms) => (ms < 10_000 ? GOOD : NARROW) });
        expect(delayMs(since(outcome, 13_000), 0.95)).toBeLessThan(500);
        expect(frozenMs(outcome, 10_000, 30_000)).toBeLessThan(1500);
      }),
    );
  });

  test("a dead link stops nothing for good", () => {
    const isDead = (ms: number) => ms > 10_000 && ms < 14_000;
    const outcome = simulate({ seed: 7, seconds: 40, linkAt: (ms) => (isDead(ms) ? { ...GOOD, loss: 1 } : GOOD) });
    expect(outcome.told.every(({ targetBps }) => targetBps >= MIN_BPS)).toBe(true);
    expect(shownBps(outcome, 30_000, 40_000)).toBeGreaterThan(0.9 * MAX_BPS);
  });

  test("a still picture says nothing of the link: the rate stays, and what moves again is sharp", () => {
    const outcome = simulate({
      seed: 3,
      seconds: 40,
      linkAt: () => NARROW,
      isMovingAt: (ms) => ms < 15_000 || ms > 30_000,
    });
    const still = outcome.told.filter(({ atMs }) => atMs > 17_000 && atMs < 30_000);
    expect(new Set(still.map(({ targetBps }) => targetBps)).size).toBe(1);
    expect(delayMs(since(outcome, 30_500), 0.95)).toBeLessThan(500);
  });
});

describe("whom a rate follows", () => {
  const hear = (control: RateControl, queues: Record<string, number>, seconds: number) => {
    for (let ms = 0; ms < seconds * 1000; ms += 250) {
      control.sent(control.targetBps / 32, ms, false);
      for (const [device, queueMs] of Object.entries(queues)) {
        control.heard(device, { newestUs: ms * 1000, receivedBps: 500_000, queueMs }, ms + 50);
      }
    }
  };

  test("one viewer's bad link does not lower what all get", () => {
    const control = new RateControl("best", MAX_BPS);
    hear(control, { carol: 0, dave: 900 }, 20);
    expect(control.targetBps).toBe(MAX_BPS);
  });

  test("our own bad link is bad for all, and lowers it", () => {
    const control = new RateControl("best", MAX_BPS);
    hear(control, { carol: 300, dave: 900 }, 5);
    expect(control.targetBps).toBeLessThan(MAX_BPS / 2);
  });

  test("the second rendition follows the worst of those who take it", () => {
    const control = new RateControl("worst", MAX_BPS);
    hear(control, { carol: 0, dave: 900 }, 5);
    expect(control.targetBps).toBeLessThan(MAX_BPS / 2);
    control.forget("dave");
    hear(control, { carol: 0 }, 20);
    expect(control.targetBps).toBe(MAX_BPS);
  });

  test("what a report may not say is refused: a picture of the future", () => {
    const control = new RateControl("best", MAX_BPS);
    control.heard("mallory", { newestUs: 10_000_000, receivedBps: 1, queueMs: 5000 }, 1000);
    expect(control.targetBps).toBe(MAX_BPS);
  });
});

describe("what pictures are sent for a rate", () => {
  const SIZE = { width: 1280, height: 720 };

  test("enough: all of them, in full size", () => {
    expect(planPictures(SIZE, MAX_BPS, 1)).toEqual({ frameRateHz: 30, scale: 1 });
  });

  test("less: fewer first, then smaller ones", () => {
    const rates = [600_000, 400_000, 200_000, 120_000];
    const plans = rates.map((rate) => planPictures(SIZE, rate, 1));
    expect(plans.map(({ scale }) => scale)).toEqual([1, 1, 1, 2 / 3]);
    expect(plans.map(({ frameRateHz }) => frameRateHz)).toEqual([30, 30, 16, 21]);
  });

  test("a size is kept until a larger one is affordable for good", () => {
    expect(planPictures(SIZE, 150_000, 2 / 3).scale).toBe(2 / 3);
    expect(planPictures(SIZE, 180_000, 2 / 3).scale).toBe(1);
  });
});
