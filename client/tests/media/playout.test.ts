import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Playout } from "../../src/media/playout.ts";

const FRAME_MS = 20;
/** What a change of tempo takes away or adds: a period of a voice, here always the same one. */
const PERIOD_MS = 5;
/** The beginning of our own clock means nothing to that of the sender. */
const EPOCH_MS = 123_456.7;

type Sent = { number: number; arrivesMs: number };
type Heard = { type: "play" | "conceal" | "silence"; number: number; atMs: number; delayMs: number };

/** A generator of numbers from 0 to 1, the same for the same seed. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Frames of one spurt from `first` on, each with a delay, or lost where it is null. */
function spurt(first: number, count: number, delayOf: (index: number) => number | null): Sent[] {
  return Array.from({ length: count }, (_, index) => ({ number: first + index, delayMs: delayOf(index) })).flatMap(
    ({ number, delayMs }) =>
      delayMs === null ? [] : [{ number, arrivesMs: EPOCH_MS + number * FRAME_MS + 30 + delayMs }],
  );
}

/** Play what is sent until everything is over; `delayMs` is counted from the moment of capture, as is 30 of each. */
function play(sent: readonly Sent[]): Heard[] {
  const playout = new Playout<number>();
  const arriving = sent.toSorted((a, b) => a.arrivesMs - b.arrivesMs);
  const heard: Heard[] = [];
  const endMs = Math.max(...sent.map(({ arrivesMs }) => arrivesMs)) + 2000;
  for (let nowMs = EPOCH_MS; nowMs < endMs; ) {
    while (arriving[0] !== undefined && arriving[0].arrivesMs <= nowMs) {
      const { number, arrivesMs } = arriving.shift() as Sent;
      playout.receive(number, number, arrivesMs);
    }
    const decision = playout.next(nowMs);
    const number = decision.type === "play" ? decision.frame : -1;
    heard.push({ type: decision.type, number, atMs: nowMs, delayMs: nowMs - EPOCH_MS - number * FRAME_MS - 30 });
    nowMs += decision.type === "play" ? FRAME_MS + SHIFT_MS[decision.tempo] : decision.type === "conceal" ? 20 : 2.667;
  }
  return heard;
}
const SHIFT_MS = { same: 0, faster: -PERIOD_MS, slower: PERIOD_MS } as const;

const played = (heard: readonly Heard[]): Heard[] => heard.filter(({ type }) => type === "play");
/** What is heard from the first frame to the last. */
const within = (heard: readonly Heard[]): Heard[] =>
  heard.slice(
    heard.findIndex(({ type }) => type === "play"),
    heard.findLastIndex(({ type }) => type === "play") + 1,
  );

const seeds = fc.integer({ min: 1, max: 2 ** 31 });

