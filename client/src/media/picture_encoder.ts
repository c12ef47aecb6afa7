/** Encodes pictures as a profile says; nothing waits. One codec family; the size may change from picture to picture. */

import { codecString, codedSize, type Family, type Size } from "./codecs.ts";
import { type Color, isColor, type PictureFormat } from "./frame.ts";
import type { Profile } from "./profile.ts";

/** Pictures inside the encoder; a second one would only wait there, and be late when it comes out. */
const MAX_IN_FLIGHT = 1;
/** What captures make of pixels when they do not say so (BT.601). An encoder that is not told either says just anything. */
const UNTOLD_MATRIX = "smpte170m";
/** A picture that has not come out after so long never will: rate control may swallow one. */
const SWALLOWED_US = 500_000;

export interface EncoderListener {
  /** `format` comes with key frames only. */
  encoded(chunk: EncodedVideoChunk, format: PictureFormat | null): void;
  /** The encoder is broken; nothing comes any more. */
  failed(): void;
}

/** A rate that differs less is not worth a reconfiguration. */
const SAME_RATE = 0.08;

/** How fast pictures may be sent, and of which size. */
export type EncoderRate = {
  readonly bitrateBps: number;
  readonly frameRateHz: number;
  /** Of the sides of what the profile says. */
  readonly scale: number;
};

/** Not in the library's types yet. */
type EncoderConfig = VideoEncoderConfig & { readonly contentHint: string };
type EncodeOptions = VideoEncoderEncodeOptions & { readonly av1?: { readonly quantizer: number } };

export function encoderConfig(family: Family, size: Size, profile: Profile, rate?: EncoderRate): EncoderConfig {
  return {
    ...size,
    codec: codecString(family, size),
    bitrate: Math.round(rate?.bitrateBps ?? profile.bitrateBps(size)),
    framerate: rate?.frameRateHz ?? profile.frameRateHz,
    latencyMode: "realtime",
    contentHint: profile.hint,
    ...(profile.quantizer === undefined ? {} : { bitrateMode: "quantizer" as const }),
    ...(family === "avc1" ? { avc: { format: "annexb" as const } } : {}),
  };
}

export class PictureEncoder {
  readonly family: Family;
  /** Takes effect when it asks for another size. */
  profile: Profile;
  readonly #listener: EncoderListener;
  readonly #encoder: VideoEncoder;
  #format: PictureFormat | null = null;
  #rate: EncoderRate | undefined;
  #configured: EncoderRate | undefined;
  /** The encoder tells it with its first key frame after `configure` only. */
  #color: Color | null = null;
  #isColorTold = true;
  /** The timestamps of the pictures inside, in order. The encoder's own count leaves out those it is working on. */
  #inFlight: number[] = [];

  constructor(family: Family, profile: Profile, listener: EncoderListener) {
    this.family = family;
    this.profile = profile;
    this.#listener = listener;
    this.#encoder = new VideoEncoder({
      output: (chunk, metadata) => this.#emit(chunk, metadata?.decoderConfig?.colorSpace),
      error: () => listener.failed(),
    });
  }

  /** Encode at `rate` from the next picture on. A change of size begins with a key frame, any other needs none. */
  adapt(rate: EncoderRate): void {
    this.#rate = rate;
  }

  /** Encode `picture`, which stays the caller's; return false when the encoder is still busy with the last. */
  encode(picture: VideoFrame, timestampUs: number, isKey: boolean): boolean {
    this.#inFlight = this.#inFlight.filter((sinceUs) => timestampUs - sinceUs < SWALLOWED_US);
    if (this.#encoder.state === "closed" || this.#inFlight.length >= MAX_IN_FLIGHT) return false;
    this.#fit(picture);
    this.#isColorTold = picture.colorSpace.matrix !== null || picture.format !== "I420";
    const stamped = stamp(picture, codedSize(this.family, sizeOf(picture)), timestampUs);
    try {
      this.#encoder.encode(stamped, this.#options(isKey));
      this.#inFlight.push(timestampUs);
      return true;
    } catch {
      this.#listener.failed();
      return false;
    } finally {
      stamped.close();
    }
  }

  close(): void {
    if (this.#encoder.state !== "closed") this.#encoder.close();
  }

  #options(keyFrame: boolean): EncodeOptions {
    const { quantizer } = this.profile;
    return quantizer === undefined ? { keyFrame } : { keyFrame, av1: { quantizer } };
  }

  #emit(chunk: EncodedVideoChunk, color: VideoColorSpaceInit | undefined): void {
    this.#inFlight = this.#inFlight.filter((sinceUs) => sinceUs > chunk.timestamp);
    if (isColor(color)) this.#color = this.#isColorTold ? color : { ...color, matrix: UNTOLD_MATRIX };
    this.#listener.encoded(chunk, chunk.type === "key" ? this.#describe() : null);
  }

  #describe(): PictureFormat | null {
    if (this.#format === null || this.#color === null) return this.#format;
    const { primaries, transfer, matrix, fullRange } = this.#color;
    return { ...this.#format, color: { primaries, transfer, matrix, fullRange } };
  }

  /** Pictures of another size are scaled by the encoder. */
  #fit(picture: VideoFrame): void {
    const { width, height } = this.profile.fit(sizeOf(picture));
    const scale = this.#rate?.scale ?? 1;
    const size = codedSize(this.family, { width: Math.round(width * scale), height: Math.round(height * scale) });
    const isSameSize = this.#format?.width === size.width && this.#format.height === size.height;
    if (isSameSize && isSameRate(this.#rate, this.#configured)) return;
    const config = encoderConfig(this.family, size, this.profile, this.#rate);
    this.#encoder.configure(config);
    this.#configured = this.#rate;
    this.#format = { codec: config.codec, ...size };
  }
}

function isSameRate(one: EncoderRate | undefined, other: EncoderRate | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.frameRateHz === other.frameRateHz && Math.abs(one.bitrateBps / other.bitrateBps - 1) < SAME_RATE;
}

/** Return the size of what is visible of `picture`, in its own pixels. */
export const sizeOf = (picture: VideoFrame): Size => ({
  width: picture.visibleRect?.width ?? picture.codedWidth,
  height: picture.visibleRect?.height ?? picture.codedHeight,
});

function stamp(picture: VideoFrame, size: Size, timestamp: number): VideoFrame {
  const { x, y } = picture.visibleRect ?? { x: 0, y: 0 };
  return new VideoFrame(picture, {
    timestamp,
    visibleRect: { x, y, ...size },
    displayWidth: size.width,
    displayHeight: size.height,
  });
}
