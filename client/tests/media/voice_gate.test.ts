import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { levelOf, PREROLL_FRAMES, SPURT_FRAMES, VoiceGate } from "../../src/media/voice_gate.ts";

const QUIET_DB = -75;
const SPEECH_DB = -25;

/** Return for every level whether its frame is sent, the pre-roll counted in. */
function sent(levels: readonly number[]): boolean[] {
  const gate = new VoiceGate();
  const judged = levels.map((level) => gate.judge(level));
  return judged.map((isSent, index) => isSent || judged.slice(index, index + PREROLL_FRAMES + 1).includes(true));
}

const frames = (count: number, level: number): number[] => new Array(count).fill(level);
const spurts = (isSent: readonly boolean[]): number[] =>
  isSent
    .map((one) => (one ? "x" : " "))
    .join("")
    .split(/ +/)
    .filter(Boolean)
    .map((spurt) => spurt.length);

describe("the gate", () => {
  test("sends nothing while nobody speaks", () => {
    expect(sent(frames(500, QUIET_DB))).not.toContain(true);
  });

  test("takes along what came just before the first word, and goes on until well after the last", () => {
    const isSent = sent([...frames(100, QUIET_DB), ...frames(40, SPEECH_DB), ...frames(100, QUIET_DB)]);
    expect(isSent.indexOf(true)).toBe(100 - PREROLL_FRAMES);
    expect(isSent.lastIndexOf(true)).toBeGreaterThanOrEqual(140 + 20);
  });

  test("stays open in the pauses between words", () => {
    const words = Array.from({ length: 20 }, () => [...frames(10, SPEECH_DB), ...frames(15, QUIET_DB)]).flat();
    expect(spurts(sent([...frames(10, QUIET_DB), ...words]))).toHaveLength(1);
  });

  test("takes a steady noise for no speech after a while, and a louder voice above it still for one", () => {
    const isSent = sent([...frames(500, -50), ...frames(10, SPEECH_DB)]);
    expect(isSent.slice(400, 497)).not.toContain(true);
    expect(isSent.slice(500)).not.toContain(false);
  });

  test("lets music through, however long", () => {
    expect(sent(frames(2000, -20)).slice(PREROLL_FRAMES)).not.toContain(false);
  });

  test("shows to the half second only how long somebody speaks", () => {
    fc.assert(
      fc.property(fc.array(fc.float({ min: -90, max: 0, noNaN: true }), { maxLength: 600 }), (levels) => {
        const lengths = spurts(sent([...levels, ...frames(60, -100)]));
        for (const length of lengths) expect(length % SPURT_FRAMES).toBe(0);
      }),
    );
  });
});

test("a level is in decibels below full scale", () => {
  expect(levelOf(new Float32Array(960))).toBe(-100);
  expect(levelOf(new Float32Array(960).fill(1))).toBeCloseTo(0);
  expect(levelOf(Float32Array.from({ length: 960 }, (_, n) => Math.sin(n / 5)))).toBeCloseTo(-3, 0);
});
