import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { allocateFrame, type PictureFormat } from "../../src/media/frame.ts";
import { PictureDecoder } from "../../src/media/picture_decoder.ts";
import { FakeDecoder, installCodecs } from "./fake_codecs.ts";

beforeEach(installCodecs);
afterEach(() => vi.unstubAllGlobals());

const FORMAT: PictureFormat = { codec: "avc1.42e01f", width: 64, height: 48 };

function frame(group: number, index: number, format: PictureFormat | null = null): Uint8Array {
  const [bytes, picture] = allocateFrame({ group, index, capturedUs: 1, format }, 3);
  picture.fill(7);
  return bytes;
}

function watch() {
  const shown: VideoFrame[] = [];
  let asked = 0;
  const decoder = new PictureDecoder({
    arrived: () => undefined,
    decoded: (picture) => shown.push(picture),
    needsKeyFrame: () => {
      asked += 1;
    },
  });
  return { decoder, shown, asked: () => asked };
}

const latest = () => FakeDecoder.all.at(-1) as FakeDecoder;

describe("decoding pictures", () => {
  test("in order, for low delay", () => {
    const { decoder, shown } = watch();
    decoder.receive(frame(0, 0, FORMAT));
    decoder.receive(frame(0, 1));
    latest().emit();
    expect(latest().configured).toMatchObject([{ codec: FORMAT.codec, optimizeForLatency: true }]);
    expect(latest().taken.map(({ type }) => type)).toEqual(["key", "delta"]);
    expect(shown).toHaveLength(1);
  });

  test("after a gap only a key frame goes on", () => {
    const { decoder, asked } = watch();
    decoder.receive(frame(0, 0, FORMAT));
    decoder.receive(frame(0, 2));
    decoder.receive(frame(0, 3));
    expect([latest().taken.length, asked()]).toEqual([1, 2]);
    decoder.receive(frame(1, 0, FORMAT));
    expect(latest().taken).toHaveLength(2);
  });

  test("a codec that changes gets a new decoder, the old one is closed", () => {
    const { decoder } = watch();
    decoder.receive(frame(0, 0, FORMAT));
    decoder.receive(frame(1, 0, { ...FORMAT, codec: "vp8" }));
    expect(FakeDecoder.all.map(({ state }) => state)).toEqual(["closed", "configured"]);
  });

  test("a decoder that breaks is replaced at the next key frame", () => {
    const { decoder, asked } = watch();
    decoder.receive(frame(0, 0, FORMAT));
    latest().break();
    decoder.receive(frame(0, 1));
    expect(asked()).toBe(2);
    decoder.receive(frame(1, 0, FORMAT));
    expect(FakeDecoder.all).toHaveLength(2);
    expect(latest().taken).toHaveLength(1);
  });

  test("a decoder that lags half a second begins anew", () => {
    const { decoder, asked } = watch();
    decoder.receive(frame(0, 0, FORMAT));
    latest().decodeQueueSize = 16;
    decoder.receive(frame(0, 1));
    expect([latest().state, asked()]).toEqual(["closed", 1]);
  });

  test("codecs that are none of ours, and bytes that are no frames, do nothing", () => {
    const { decoder, shown } = watch();
    decoder.receive(frame(0, 0, { ...FORMAT, codec: "hev1.1.6.L93.B0" }));
    decoder.receive(new Uint8Array([1, 2, 3]));
    expect([FakeDecoder.all.length, shown.length]).toEqual([0, 0]);
  });
});
