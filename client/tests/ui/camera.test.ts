import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { RoomCommand } from "../../src/room/state.ts";
import { CameraModel, canFilm } from "../../src/ui/camera.ts";
import { Devices } from "../../src/ui/devices.ts";

/** A camera's track. */
class FakeTrack extends EventTarget {
  isLive = true;
  stop(): void {
    this.isLive = false;
  }
}

const tracks: FakeTrack[] = [];
/** What the browser answers next. */
let answer: () => Promise<MediaStream>;

function stream(): MediaStream {
  const track = new FakeTrack();
  tracks.push(track);
  return { getTracks: () => [track], getVideoTracks: () => [track] } as unknown as MediaStream;
}

beforeEach(() => {
  tracks.length = 0;
  answer = async () => stream();
  vi.stubGlobal("navigator", {
    mediaDevices: { getUserMedia: () => answer(), enumerateDevices: async () => [] },
  });
  vi.stubGlobal(
    "MediaStreamTrackProcessor",
    class {
      readonly readable = new ReadableStream();
    },
  );
});
afterEach(() => vi.unstubAllGlobals());

function camera() {
  const sent: string[] = [];
  const model = new CameraModel(new Devices(), (command: RoomCommand) => sent.push(command.type));
  return { model, sent };
}

describe("one's own camera", () => {
  test("is turned on and off", async () => {
    const { model, sent } = camera();
    await model.start();
    expect(model.stream.value).not.toBeNull();
    model.toggle();
    expect(model.stream.value).toBeNull();
    expect(sent).toEqual(["camera", "stop-camera"]);
    expect(tracks.map(({ isLive }) => isLive)).toEqual([false]);
  });

  test.each([
    ["NotAllowedError", /Allow it/],
    ["NotFoundError", /There is no camera/],
    ["NotReadableError", /Another program/],
  ])("that fails with %s says what to do", async (name, sentence) => {
    const { model, sent } = camera();
    answer = () => Promise.reject(new DOMException("", name));
    await model.start();
    expect(model.problem.value).toMatch(sentence);
    expect([model.stream.value, model.isAsking.value, sent.length]).toEqual([null, false, 0]);
    answer = async () => stream();
    await model.start();
    expect(model.problem.value).toBeNull();
    expect(model.stream.value).not.toBeNull();
  });

  test("that the person did not wait for stays off, and is let go", async () => {
    const { model, sent } = camera();
    const late = Promise.withResolvers<MediaStream>();
    answer = () => late.promise;
    const starting = model.start();
    expect(model.isAsking.value).toBe(true);
    model.toggle();
    late.resolve(stream());
    await starting;
    expect(model.stream.value).toBeNull();
    expect(tracks[0]?.isLive).toBe(false);
    expect(sent).not.toContain("camera");
  });

  test("that is unplugged is off, and says so", async () => {
    const { model, sent } = camera();
    await model.start();
    tracks[0]?.dispatchEvent(new Event("ended"));
    expect(model.stream.value).toBeNull();
    expect(model.problem.value).toMatch(/unplugged/);
    expect(sent.at(-1)).toBe("stop-camera");
  });

  test("that nobody can read is off, and says so", async () => {
    const { model } = camera();
    model.stopped();
    expect(model.problem.value).toBeNull();
    await model.start();
    model.stopped();
    expect(model.stream.value).toBeNull();
    expect(model.problem.value).toMatch(/cannot be sent/);
  });

  test("is let go when the meeting is over", async () => {
    const { model } = camera();
    await model.start();
    model.leave();
    expect(tracks[0]?.isLive).toBe(false);
    expect(model.problem.value).toBeNull();
  });

  test("is not offered by a browser that asks for none", () => {
    expect(canFilm()).toBe(true);
    vi.stubGlobal("navigator", {});
    expect(canFilm()).toBe(false);
  });
});
