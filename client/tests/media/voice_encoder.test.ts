import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { VoiceEncoder, voiceConfig } from "../../src/media/voice_encoder.ts";
import type { VoiceFrame } from "../../src/media/voice_frame.ts";
import { FakeAudioData, FakeAudioEncoder } from "./fake_codecs.ts";

type Sent = VoiceFrame & { readonly isFirst: boolean };

let sent: Sent[];
let encoder: VoiceEncoder;
/** When the first sound was captured: an hour after the clock began. */
const START_US = 3_600_000_000;

beforeEach(() => {
  vi.stubGlobal("AudioEncoder", FakeAudioEncoder);
  vi.stubGlobal("AudioData", FakeAudioData);
  sent = [];
  encoder = new VoiceEncoder(48_000, 0, {
    encoded: (frame, isFirst) => void sent.push({ ...frame, isFirst }),
    heard: () => undefined,
    failed: () => undefined,
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  expect(FakeAudioData.open).toBe(0);
});

/** Give `ms` of sound of one loudness, 10 ms at a time, from `atMs` on. */
function hear(loudness: number, ms: number, atMs: number): void {
  for (let doneMs = 0; doneMs < ms; doneMs += 10) {
    const sound = new FakeAudioData({ sampleRate: 48_000, samples: new Float32Array(480).fill(loudness) });
    encoder.receive(sound as unknown as AudioData, START_US + (atMs + doneMs + 10) * 1000);
    sound.close();
  }
}

describe("our voice", () => {
  test("is encoded at a constant rate, which is why nothing can be told from sizes", () => {
    expect(voiceConfig(48_000)).toMatchObject({ codec: "opus", numberOfChannels: 1, bitrateMode: "constant" });
    expect(voiceConfig(48_000).opus).toMatchObject({ frameDuration: 20_000, usedtx: false });
  });

  test("is sent from a little before the first word until a while after the last, in groups of five", () => {
    hear(0, 1000, 0);
    expect(sent).toEqual([]);
    hear(0.2, 200, 1000);
    hear(0, 1000, 1200);
    expect(sent).toHaveLength(50);
    const first = START_US / 20_000 + 48;
    expect(sent.map(({ number }) => number)).toEqual(Array.from({ length: 50 }, (_, index) => first + index));
    expect(sent.map(({ isFirst }) => isFirst)).toEqual(Array.from({ length: 50 }, (_, index) => index % 5 === 0));
    expect(sent[0]?.capturedUs).toBe(START_US + 960_000);
  });

  test("is not sent in frames of another size", () => {
    hear(0, 100, 0);
    hear(0.2, 100, 100);
    const before = sent.length;
    FakeAudioEncoder.packetBytes = 81;
    hear(0.2, 100, 200);
    FakeAudioEncoder.packetBytes = 80;
    hear(0.2, 100, 300);
    expect(sent).toHaveLength(before + 5);
    expect(new Set(sent.map(({ packet }) => packet.length))).toEqual(new Set([80]));
  });

  test("is numbered by the clock where the microphone paused, and only there", () => {
    hear(0.2, 400, 0);
    // A sound card that is slow by a whole frame in the meantime.
    hear(0.2, 400, 420);
    const numbers = sent.map(({ number }) => number);
    expect(numbers.at(-1)).toBe((numbers[0] ?? 0) + numbers.length - 1);
    hear(0.2, 100, 5000);
    expect((sent.at(-1)?.number ?? 0) - (START_US / 20_000 + 254)).toBe(0);
  });
});
