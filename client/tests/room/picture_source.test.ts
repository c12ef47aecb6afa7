import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Family } from "../../src/media/codecs.ts";
import { decodeFrame } from "../../src/media/frame.ts";
import { Governor } from "../../src/media/governor.ts";
import { CAMERA_TRACKS, cameraTracks, PictureSource, SCREEN_TRACKS } from "../../src/room/picture_source.ts";
import { FakeEncoder, FakeFrame, installCodecs } from "../media/fake_codecs.ts";

beforeEach(() => {
  vi.useFakeTimers();
  installCodecs();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

interface Given {
  readonly families?: (Family | null)[];
  /** In which a still screen may be encoded finely. */
  readonly fine?: Family | null;
  readonly profiles?: ConstructorParameters<typeof PictureSource>[1];
  readonly governor?: Governor;
}

function share({ families = ["avc1"], fine = null, profiles = SCREEN_TRACKS, governor }: Given = {}) {
  let feed: ReadableStreamDefaultController<VideoFrame> | null = null;
  const source = new ReadableStream<VideoFrame>({
    start: (controller) => {
      feed = controller;
    },
  });
  const sent: string[] = [];
  const ends: string[] = [];
  const wanted = new Set(["screen"]);
  const listener = {
    chooseFamily: async () => (families.length > 1 ? families.shift() : families[0]) ?? null,
    chooseFine: async () => fine,
    isWanted: (track: string) => wanted.has(track),
    encoded: (track: string, frame: Uint8Array) => {
      const { group, index, format } = decodeFrame(frame).header;
      const about = format === null ? "" : ` ${format.codec} ${format.width}x${format.height}`;
      sent.push(`${track === "screen" ? "" : `${track} `}${group}.${index}${about}`);
    },
    paused: (track: string) => sent.push(`${track} paused`),
    resized: () => undefined,
    ended: (reason: string) => ends.push(reason),
  };
  const presenter = new PictureSource(source, profiles, listener, governor);
  const show = async (width = 1280, height = 720) => {
    feed?.enqueue(new FakeFrame({ width, height }) as unknown as VideoFrame);
    await vi.advanceTimersByTimeAsync(1);
  };
  return { presenter, sent, ends, show, wanted, stop: () => feed?.close() };
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

  /** Let time pass; whatever is encoded comes out at once. */
  async function pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 50) {
      const [before, taken] = [FakeEncoder.all.length, encoder().taken.length];
      await vi.advanceTimersByTimeAsync(50);
      if (FakeEncoder.all.length > before || encoder().taken.length > taken) encoder().emit();
    }
  }

  test("a still screen is encoded anew as fine as it is, stays so while little changes, and is quick as soon as it moves", async () => {
    const { sent, show } = share({ fine: "av01" });
    await show();
    encoder().emit();
    await pass(1000);
    expect(sent.at(-1)).toBe("1.0 av01.0.05M.08 1280x720");
    expect(encoder().configured).toMatchObject([{ bitrateMode: "quantizer", contentHint: "text" }]);
    await pass(3000);
    expect(encoder().taken).toHaveLength(1);
    await show();
    encoder().emit();
    expect(sent.at(-1)).toBe("1.1");
    await show();
    await show();
    await vi.advanceTimersByTimeAsync(100);
    encoder().emit();
    expect(sent.at(-1)).toBe("2.0 avc1.42e01f 1280x720");
  });

  test("a caret that blinks does not keep a screen from being fine, and a page that scrolls does", async () => {
    for (const [bytes, isFine] of [
      [600, true],
      [20_000, false],
    ] as const) {
      const { presenter, sent, show } = share({ fine: "av01" });
      await show();
      encoder().emit();
      const coarse = encoder();
      for (let change = 0; change < 20; change++) {
        await show();
        const finer = encoder();
        if (finer !== coarse && finer.taken.at(-1)?.isKey) finer.emit();
        else finer.emit(undefined, bytes);
        await vi.advanceTimersByTimeAsync(100);
      }
      expect(sent.join().includes("av01")).toBe(isFine);
      presenter.close();
    }
  });

  test("a large change of a fine picture is motion, and the next picture is quick", async () => {
    const { sent, show } = share({ fine: "av01" });
    await show();
    encoder().emit();
    await pass(1000);
    await show();
    encoder().emit(undefined, 100_000);
    await show();
    encoder().emit();
    expect(sent.slice(-2)).toEqual(["1.1", "2.0 avc1.42e01f 1280x720"]);
  });

  test("whoever waits for a key frame gets a quick one, and a fine one that was in vain is not soon tried again", async () => {
    const { presenter, sent, show } = share({ fine: "av01" });
    await show();
    encoder().emit();
    await pass(1000);
    presenter.cutKeyFrame();
    encoder().emit();
    expect(sent.at(-1)).toBe("2.0 avc1.42e01f 1280x720");
    await pass(700);
    expect(sent.at(-1)).not.toContain("av01");
    await pass(500);
    expect(sent.at(-1)).toBe("3.0 av01.0.05M.08 1280x720");
  });

  test("no screen is encoded finely for a link that has no room for it", async () => {
    const { presenter, sent, show } = share({ fine: "av01" });
    await show();
    encoder().emit();
    const now = () => performance.timeOrigin + performance.now();
    for (let report = 0; report < 8; report++) {
      presenter.heard("screen", "viewer", { newestUs: (now() - 300) * 1000, receivedBps: 300_000, queueMs: 900 });
      await show();
      encoder().emit();
      await vi.advanceTimersByTimeAsync(250);
    }
    await pass(3000);
    expect(sent.join()).not.toContain("av01");
  });

  test("a fine encoder that breaks gives way to the quick one", async () => {
    const { ends, sent, show } = share({ fine: "av01" });
    await show();
    encoder().emit();
    await pass(1000);
    encoder().break();
    encoder().emit();
    expect([sent.at(-1), ends]).toEqual(["2.0 avc1.42e01f 1280x720", []]);
  });

  test("viewers that ask get one key frame a second", async () => {
    const { presenter, show } = share();
    await show();
    encoder().emit();
    const keys = () => encoder().taken.filter(({ isKey }) => isKey).length;
    for (let ms = 0; ms < 3000; ms += 100) {
      presenter.refresh("screen");
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
    const { presenter, sent, show } = share({ families: ["avc1", "vp8"] });
    await show();
    encoder().emit();
    presenter.reconsider();
    await vi.advanceTimersByTimeAsync(1);
    encoder().emit();
    expect(FakeEncoder.all.map(({ state }) => state)).toEqual(["closed", "configured"]);
    expect(sent.at(-1)).toBe("1.0 vp8 1280x720");
  });

  test("with no codec for everyone it ends, and says so", async () => {
    const { ends, show } = share({ families: [null] });
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

describe("a camera", () => {
  /** Show pictures of a camera of 25 Hz; every encoder takes `tookMs` for each. */
  async function film(camera: ReturnType<typeof share>, pictures: number, tookMs = 1) {
    for (let count = 0; count < pictures; count += 1) {
      const before = new Map(FakeEncoder.all.map((one) => [one, one.taken.length]));
      await camera.show();
      await vi.advanceTimersByTimeAsync(tookMs);
      for (const one of FakeEncoder.all) if (one.taken.length > (before.get(one) ?? 0)) one.emit();
      await vi.advanceTimersByTimeAsync(Math.max(0, 39 - tookMs));
    }
  }
  const filming = () => share({ profiles: CAMERA_TRACKS, governor: new Governor() });

  test("encodes nothing while nobody looks", async () => {
    const camera = filming();
    await film(camera, 5);
    expect(FakeEncoder.all).toHaveLength(0);
    expect(FakeFrame.open.size).toBe(0);
    expect(camera.presenter.size).toEqual({ width: 1280, height: 720 });
  });

  test("encodes the size that is looked at, for motion, and both when both are", async () => {
    const camera = filming();
    camera.wanted.add("camera-low");
    await film(camera, 2);
    expect(encoder().configured).toMatchObject([
      { width: 320, height: 180, bitrate: 120_000, framerate: 24, contentHint: "motion" },
    ]);
    camera.wanted.add("camera");
    await film(camera, 1);
    expect(camera.sent).toEqual([
      "camera-low 0.0 avc1.42e01f 320x180",
      "camera-low 0.1",
      "camera-low 0.2",
      "camera 0.0 avc1.42e01f 640x360",
    ]);
  });

  test("pauses when nobody looks any more, and begins again with a key frame", async () => {
    const camera = filming();
    camera.wanted.add("camera");
    await film(camera, 2);
    camera.wanted.delete("camera");
    await film(camera, 3);
    camera.wanted.add("camera");
    await film(camera, 1);
    expect(camera.sent).toEqual([
      "camera 0.0 avc1.42e01f 640x360",
      "camera 0.1",
      "camera paused",
      "camera 1.0 avc1.42e01f 640x360",
    ]);
    expect(FakeEncoder.all.map(({ state }) => state)).toEqual(["closed", "configured"]);
  });

  test("begins a new group every five seconds, for those who come later", async () => {
    const camera = filming();
    camera.wanted.add("camera-low");
    await film(camera, 130);
    expect(camera.sent.filter((line) => line.includes("x"))).toHaveLength(2);
    expect(camera.sent.at(-1)).toMatch(/^camera-low 1\.\d$/);
  });

  test("on a slow machine sends fewer pictures, then smaller ones", async () => {
    const camera = filming();
    camera.wanted.add("camera");
    await film(camera, 400, 35);
    expect(encoder().configured.map(({ width }) => width)).toEqual([640, 320]);
    expect(encoder().taken.length).toBeLessThan(250);
    expect(camera.sent.at(-1)).toMatch(/^camera \d/);
  });

  test("that is turned off ends both tracks and closes every picture", async () => {
    const camera = filming();
    camera.wanted.add("camera").add("camera-low");
    await film(camera, 3);
    camera.presenter.close();
    expect(camera.sent.slice(-2)).toEqual(["camera paused", "camera-low paused"]);
    expect(FakeFrame.open.size).toBe(0);
    expect(FakeEncoder.all.every(({ state }) => state === "closed")).toBe(true);
  });

  test("says its sizes in the catalog, lying or standing, never larger than they are taken", () => {
    expect(cameraTracks(null)).toEqual([]);
    const sizes = (width: number, height: number) =>
      cameraTracks({ width, height }).map((track) => `${track.track} ${track.width}x${track.height}`);
    expect(sizes(1280, 720)).toEqual(["camera 640x360", "camera-low 320x180"]);
    expect(sizes(480, 640)).toEqual(["camera 360x480", "camera-low 180x240"]);
    expect(sizes(161, 121)).toEqual(["camera 162x122", "camera-low 162x122"]);
  });
});
