/** Decodes one picture track: pictures in order only, and after a loss nothing before the next key frame. */

import { familyOf } from "./codecs.ts";
import { type DecodedFrame, decodeFrame, type FrameHeader, MalformedFrame, type PictureFormat } from "./frame.ts";
import { FrameOrder } from "./frame_order.ts";

/** Half a second at 30 fps: a decoder that lags so far does not catch up; better to begin anew at a key frame. */
const MAX_QUEUE = 15;

export interface DecoderListener {
  /** A picture of this size has come whole, in order or not. */
  arrived(header: FrameHeader, sizeBytes: number): void;
  /** The listener closes `picture`. */
  decoded(picture: VideoFrame): void;
  /** Something is missing: only a key frame helps. */
  needsKeyFrame(): void;
}

export class PictureDecoder {
  readonly #listener: DecoderListener;
  readonly #order = new FrameOrder();
  #decoder: VideoDecoder | null = null;
  /** What the decoder is configured for. */
  #configured: string | null = null;

  constructor(listener: DecoderListener) {
    this.#listener = listener;
  }

  /** Take the plaintext of one object; whatever is wrong with it is dropped. */
  receive(plaintext: Uint8Array): void {
    const frame = readFrame(plaintext);
    if (frame === null) return;
    this.#listener.arrived(frame.header, plaintext.byteLength);
    const verdict = this.#order.judge(frame.header);
    if (verdict === "gap") this.#listener.needsKeyFrame();
    if (verdict === "decode") this.#decode(frame);
  }

  /** The group broke off: what is decoded so far stands, the rest needs a key frame. */
  interrupt(): void {
    this.#order.reset();
    this.#listener.needsKeyFrame();
  }

  close(): void {
    this.#release();
  }

  #decode({ header, picture }: DecodedFrame): void {
    const decoder = header.format === null ? this.#decoder : this.#prepare(header.format);
    if (decoder === null || decoder.decodeQueueSize > MAX_QUEUE) return this.#fail();
    const type = header.format === null ? "delta" : "key";
    try {
      decoder.decode(new EncodedVideoChunk({ type, timestamp: header.capturedUs, data: picture }));
    } catch {
      this.#fail();
    }
  }

  #prepare({ codec, color }: PictureFormat): VideoDecoder | null {
    if (familyOf(codec) === null) return null;
    const configured = JSON.stringify([codec, color]);
    if (this.#decoder !== null && this.#configured === configured) return this.#decoder;
    this.#release();
    const decoder = new VideoDecoder({
      output: (picture) => this.#listener.decoded(picture),
      error: () => this.#decoder === decoder && this.#fail(),
    });
    decoder.configure({ codec, optimizeForLatency: true, ...(color && { colorSpace: color }) });
    this.#configured = configured;
    this.#decoder = decoder;
    return decoder;
  }

  #fail(): void {
    this.#release();
    this.#order.reset();
    this.#listener.needsKeyFrame();
  }

  #release(): void {
    const decoder = this.#decoder;
    this.#decoder = null;
    if (decoder !== null && decoder.state !== "closed") decoder.close();
  }
}

function readFrame(plaintext: Uint8Array): DecodedFrame | null {
  try {
    return decodeFrame(plaintext);
  } catch (error) {
    if (error instanceof MalformedFrame) return null;
    throw error;
  }
}
