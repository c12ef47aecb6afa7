import { describe, expect, test } from "vitest";
import { Mixer } from "../../src/media/mixer.ts";

const RATE_HZ = 48_000;
const FRAME_SAMPLES = 960;
const QUANTUM = 128;

/** One frame of a tone that goes on from frame to frame. */
const frameOf = (hz: number, number: number): Float32Array =>
  Float32Array.from(
    { length: FRAME_SAMPLES },
    (_, n) => 0.3 * Math.sin((2 * Math.PI * hz * (number * FRAME_SAMPLES + n)) / RATE_HZ),
  );

/** Return all that is heard in `ms`, while `send` is asked every quantum what has come. */
function hear(mixer: Mixer, ms: number, send: (nowMs: number) => void = () => undefined): Float32Array {
  const heard = new Float32Array(Math.floor((ms * RATE_HZ) / 1000 / QUANTUM) * QUANTUM);
  for (let at = 0; at < heard.length; at += QUANTUM) {
    const nowMs = (at / RATE_HZ) * 1000;
    send(nowMs);
    mixer.mix(heard.subarray(at, at + QUANTUM), nowMs);
  }
  return heard;
}

/** Let a voice speak a tone, 20 ms a frame. */
function speaker(mixer: Mixer, voice: string, hz: number, isLost: (number: number) => boolean = () => false) {
  let next = 0;
  return (nowMs: number) => {
    for (; next * 20 <= nowMs; next += 1) {
      if (!isLost(next)) mixer.receive({ type: "frame", voice, number: next, samples: frameOf(hz, next) }, nowMs);
    }
  };
}

/** How strong a frequency is: 1 for a full tone of it alone. */
function strength(samples: Float32Array, hz: number): number {
  let [real, imaginary] = [0, 0];
  for (const [n, sample] of samples.entries()) {
    real += sample * Math.cos((2 * Math.PI * hz * n) / RATE_HZ);
    imaginary += sample * Math.sin((2 * Math.PI * hz * n) / RATE_HZ);
  }
  return (2 * Math.hypot(real, imaginary)) / samples.length;
}

const largest = (samples: Float32Array): number => samples.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
const steepest = (samples: Float32Array): number =>
  largest(samples.map((sample, index) => sample - (samples[index - 1] ?? sample)));

describe("the mixer", () => {
  test("is silent while nobody speaks", () => {
    expect(largest(hear(new Mixer(), 100))).toBe(0);
  });

  test("plays a voice as it was spoken", () => {
    const mixer = new Mixer();
    const heard = hear(mixer, 1000, speaker(mixer, "bob", 300)).subarray(9600);
    expect(strength(heard, 300)).toBeCloseTo(0.3, 1);
    expect(steepest(heard)).toBeLessThan(0.3 * 0.045);
  });

  test("plays two voices at once", () => {
    const mixer = new Mixer();
    const [bob, carol] = [speaker(mixer, "bob", 300), speaker(mixer, "carol", 700)];
    const heard = hear(mixer, 1000, (nowMs) => {
      bob(nowMs);
      carol(nowMs);
    }).subarray(9600);
    expect(strength(heard, 300)).toBeCloseTo(0.3, 1);
    expect(strength(heard, 700)).toBeCloseTo(0.3, 1);
    expect(mixer.speaking(1000).toSorted()).toEqual(["bob", "carol"]);
  });

  test("hides a lost frame: no click, no hole", () => {
    const mixer = new Mixer();
    const heard = hear(
      mixer,
      2000,
      speaker(mixer, "bob", 250, (number) => number % 10 === 7),
    ).subarray(9600);
    expect(steepest(heard)).toBeLessThan(0.3 * 0.06);
    for (let at = 0; at + 480 < heard.length; at += 240) {
      expect(largest(heard.subarray(at, at + 480))).toBeGreaterThan(0.05);
    }
  });

  test("fades a voice out that breaks off, and says that it speaks no more", () => {
    const mixer = new Mixer();
    const speak = speaker(mixer, "bob", 300, (number) => number > 25);
    const heard = hear(mixer, 1500, speak);
    expect(steepest(heard)).toBeLessThan(0.3 * 0.06);
    expect(largest(heard.subarray(heard.length - 9600))).toBe(0);
    expect(mixer.speaking(1500)).toEqual([]);
  });

  test("forgets a voice that is gone", () => {
    const mixer = new Mixer();
    hear(mixer, 300, speaker(mixer, "bob", 300));
    expect(mixer.speaking(300)).toEqual(["bob"]);
    mixer.receive({ type: "gone", voice: "bob" }, 300);
    expect(mixer.speaking(300)).toEqual([]);
    expect(largest(hear(mixer, 100))).toBe(0);
  });
});
