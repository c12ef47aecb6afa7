import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MalformedFrame } from "../../src/media/frame.ts";
import { decodeVoiceFrame, encodeVoiceFrame } from "../../src/media/voice_frame.ts";
import { hex, readVectors } from "../e2ee/vectors.ts";

type Vectors = {
  readonly valid: readonly { frame: string; number: number; capturedUs: number; packet: string }[];
  readonly invalid: readonly { why: string; frame: string }[];
};

const vectors = readVectors<Vectors>("voice-frame.json");

describe("a frame of a voice", () => {
  test.each(vectors.valid)("number $number is read and written", ({ frame, number, capturedUs, packet }) => {
    const read = decodeVoiceFrame(hex(frame));
    expect(read).toEqual({ number, capturedUs, packet: hex(packet) });
    expect(encodeVoiceFrame(read)).toEqual(hex(frame));
  });

  test.each(vectors.invalid)("$why is refused", ({ frame }) => {
    expect(() => decodeVoiceFrame(hex(frame))).toThrow(MalformedFrame);
  });

  test("whatever the bytes, it is one or is refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1400 }), (noise) => {
        try {
          expect(encodeVoiceFrame(decodeVoiceFrame(noise))).toEqual(noise);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedFrame);
        }
      }),
    );
  });
});
