import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allocateFrame, decodeFrame, type FrameHeader, MalformedFrame } from "../../src/media/frame.ts";
import { hex, readVectors, toHex } from "../e2ee/vectors.ts";

type Vectors = {
  readonly valid: readonly { frame: string; header: FrameHeader; picture: string }[];
  readonly invalid: readonly { why: string; frame: string }[];
};

const vectors = readVectors<Vectors>("media-frame.json");

describe("a frame of the screen", () => {
  test.each(vectors.valid)("is written as the vectors say: group $header.group", ({ frame, header, picture }) => {
    const bytes = hex(picture);
    const [written, room] = allocateFrame(header, bytes.length);
    room.set(bytes);
    expect(toHex(written)).toBe(frame);
  });

  test.each(vectors.valid)("is read as the vectors say: group $header.group", ({ frame, header, picture }) => {
    const decoded = decodeFrame(hex(frame));
    expect(decoded.header).toEqual(header);
    expect(toHex(decoded.picture)).toBe(picture);
  });

  test.each(vectors.invalid)("is refused: $why", ({ frame }) => {
    expect(() => decodeFrame(hex(frame))).toThrow(MalformedFrame);
  });

  test("whatever the bytes, nothing but MalformedFrame escapes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        try {
          decodeFrame(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedFrame);
        }
      }),
    );
  });
});
