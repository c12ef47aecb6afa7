import { describe, expect, test } from "vitest";
import { Governor } from "../../src/media/governor.ts";

/** Let pictures come out for `forMs` at the governor's own rate; each takes `tookMs`. Return the efforts on the way. */
function run(governor: Governor, clock: { nowMs: number }, forMs: number, tookMs: (now: number) => number): string[] {
  const efforts: string[] = [];
  for (const end = clock.nowMs + forMs; clock.nowMs < end; clock.nowMs += 1000 / governor.effort.frameRateHz) {
    if (governor.encoded(tookMs(clock.nowMs), clock.nowMs)) efforts.push(told(governor));
  }
  return efforts;
}

const told = ({ effort }: Governor) => `${effort.frameRateHz}${effort.isLarge ? " large" : ""}`;

describe("the governor of a camera", () => {
  test("leaves a quick machine alone", () => {
    const governor = new Governor();
    expect(run(governor, { nowMs: 0 }, 60_000, () => 3)).toEqual([]);
    expect(told(governor)).toBe("24 large");
  });

  test("goes down one step at a time while encoding takes too much, and stays at the least", () => {
    const governor = new Governor();
    expect(run(governor, { nowMs: 0 }, 60_000, () => 90)).toEqual(["15 large", "15", "8"]);
  });

  test("one slow picture changes nothing", () => {
    const governor = new Governor();
    expect(run(governor, { nowMs: 0 }, 30_000, (now) => (now > 9000 && now < 9050 ? 200 : 3))).toEqual([]);
  });

  test("goes up again when the machine has been calm for a while", () => {
    const governor = new Governor();
    const clock = { nowMs: 0 };
    run(governor, clock, 5000, () => 30);
    expect(told(governor)).toBe("15 large");
    expect(run(governor, clock, 9000, () => 5)).toEqual([]);
    expect(run(governor, clock, 9000, () => 5)).toEqual(["24 large"]);
  });

  test("tries more ever more rarely when that has failed", () => {
    const governor = new Governor();
    // A machine that can 15 pictures with ease and 24 not at all.
    const changes = run(governor, { nowMs: 0 }, 600_000, () => (governor.effort.frameRateHz > 15 ? 40 : 5));
    expect(changes.length).toBeGreaterThan(4);
    expect(changes.length).toBeLessThan(16);
  });
});
