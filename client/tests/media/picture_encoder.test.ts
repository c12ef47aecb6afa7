import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Color, PictureFormat } from "../../src/media/frame.ts";
import { PictureEncoder } from "../../src/media/picture_encoder.ts";
import { SCREEN } from "../../src/media/profile.ts";
import { FakeEncoder, FakeFrame } from "./fake_codecs.ts";

const BT709: Color = { primaries: "bt709", transfer: "bt709", matrix: "bt709", fullRange: false };

beforeEach(() => {
  vi.stubGlobal("VideoEncoder", FakeEncoder);
  vi.stubGlobal("VideoFrame", FakeFrame);
  FakeEncoder.all = [];
});
afterEach(() => vi.unstubAllGlobals());

/** Return which matrix is told of a key frame of `picture`, when the encoder says BT.709. */
function matrixOf(picture: FakeFrame): string | undefined {
  const formats: (PictureFormat | null)[] = [];
  const encoder = new PictureEncoder("vp8", SCREEN, {
    encoded: (_, format) => formats.push(format),
    failed: () => undefined,
  });
  encoder.encode(picture as unknown as VideoFrame, 0, true);
  FakeEncoder.all[0]?.emit(BT709);
  encoder.close();
  return formats[0]?.color?.matrix;
}

test("colours are those the encoder tells", () => {
  expect(matrixOf(new FakeFrame({ width: 64, height: 48 }))).toBe("bt709");
});

test("of a picture that does not tell its colours the encoder only guesses: captures make BT.601", () => {
  const picture = Object.assign(new FakeFrame({ width: 64, height: 48 }), {
    format: "I420",
    colorSpace: { matrix: null },
  });
  expect(matrixOf(picture)).toBe("smpte170m");
});
