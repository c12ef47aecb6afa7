/** WebCodecs without pictures: counts what is opened and closed, and gives out what a test lets it. */

import { vi } from "vitest";

export class FakeFrame {
  static readonly open = new Set<FakeFrame>();
  readonly timestamp: number;
  readonly visibleRect: { x: number; y: number; width: number; height: number };
  readonly codedWidth: number;
  readonly codedHeight: number;
  format = "NV12";
  colorSpace: { matrix: string | null } = { matrix: "bt709" };
  closed = 0;

  constructor(source: FakeFrame | { width: number; height: number }, init: { timestamp?: number } = {}) {
    const { width, height } = source instanceof FakeFrame ? source.visibleRect : source;
    this.visibleRect = { x: 0, y: 0, width, height };
    this.codedWidth = width;
    this.codedHeight = height;
    this.timestamp = init.timestamp ?? 0;
    FakeFrame.open.add(this);
  }
  clone(): FakeFrame {
    return new FakeFrame(this, { timestamp: this.timestamp });
  }
  close(): void {
    this.closed += 1;
    FakeFrame.open.delete(this);
  }
}

type Chunk = { type: "key" | "delta"; timestamp: number; byteLength: number; copyTo(into: Uint8Array): void };

type EncoderInit = {
  output: (chunk: Chunk, metadata?: { decoderConfig: { colorSpace: VideoColorSpaceInit } }) => void;
  error: (error: Error) => void;
};

export class FakeEncoder {
  static all: FakeEncoder[] = [];
  state = "unconfigured";
  readonly configured: VideoEncoderConfig[] = [];
  readonly taken: { timestamp: number; isKey: boolean }[] = [];
  readonly #init: EncoderInit;

  constructor(init: EncoderInit) {
    this.#init = init;
    FakeEncoder.all.push(this);
  }
  configure(config: VideoEncoderConfig): void {
    this.state = "configured";
    this.configured.push(config);
  }
  encode(frame: FakeFrame, { keyFrame }: { keyFrame: boolean }): void {
    this.taken.push({ timestamp: frame.timestamp, isKey: keyFrame });
  }
  /** Let the picture that was taken last come out, of which the encoder tells `color`. */
  emit(color?: VideoColorSpaceInit, byteLength = 3): void {
    const last = this.taken.at(-1);
    if (last === undefined) throw new Error("nothing was encoded");
    const { timestamp, isKey } = last;
    const chunk: Chunk = {
      type: isKey ? "key" : "delta",
      timestamp,
      byteLength,
      copyTo: (into) => into.fill(7),
    };
    this.#init.output(chunk, color && { decoderConfig: { colorSpace: color } });
  }
  break(): void {
    this.state = "closed";
    this.#init.error(new Error("broken"));
  }
  close(): void {
    this.state = "closed";
  }
}

export class FakeDecoder {
  static all: FakeDecoder[] = [];
  state = "unconfigured";
  decodeQueueSize = 0;
  readonly configured: VideoDecoderConfig[] = [];
  readonly taken: { type: string }[] = [];
  readonly #init: { output: (frame: FakeFrame) => void; error: (error: Error) => void };

  constructor(init: { output: (frame: FakeFrame) => void; error: (error: Error) => void }) {
    this.#init = init;
    FakeDecoder.all.push(this);
  }
  configure(config: VideoDecoderConfig): void {
    this.state = "configured";
    this.configured.push(config);
  }
  decode(chunk: { type: string }): void {
    this.taken.push({ type: chunk.type });
  }
  emit(size = { width: 64, height: 48 }): void {
    this.#init.output(new FakeFrame(size));
  }
  break(): void {
    this.state = "closed";
    this.#init.error(new Error("broken"));
  }
  close(): void {
    this.state = "closed";
  }
}

export function installCodecs(): void {
  FakeFrame.open.clear();
  FakeEncoder.all = [];
  FakeDecoder.all = [];
  vi.stubGlobal("VideoFrame", FakeFrame);
  vi.stubGlobal("VideoEncoder", FakeEncoder);
  vi.stubGlobal("VideoDecoder", FakeDecoder);
  vi.stubGlobal(
    "EncodedVideoChunk",
    class {
      readonly type: string;
      constructor({ type }: { type: string }) {
        this.type = type;
      }
    },
  );
}

/** Sound of one channel; counts what is open. */
export class FakeAudioData {
  static open = 0;
  readonly sampleRate: number;
  readonly numberOfChannels = 1;
  readonly timestamp: number;
  readonly #samples: Float32Array;

  constructor(init: { sampleRate: number; samples?: Float32Array; data?: Float32Array; timestamp?: number }) {
    this.sampleRate = init.sampleRate;
    this.timestamp = init.timestamp ?? 0;
    this.#samples = init.samples ?? init.data ?? new Float32Array();
    FakeAudioData.open += 1;
  }
  get numberOfFrames(): number {
    return this.#samples.length;
  }
  copyTo(into: Float32Array): void {
    into.set(this.#samples);
  }
  close(): void {
    FakeAudioData.open -= 1;
  }
}

/** Encodes each frame at once, to packets of `packetBytes`. */
export class FakeAudioEncoder {
  static packetBytes = 80;
  state = "unconfigured";
  readonly #output: (chunk: { timestamp: number; byteLength: number; copyTo(into: Uint8Array): void }) => void;

  constructor({ output }: { output: (chunk: { timestamp: number; byteLength: number }) => void }) {
    this.#output = output;
  }
  configure(): void {
    this.state = "configured";
  }
  encode({ timestamp }: FakeAudioData): void {
    this.#output({ timestamp, byteLength: FakeAudioEncoder.packetBytes, copyTo: (into) => into.fill(7) });
  }
  close(): void {
    this.state = "closed";
  }
}
