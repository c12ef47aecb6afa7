import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CONTEXT, FrameCrypto } from "../../src/e2ee/frames.ts";
import { importBaseKey } from "../../src/e2ee/sframe.ts";
import { encodeVoiceFrame } from "../../src/media/voice_frame.ts";
import { Hearer } from "../../src/room/hearer.ts";
import type { ObjectReceiver, Relay } from "../../src/transport/relay.ts";

const LEAVES = new Map([
  ["alice", 0],
  ["mallory", 1],
]);
/** The times of the packets that are decoded, in frames. */
let decoded: number[] = [];

beforeEach(() => {
  decoded = [];
  class Decoder {
    state = "configured";
    decodeQueueSize = 0;
    configure(): void {}
    decode({ timestamp }: { timestamp: number }): void {
      decoded.push(timestamp / 20_000);
    }
    close(): void {}
  }
  class Chunk {
    readonly timestamp: number;
    constructor({ timestamp }: { timestamp: number }) {
      this.timestamp = timestamp;
    }
  }
  vi.stubGlobal("AudioDecoder", Decoder);
  vi.stubGlobal("EncodedAudioChunk", Chunk);
});
afterEach(() => vi.unstubAllGlobals());

async function member(device: string): Promise<FrameCrypto> {
  const frames = new FrameCrypto();
  const baseKey = await importBaseKey(new Uint8Array(16).fill(1));
  frames.enterEpoch({ epoch: 1, baseKey, ownLeaf: LEAVES.get(device) ?? 0, leaves: LEAVES });
  return frames;
}

test("mallory, who may not speak, is not heard, though a relay carries her voice", async () => {
  const [alice, mallory] = [await member("alice"), await member("mallory")];
  const told: ObjectReceiver[] = [];
  const relay: Pick<Relay, "subscribe"> = {
    subscribe: (_from, _track, receiver) => {
      told.push(receiver);
      return () => undefined;
    },
  };
  let maySpeak = true;
  const hearer = new Hearer({
    from: { participant: "m", device: "mallory" },
    keys: { frames: alice, nextEpoch: () => new Promise(() => undefined) },
    relay: relay as Relay,
    sound: () => undefined,
    maySpeak: () => maySpeak,
  });
  const speak = async (number: number) => {
    const frame = encodeVoiceFrame({ number, capturedUs: 1, packet: new Uint8Array(80) });
    const object = await mallory.seal(CONTEXT.mic, frame);
    if (object !== null) await told[0]?.receive(object, new AbortController().signal);
  };
  await speak(1);
  maySpeak = false;
  await speak(2);
  maySpeak = true;
  await speak(3);
  expect(decoded).toEqual([1, 3]);
  hearer.close();
});
