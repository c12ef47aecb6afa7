/** Decodes one voice, each frame as it comes; in which order they are heard is decided where they are played. */

import { FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE_HZ } from "./voice_format.ts";

/** Half a second: whoever sends more than a voice does is not decoded any faster. */
const MAX_QUEUE = 25;
const MICROS_PER_FRAME = FRAME_MS * 1000;

export class VoiceDecoder {
  readonly #decoded: (number: number, samples: Float32Array<ArrayBuffer>) => void;
  #decoder: AudioDecoder | null = null;

  constructor(decoded: (number: number, samples: Float32Array<ArrayBuffer>) => void) {
    this.#decoded = decoded;
  }

  receive(number: number, packet: Uint8Array): void {
    this.#decoder ??= this.#open();
    if (this.#decoder.decodeQueueSize > MAX_QUEUE) return;
    try {
      this.#decoder.decode(new EncodedAudioChunk({ type: "key", timestamp: number * MICROS_PER_FRAME, data: packet }));
    } catch {
      this.close();
    }
  }

  close(): void {
    const decoder = this.#decoder;
    this.#decoder = null;
    if (decoder !== null && decoder.state !== "closed") decoder.close();
  }

  #open(): AudioDecoder {
    const decoder = new AudioDecoder({
      output: (sound) => this.#emit(sound),
      error: () => this.#decoder === decoder && this.close(),
    });
    decoder.configure({ codec: "opus", sampleRate: SAMPLE_RATE_HZ, numberOfChannels: 1 });
    return decoder;
  }

  #emit(sound: AudioData): void {
    const samples = new Float32Array(FRAME_SAMPLES);
    // Opus packets may be longer or shorter; of our protocol those are not.
    const isOfProtocol = sound.numberOfFrames === FRAME_SAMPLES;
    if (isOfProtocol) sound.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
    const number = Math.round(sound.timestamp / MICROS_PER_FRAME);
    sound.close();
    if (isOfProtocol) this.#decoded(number, samples);
  }
}
