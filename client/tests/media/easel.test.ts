import { beforeEach, describe, expect, test } from "vitest";
import { Easel } from "../../src/media/easel.ts";
import { FakeFrame } from "./fake_codecs.ts";

const size = { width: 64, height: 48 };
let now = 0;
const picture = () => new FakeFrame(size, { timestamp: ++now }) as unknown as VideoFrame;
const timesOf = (pictures: readonly VideoFrame[]) => pictures.map(({ timestamp }) => timestamp);

beforeEach(() => FakeFrame.open.clear());

describe("a canvas", () => {
  function openCanvas() {
    const drawn: unknown[] = [];
    const fake = { width: 300, height: 150, getContext: () => ({ drawImage: (image: unknown) => drawn.push(image) }) };
    return { canvas: fake as unknown as OffscreenCanvas, drawn };
  }

  test("gets each picture at its own size, and each is closed once", () => {
    const easel = new Easel();
    const { canvas, drawn } = openCanvas();
    easel.place(canvas);
    const pictures = [picture(), picture(), picture()];
    for (const one of pictures) expect(easel.show(one)).toEqual(size);
    expect([canvas.width, canvas.height]).toEqual([64, 48]);
    expect(drawn).toEqual(pictures);
    expect(FakeFrame.open.size).toBe(1);
    easel.clear();
    expect(FakeFrame.open.size).toBe(0);
    expect(pictures.map((one) => (one as unknown as FakeFrame).closed)).toEqual([1, 1, 1]);
  });

  test("that comes late gets the last picture", () => {
    const easel = new Easel();
    easel.show(picture());
    const last = picture();
    easel.show(last);
    const { canvas, drawn } = openCanvas();
    easel.place(canvas);
    expect(drawn).toEqual([last]);
  });
});

describe("a track", () => {
  /** A track that takes a picture whenever the test lets it. */
  function openTrack() {
    const taken: VideoFrame[] = [];
    const waiting: (() => void)[] = [];
    const surface = new WritableStream<VideoFrame>({
      write: (one) =>
        new Promise((resolve) =>
          waiting.push(() => {
            taken.push(one);
            one.close();
            resolve();
          }),
        ),
    });
    const take = async () => {
      await settle();
      waiting.shift()?.();
      await settle();
    };
    return { surface, taken, take };
  }
  const settle = () => new Promise((resolve) => setTimeout(resolve));

  test("that is slow gets the newest picture next, and nothing stays open", async () => {
    const easel = new Easel();
    const { surface, taken, take } = openTrack();
    easel.place(surface);
    const pictures = [picture(), picture(), picture(), picture()];
    for (const one of pictures) easel.show(one);
    await take();
    await take();
    await take();
    expect(timesOf(taken)).toEqual([pictures[0]?.timestamp, pictures[3]?.timestamp]);
    easel.clear();
    expect(FakeFrame.open.size).toBe(0);
  });

  test("that comes late gets the last picture", async () => {
    const easel = new Easel();
    const last = picture();
    easel.show(last);
    const { surface, taken, take } = openTrack();
    easel.place(surface);
    await take();
    expect(timesOf(taken)).toEqual([last.timestamp]);
  });

  test("can be placed again, as after a reconnect", async () => {
    const { surface, taken, take } = openTrack();
    const before = new Easel();
    before.place(surface);
    before.place(null);
    const after = new Easel();
    after.place(surface);
    after.show(picture());
    await take();
    expect(taken.length).toBe(1);
  });

  test("whose page is gone takes nothing, and nothing stays open", async () => {
    const easel = new Easel();
    const surface = new WritableStream<VideoFrame>({ start: (controller) => controller.error(new Error("gone")) });
    easel.place(surface);
    for (let count = 0; count < 3; count++) {
      easel.show(picture());
      await settle();
    }
    easel.clear();
    expect(FakeFrame.open.size).toBe(0);
  });
});
