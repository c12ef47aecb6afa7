import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { extend, join, lengthen, shorten } from "../../src/media/pitch.ts";

const RATE_HZ = 48_000;

const tone = (hz: number, length = 960, phase = 0): Float32Array =>
  Float32Array.from({ length }, (_, n) => Math.sin((2 * Math.PI * hz * n) / RATE_HZ + phase));

/** Return the largest step from one sample to the next: a click is a large one. */
const steepest = (samples: Float32Array): number =>
  samples.reduce((most, sample, index) =>
    index === 0 ? 0 : Math.max(most, Math.abs(sample - (samples[index - 1] ?? 0))),
  );

/** Return how often the sound passes zero upwards, a second. */
function pitchHz(samples: Float32Array): number {
  let passes = 0;
  for (let index = 1; index < samples.length; index += 1) {
    if ((samples[index - 1] ?? 0) < 0 && (samples[index] ?? 0) >= 0) passes += 1;
  }
  return (passes * RATE_HZ) / samples.length;
}

const voices = fc.integer({ min: 110, max: 380 });

describe("a voice", () => {
  test.each([
    ["shorter", shorten],
    ["longer", lengthen],
  ] as const)("keeps pitch and smoothness when it becomes %s", (_, change) => {
    fc.assert(
      fc.property(voices, fc.float({ min: 0, max: 6, noNaN: true }), (hz, phase) => {
        const before = tone(hz, 960, phase);
        const after = change(before);
        const changed = Math.abs(after.length - before.length);
        expect(changed).toBeGreaterThanOrEqual(120);
        expect(changed).toBeLessThanOrEqual(480);
        expect(steepest(after)).toBeLessThan(steepest(before) * 1.3);
        expect(Math.abs(pitchHz(after) - pitchHz(before))).toBeLessThan(110);
      }),
    );
  });

  test("goes on where it broke off", () => {
    fc.assert(
      fc.property(voices, fc.float({ min: 0, max: 6, noNaN: true }), (hz, phase) => {
        const past = tone(hz, 960, phase);
        const whole = Float32Array.from([...past, ...extend(past, 960)]);
        expect(steepest(whole)).toBeLessThan(steepest(past) * 2);
      }),
    );
  });

  test("passes over into another without a click", () => {
    const joined = join(tone(200, 240), tone(300, 960, 1), 240);
    expect(joined).toHaveLength(960);
    expect(joined[0]).toBeCloseTo(0);
    expect(steepest(joined)).toBeLessThan(0.05);
  });

  test("of any samples at all is never longer than asked, and never undefined", () => {
    fc.assert(
      fc.property(fc.float32Array({ minLength: 960, maxLength: 960, noNaN: true, min: -1, max: 1 }), (samples) => {
        for (const made of [shorten(samples), lengthen(samples), extend(samples, 960)]) {
          expect(made.every((sample) => Math.abs(sample) <= 1)).toBe(true);
        }
      }),
    );
  });
});