describe("playout", () => {
  test("of a perfect network plays every frame, in order, without gaps, and soon", () => {
    const heard = play(spurt(7, 200, () => 0));
    expect(played(heard).map(({ number }) => number)).toEqual(Array.from({ length: 200 }, (_, index) => index + 7));
    expect(within(heard).every(({ type }) => type === "play")).toBe(true);
    expect(Math.max(...played(heard).map(({ delayMs }) => delayMs))).toBeLessThan(85);
    expect(played(heard).at(-1)?.delayMs).toBeLessThan(65);
  });

  test("has no gap when frames are less irregular than its target", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = seeded(seed);
        const heard = within(play(spurt(0, 300, () => random() * 38)));
        expect(heard.every(({ type }) => type === "play")).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test("learns how irregular a network is, and has then hardly a gap", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 60, max: 250 }), (seed, jitterMs) => {
        const random = seeded(seed);
        const heard = within(play(spurt(0, 1000, () => random() * jitterMs)));
        const settled = heard.slice(heard.findIndex(({ number }) => number >= 300));
        const gaps = settled.filter(({ type }) => type !== "play").length;
        expect(gaps / settled.length).toBeLessThan(0.05);
      }),
      { numRuns: 30 },
    );
  });

  test("plays in increasing order, each frame once, whatever comes in whatever order", () => {
    const arrivals = fc.array(
      fc.record({ number: fc.integer({ min: 0, max: 400 }), arrivesMs: fc.integer({ min: 0, max: 9000 }) }),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(arrivals, (sent) => {
        const numbers = played(play(sent.map((one) => ({ ...one, arrivesMs: EPOCH_MS + one.arrivesMs })))).map(
          ({ number }) => number,
        );
        expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
      }),
    );
  });

  test("is never much later than its target, even after a burst, and is soon there again", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 100, max: 3000 }), (seed, stallMs) => {
        const random = seeded(seed);
        // The network stands still once, and then brings everything at once.
        const stall = (index: number) => Math.max(0, stallMs - (index - 200) * FRAME_MS);
        const sent = spurt(0, 1000, (index) => (index < 200 ? random() * 20 : Math.max(stall(index), random() * 20)));
        const delays = played(play(sent)).map(({ delayMs }) => delayMs);
        // The highest target, what is skipped from on, and a frame.
        expect(Math.max(...delays)).toBeLessThan(400 + 250 + 20 + 20);
        expect(delays.at(-1)).toBeLessThan(100);
      }),
      { numRuns: 60 },
    );
  });

  test("conceals about as much as is lost, and is silent in none of it", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = seeded(seed);
        const lost = new Set<number>();
        const sent = spurt(0, 500, (index) => {
          if (index === 0 || index === 499 || random() > 0.1) return random() * 15;
          lost.add(index);
          return null;
        });
        const heard = within(play(sent));
        const concealed = heard.filter(({ type }) => type === "conceal").length;
        expect(Math.abs(concealed - lost.size)).toBeLessThanOrEqual(6);
        expect(played(heard)).toHaveLength(500 - lost.size);
      }),
      { numRuns: 50 },
    );
  });

  test("is silent between spurts, after it has faded out, and in time for the next one", () => {
    const heard = play([...spurt(0, 50, () => 0), ...spurt(500, 50, () => 0)]);
    const types = within(heard).map(({ type }) => type);
    expect(types.filter((type) => type === "conceal")).toHaveLength(3);
    expect(played(heard).map(({ number }) => number)).toHaveLength(100);
    expect(heard.find(({ number }) => number === 500)?.delayMs).toBeLessThan(65);
  });

  test("plays the pre-roll of a spurt, which is sent late, with the rest", () => {
    const late = (index: number) => [40, 20][index] ?? 0;
    const sent = [0, 1, 2, 3, 4, 5, 6].flatMap((nth) => spurt(nth * 100, 25, late));
    const heard = play(sent);
    expect(played(heard)).toHaveLength(7 * 25);
    expect(heard.find(({ number }) => number === 600)?.delayMs).toBeLessThan(65);
  });

  test("follows a clock that goes faster or slower than ours", () => {
    for (const drift of [-0.0003, 0.0003]) {
      const heard = within(play(spurt(0, 6000, (index) => 300 + drift * index * FRAME_MS)));
      expect(heard.filter(({ type }) => type !== "play").length).toBeLessThanOrEqual(2);
      const first = heard.find(({ number }) => number === 100)?.delayMs ?? 0;
      const last = played(heard).at(-1)?.delayMs ?? 0;
      // The target may have come down from its first 60 ms to 40, and 20 more or less are tolerated.
      expect(Math.abs(last - first - drift * 5900 * FRAME_MS)).toBeLessThan(45);
    }
  });

  test("keeps no more than two seconds, whatever is sent", () => {
    const playout = new Playout<number>();
    for (let number = 0; number < 10_000; number += 1) playout.receive(number, number, 0);
    let count = 0;
    for (let nowMs = 0; nowMs < 400_000; nowMs += 10) if (playout.next(nowMs).type === "play") count += 1;
    expect(count).toBeLessThanOrEqual(100);
  });
});
