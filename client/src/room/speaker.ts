/** Our own voice, from the microphone to the plaintext of objects; it outlives connections, devices and microphones. */

import { VoiceEncoder } from "../media/voice_encoder.ts";
import { encodeVoiceFrame } from "../media/voice_frame.ts";
import type { OwnVoice } from "./state.ts";

/** Softer than any room: a microphone that gives nothing louder is switched off, or is not one. */
const DEAF_DB = -80;
/** Whoever unmutes to say something has said it by then. */
const DEAF_AFTER_MS = 6000;
/** An encoder that keeps failing is of no use. */
const MAX_FAILURES = 3;

export interface SpeakerListener {
  spoke(frame: Uint8Array, isFirst: boolean): void;
  changed(voice: OwnVoice): void;
  /** The microphone gives no more, or cannot be encoded: we are muted. */
  ended(): void;
}

export class Speaker {
  readonly #listener: SpeakerListener;
  #reader: ReadableStreamDefaultReader<AudioData> | null = null;
  #encoder: VoiceEncoder | null = null;
  #sampleRate = 0;
  /** Numbers go on where the last microphone ended. */
  #next = 0;
  #failures = 0;
  #voice: OwnVoice = "muted";
  /** When something was last heard. */
  #heardMs = 0;

  constructor(listener: SpeakerListener) {
    this.#listener = listener;
  }

  get isMuted(): boolean {
    return this.#reader === null;
  }

  /** Speak with what comes from `source`, which may replace another. */
  use(source: ReadableStream<AudioData>): void {
    this.#release();
    this.#failures = 0;
    this.#heardMs = performance.now();
    this.#reader = source.getReader();
    this.#tell("quiet");
    void this.#run(this.#reader);
  }

  mute(): void {
    this.#release();
    this.#tell("muted");
  }

  async #run(reader: ReadableStreamDefaultReader<AudioData>): Promise<void> {
    try {
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        if (this.#reader === reader) this.#take(next.value);
        next.value.close();
      }
    } catch {
      // The microphone broke off, which is an end like any other.
    }
    if (this.#reader === reader) this.#end();
  }

  #take(sound: AudioData): void {
    if (this.#encoder === null || this.#sampleRate !== sound.sampleRate) this.#open(sound.sampleRate);
    this.#encoder?.receive(sound, Math.round((performance.timeOrigin + performance.now()) * 1000));
  }

  #open(sampleRate: number): void {
    this.#close();
    this.#sampleRate = sampleRate;
    const encoder: VoiceEncoder = new VoiceEncoder(sampleRate, this.#next, {
      encoded: (frame, isFirst) => this.#encoder === encoder && this.#listener.spoke(encodeVoiceFrame(frame), isFirst),
      heard: (levelDb, isSpeaking) => this.#encoder === encoder && this.#hear(levelDb, isSpeaking),
      failed: () => this.#encoder === encoder && this.#fail(),
    });
    this.#encoder = encoder;
  }

  #hear(levelDb: number, isSpeaking: boolean): void {
    const now = performance.now();
    if (levelDb > DEAF_DB) this.#heardMs = now;
    this.#tell(isSpeaking ? "speaking" : now - this.#heardMs > DEAF_AFTER_MS ? "deaf" : "quiet");
  }

  #fail(): void {
    this.#close();
    this.#failures += 1;
    if (this.#failures > MAX_FAILURES) this.#end();
  }

  #end(): void {
    this.mute();
    this.#listener.ended();
  }

  #release(): void {
    const reader = this.#reader;
    this.#reader = null;
    this.#close();
    reader?.cancel().catch(() => undefined);
  }

  #close(): void {
    this.#next = this.#encoder?.next ?? this.#next;
    this.#encoder?.close();
    this.#encoder = null;
  }

  #tell(voice: OwnVoice): void {
    if (voice === this.#voice) return;
    this.#voice = voice;
    this.#listener.changed(voice);
  }
}
