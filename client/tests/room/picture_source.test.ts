import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Family } from "../../src/media/codecs.ts";
import { decodeFrame } from "../../src/media/frame.ts";
import { SCREEN } from "../../src/media/profile.ts";
import { PictureSource } from "../../src/room/picture_source.ts";
import { FakeEncoder, FakeFrame, installCodecs } from "../media/fake_codecs.ts";

beforeEach(() => {
  vi.useFakeTimers();
  installCodecs();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function share(families: (Family | null)[] = ["avc1"]) {
  let feed: ReadableStreamDefaultController<VideoFrame> | null = null;
  const source = new ReadableStream<VideoFrame>({
    start: (controller) => {
      feed = controller;
    },
  });
  const sent: string[] = [];
  const ends: string[] = [];
  const presenter = new PictureSource(source, SCREEN, {
    chooseFamily: async () => (families.length > 1 ? families.shift() : families[0]) ?? null,
    encoded: (frame) => {
      const { group, index, format } = decodeFrame(frame).header;
      sent.push(`${group}.${index}${format === null ? "" : ` ${format.codec} ${format.width}x${format.height}`}`);
    },
    resized: () => undefined,
    ended: (reason) => ends.push(reason),
  });
  const show = async (width = 1280, height = 720) => {
    feed?.enqueue(new FakeFrame({ width, height }) as unknown as VideoFrame);
    await vi.advanceTimersByTimeAsync(1);
  };
  return { presenter, sent, ends, show, stop: () => feed?.close() };
}

const encoder = () => FakeEncoder.all.at(-1) as FakeEncoder;

describe("presenting", () => {
  test("begins with a key frame, then deltas, numbered without a gap", async () => {
    const { sent, show } = share();
    await show();
    encoder().emit();
    await show();
    encoder().emit();
    expect(sent).toEqual(["0.0 avc1.42e01f 1280x720", "0.1"]);
    expect(encoder().configured).toMatchObject([{ latencyMode: "realtime", contentHint: "text" }]);
  });

  test("a picture that comes while the encoder is busy waits, and only the newest does", async () => {
    const { show } = share();
    await show();
    await show();
    await show();
    expect(encoder().taken).toHaveLength(1);
    encoder().emit();
    expect(encoder().taken).toHaveLength(2);
    encoder().emit();
    expect(encoder().taken).toHaveLength(2);
  });

  test("a picture that the encoder swallows holds nothing up for long", async () => {
    const { show } = share();
    await show();
    await vi.advanceTimersByTimeAsync(600);
    await show();
    expect(encoder().taken.length).toBeGreaterThan(1);
  });

  test("a still screen is sent again three times, then nothing", async () => {
    const { show } = share();
    await show();
    encoder().emit();
    for (let ms = 0; ms < 5000; ms += 50) {
      const before = encoder().taken.length;
      await vi.advanceTimersByTimeAsync(50);
      if (encoder().taken.length > before) encoder().emit();
    }
    expect(encoder().taken).toHaveLength(4);
  });

  test("viewers that ask get one key frame a second", async () => {
    const { presenter, show } = share();
    await show();
    encoder().emit();
    const keys = () => encoder().taken.filter(({ isKey }) => isKey).length;
    for (let ms = 0; ms < 3000; ms += 100) {
      presenter.refresh();
      const before = encoder().taken.length;
      await vi.advanceTimersByTimeAsync(100);
      if (encoder().taken.length > before) encoder().emit();
    }
    expect(keys()).toBeGreaterThanOrEqual(3);
    expect(keys()).toBeLessThanOrEqual(4);
  });

  test("on a new device it is numbered from 0 again, and nothing goes out before the key frame", async () => {
    const { presenter, sent, show } = share();
    await show();
    encoder().emit();
    await show();
    presenter.restart();
    encoder().emit();
    expect(sent).toEqual(["0.0 avc1.42e01f 1280x720"]);
    await show();
    encoder().emit();
    expect(sent.at(-1)).toBe("0.0 avc1.42e01f 1280x720");
  });

  test("a new size is a key frame with its own level, odd lines left out", async () => {
    const { sent, show } = share();
    await show();
    encoder().emit();
    await show(1921, 1081);
    expect(encoder().configured.at(-1)).toMatchObject({ codec: "avc1.42e028", width: 1920, height: 1080 });
    encoder().emit();
    expect(sent.at(-1)).toBe("1.0 avc1.42e028 1920x1080");
  });

  test("another codec takes over when a viewer needs it", async () => {
    const { presenter, sent, show } = share(["avc1", "vp8"]);
    await show();
    encoder().emit();
    presenter.reconsider();
    await vi.advanceTimersByTimeAsync(1);
    encoder().emit();
    expect(FakeEncoder.all.map(({ state }) => state)).toEqual(["closed", "configured"]);
    expect(sent.at(-1)).toBe("1.0 vp8 1280x720");
  });

  test("with no codec for everyone it ends, and says so", async () => {
    const { ends, show } = share([null]);
    await show();
    expect(ends).toEqual(["no-codec"]);
  });

  test("an encoder that breaks is replaced, but not for ever", async () => {
    const { ends, show } = share();
    await show();
    for (let count = 0; count < 4; count++) encoder().break();
    expect(FakeEncoder.all).toHaveLength(4);
    expect(ends).toEqual(["no-codec"]);
  });

  test("when the capture ends, every picture is closed", async () => {
    const { ends, show, stop } = share();
    await show();
    await show();
    stop();
    await vi.advanceTimersByTimeAsync(1);
    expect(ends).toEqual(["source"]);
    expect(FakeFrame.open.size).toBe(0);
  });
});
