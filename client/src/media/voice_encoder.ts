/** Encodes a voice: cuts what the microphone gives into frames, and lets the gate decide which of them are sent. */

import { FRAME_MS } from "./voice_format.ts";
import type { VoiceFrame } from "./voice_frame.ts";
import { levelOf, PREROLL_FRAMES, VoiceGate } from "./voice_gate.ts";

/** Speech is clear from 24 kbit/s on; this leaves room for music, and is 80 bytes a frame. */
const BITRATE_BPS = 32_000;
/** 100 ms: a lost packet holds up what follows it in its group, so groups are short; each costs the relay some work. */
const GROUP_FRAMES = 5;
/** Numbers follow the clock; only from this much on, 100 ms, they jump: sound cards count time a little differently. */
const MAX_DRIFT_FRAMES = 5;
const MICROS_PER_FRAME = FRAME_MS * 1000;

export interface VoiceListener {
  /** `isFirst` of a group. */
  encoded(frame: VoiceFrame, isFirst: boolean): void;
  /** The level of the last frame, and whether frames are being sent. */
  heard(levelDb: number, isSpeaking: boolean): void;
  /** The encoder is broken; nothing comes any more. */
  failed(): void;
}

export function voiceConfig(sampleRate: number): AudioEncoderConfig {
  return {
    codec: "opus",
    sampleRate,
    numberOfChannels: 1,
    bitrate: BITRATE_BPS,
    // Else the size of a frame would say something about what was said in it.
    bitrateMode: "constant",
    opus: { frameDuration: MICROS_PER_FRAME, usedtx: false, useinbandfec: false },
  };
}

export class VoiceEncoder {
  readonly #listener: VoiceListener;
  readonly #encoder: AudioEncoder;
  readonly #gate = new VoiceGate();
  readonly #framer: Framer;
  /** What is inside the encoder, by number. */
  readonly #inside = new Map<number, { readonly capturedUs: number; readonly levelDb: number }>();
  #preroll: VoiceFrame[] = [];
  #sent = 0;
  #packetBytes: number | null = null;

  /** Encode sound of `sampleRate`, in frames with numbers from `first` on. */
  constructor(sampleRate: number, first: number, listener: VoiceListener) {
    this.#listener = listener;
    this.#framer = new Framer(sampleRate, first);
    this.#encoder = new AudioEncoder({
      output: (chunk) => this.#emit(chunk),
      error: () => listener.failed(),
    });
    this.#encoder.configure(voiceConfig(sampleRate));
  }

  /** The number that the next frame has at least. */
  get next(): number {
    return this.#framer.next;
  }

  /** Take sound that the microphone has just given; it stays the caller's. */
  receive(sound: AudioData, nowUs: number): void {
    for (const { number, capturedUs, samples } of this.#framer.add(readMono(sound), nowUs)) {
      if (this.#encoder.state !== "configured") return;
      this.#inside.set(number, { capturedUs, levelDb: levelOf(samples) });
      const timestamp = number * MICROS_PER_FRAME;
      const { sampleRate } = sound;
      const whole = new AudioData({
        format: "f32-planar",
        sampleRate,
        numberOfFrames: samples.length,
        numberOfChannels: 1,
        timestamp,
        data: samples,
      });
      this.#encoder.encode(whole);
      whole.close();
    }
  }

  close(): void {
    if (this.#encoder.state !== "closed") this.#encoder.close();
  }

  #emit(chunk: EncodedAudioChunk): void {
    const number = Math.round(chunk.timestamp / MICROS_PER_FRAME);
    const frame = this.#inside.get(number);
    if (frame === undefined) return;
    this.#inside.delete(number);
    const isSent = this.#gate.judge(frame.levelDb);
    const packet = new Uint8Array(chunk.byteLength);
    chunk.copyTo(packet);
    this.#preroll.push({ number, capturedUs: frame.capturedUs, packet });
    if (isSent) this.#flush();
    else this.#preroll.splice(0, this.#preroll.length - PREROLL_FRAMES);
    if (!isSent) this.#sent = 0;
    this.#listener.heard(frame.levelDb, isSent);
  }

  #flush(): void {
    for (const frame of this.#preroll) {
      // An encoder that does not hold its rate would tell by sizes what is said.
      this.#packetBytes ??= frame.packet.length;
      if (frame.packet.length !== this.#packetBytes) continue;
      this.#listener.encoded(frame, this.#sent % GROUP_FRAMES === 0);
      this.#sent += 1;
    }
    this.#preroll = [];
  }
}

type Cut = { readonly number: number; readonly capturedUs: number; readonly samples: Float32Array<ArrayBuffer> };

/** Cuts sound into frames and numbers them by the clock. */
class Framer {
  next: number;
  readonly #sampleRate: number;
  #frame: Float32Array<ArrayBuffer>;
  #filled = 0;

  constructor(sampleRate: number, first: number) {
    this.#sampleRate = sampleRate;
    this.next = first;
    this.#frame = this.#blank();
  }

  /** Take samples of which the last was captured at `nowUs`; return the frames that are full. */
  add(samples: Float32Array, nowUs: number): Cut[] {
    const cuts: Cut[] = [];
    for (let at = 0; at < samples.length; ) {
      const part = samples.subarray(at, at + this.#frame.length - this.#filled);
      this.#frame.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === this.#frame.length) cuts.push(this.#cut(nowUs - this.#lengthUs(samples.length - at)));
    }
    return cuts;
  }

  #cut(endUs: number): Cut {
    const capturedUs = Math.round(endUs - MICROS_PER_FRAME);
    const byClock = Math.round(capturedUs / MICROS_PER_FRAME);
    const number = Math.abs(byClock - this.next) > MAX_DRIFT_FRAMES ? Math.max(byClock, this.next) : this.next;
    const samples = this.#frame;
    this.#frame = this.#blank();
    this.#filled = 0;
    this.next = number + 1;
    return { number, capturedUs, samples };
  }

  #lengthUs(samples: number): number {
    return (samples * 1_000_000) / this.#sampleRate;
  }

  #blank(): Float32Array<ArrayBuffer> {
    return new Float32Array(Math.round((this.#sampleRate * FRAME_MS) / 1000));
  }
}

/** Return all channels as one. */
function readMono(sound: AudioData): Float32Array {
  const mono = new Float32Array(sound.numberOfFrames);
  const channel = new Float32Array(sound.numberOfFrames);
  for (let planeIndex = 0; planeIndex < sound.numberOfChannels; planeIndex += 1) {
    sound.copyTo(channel, { planeIndex, format: "f32-planar" });
    for (let index = 0; index < mono.length; index += 1) {
      mono[index] = (mono[index] ?? 0) + (channel[index] ?? 0) / sound.numberOfChannels;
    }
  }
  return mono;
}
