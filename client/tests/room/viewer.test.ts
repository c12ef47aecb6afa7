import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { CONTEXT, FrameCrypto } from "../../src/e2ee/frames.ts";
import { importBaseKey } from "../../src/e2ee/sframe.ts";
import { allocateFrame } from "../../src/media/frame.ts";
import { encodeCatalog } from "../../src/room/catalog.ts";
import { Viewer } from "../../src/room/viewer.ts";
import type { ObjectReceiver, Relay, TrackName } from "../../src/transport/relay.ts";
import { FakeDecoder, installCodecs } from "../media/fake_codecs.ts";

beforeEach(installCodecs);
afterEach(() => vi.unstubAllGlobals());

const until = (check: () => void) => vi.waitFor(check, { timeout: 5000, interval: 5 });
const LEAVES = new Map([
  ["alice", 0],
  ["bob", 1],
]);
const CAMERA = [
  { track: "camera", width: 640, height: 360 },
  { track: "camera-low", width: 320, height: 180 },
] as const;

/** The frame keys of a device. */
async function member(device: string, epoch = 1): Promise<FrameCrypto> {
  const frames = new FrameCrypto();
  await enterEpoch(frames, device, epoch);
  return frames;
}

async function enterEpoch(frames: FrameCrypto, device: string, epoch: number): Promise<void> {
  const baseKey = await importBaseKey(new Uint8Array(16).fill(epoch));
  frames.enterEpoch({ epoch, baseKey, ownLeaf: LEAVES.get(device) ?? 0, leaves: LEAVES });
}

/** Alice watches bob; the relay between them is the test's. */
async function aliceWatchesBob() {
  const receivers = new Map<TrackName, ObjectReceiver>();
  const relay: Pick<Relay, "subscribe"> = {
    subscribe: (_from, track, receiver) => {
      receivers.set(track, receiver);
      return () => receivers.delete(track);
    },
  };
  const [alice, bob] = [await member("alice"), await member("bob")];
  let nextEpoch = Promise.withResolvers<void>();
  const asked: string[] = [];
  const viewer = new Viewer({
    from: { participant: "b", device: "bob" },
    keys: { frames: alice, nextEpoch: () => nextEpoch.promise },
    relay: relay as Relay,
    sound: () => undefined,
    maySpeak: () => true,
    changed: () => undefined,
    cataloged: () => undefined,
    refresh: (_device, track) => asked.push(track),
    report: () => undefined,
    reportIntervalMs: () => 1000,
  });
  const give = async (track: TrackName, object: Uint8Array | null) => {
    if (object !== null) void receivers.get(track)?.receive(object, new AbortController().signal);
  };
  return {
    viewer,
    bob,
    asked,
    give,
    /** The tracks that alice reads, beside the catalog. */
    reads: () => [...receivers.keys()].filter((track) => track !== "catalog"),
    say: async (camera: readonly (typeof CAMERA)[number][]) => {
      const catalog = encodeCatalog({ decode: [], screen: false, mic: null, control: null, camera });
      await give("catalog", await bob.seal(CONTEXT.catalog, catalog));
      await until(() => expect(viewer.catalog?.camera).toEqual(camera));
    },
    enter: async (epoch: number) => {
      await enterEpoch(alice, "alice", epoch);
      nextEpoch.resolve();
      nextEpoch = Promise.withResolvers<void>();
    },
  };
}

/** A key frame of the camera. */
function picture(group = 0): Uint8Array {
  const format = { codec: "avc1.42e01f", width: 320, height: 180 };
  const [frame] = allocateFrame({ group, index: 0, capturedUs: 1, format }, 3);
  return frame;
}

describe("somebody's camera", () => {
  test("is read while its tile is in sight, in the size of the tile", async () => {
    const { viewer, say, reads } = await aliceWatchesBob();
    expect(viewer.camera).toBeNull();
    await say(CAMERA);
    expect(viewer.camera).toMatchObject({ picture: "starting" });
    expect(reads()).toEqual([]);
    viewer.watchCamera(100);
    expect(reads()).toEqual(["camera-low"]);
    viewer.watchCamera(400);
    expect(reads()).toEqual(["camera"]);
    viewer.watchCamera(0);
    viewer.watchCamera(400);
    expect(reads()).toEqual(["camera"]);
    viewer.watchCamera(0);
    await until(() => expect(reads()).toEqual([]));
  });

  test("that is turned off is read no more, and not shown", async () => {
    const { viewer, say, reads } = await aliceWatchesBob();
    viewer.watchCamera(100);
    await say(CAMERA);
    expect(reads()).toEqual(["camera-low"]);
    await say([]);
    expect(reads()).toEqual([]);
    expect(viewer.camera).toBeNull();
  });

  test("is shown when it opens", async () => {
    const { viewer, bob, say, give } = await aliceWatchesBob();
    await say(CAMERA);
    viewer.watchCamera(100);
    await give("camera-low", await bob.seal(CONTEXT["camera-low"], picture()));
    await until(() => expect(FakeDecoder.all[0]?.taken).toHaveLength(1));
    FakeDecoder.all[0]?.emit({ width: 320, height: 180 });
    expect(viewer.camera).toEqual({ picture: "shown", widthPx: 320, heightPx: 180 });
  });

  test("that cannot be opened yet waits for the key and heals; meanwhile a key frame is asked for", async () => {
    const { viewer, bob, say, give, enter, asked } = await aliceWatchesBob();
    await say(CAMERA);
    viewer.watchCamera(100);
    await enterEpoch(bob, "bob", 2);
    await give("camera-low", await bob.seal(CONTEXT["camera-low"], picture()));
    await until(() => expect(viewer.camera).toMatchObject({ picture: "waiting-key" }));
    await until(() => expect(asked).toEqual(["camera-low"]));
    expect(FakeDecoder.all).toHaveLength(0);
    await enter(2);
    await until(() => expect(FakeDecoder.all[0]?.taken).toHaveLength(1));
    FakeDecoder.all[0]?.emit({ width: 320, height: 180 });
    expect(viewer.camera).toMatchObject({ picture: "shown" });
  });

  test("mallory puts one size in place of the other, a screen in place of a camera, or turns the clock back", async () => {
    const { viewer, bob, say, give } = await aliceWatchesBob();
    await say(CAMERA);
    viewer.watchCamera(100);
    const good = await bob.seal(CONTEXT["camera-low"], picture(1));
    const wrong = [CONTEXT.camera, CONTEXT.screen].map((context) => bob.seal(context, picture(5)));
    for (const object of await Promise.all(wrong)) await give("camera-low", object);
    await give("camera-low", good);
    await until(() => expect(FakeDecoder.all[0]?.taken).toHaveLength(1));
    await give("camera-low", good);
    await give("camera-low", await bob.seal(CONTEXT["camera-low"], picture(0)));
    await give("camera-low", await bob.seal(CONTEXT["camera-low"], picture(2)));
    await until(() => expect(FakeDecoder.all[0]?.taken).toHaveLength(2));
    expect(viewer.camera).toMatchObject({ picture: "starting" });
  });
});
