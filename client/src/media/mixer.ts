/** Everyone's voices as one sound, in the audio thread: when each frame is played, and what is heard where one is missing. */

import { extend, join, lengthen, shorten } from "./pitch.ts";
import { type Decision, MAX_CONCEALED, Playout } from "./playout.ts";
import { FRAME_SAMPLES } from "./voice_format.ts";
import { levelOf } from "./voice_gate.ts";

/** What the worker tells the audio thread. */
export type SoundMessage =
  | { readonly type: "frame"; readonly voice: string; readonly number: number; readonly samples: Float32Array }
  | { readonly type: "gone"; readonly voice: string };

/** 5 ms in which one sound passes over into another. */
const JOIN_SAMPLES = 240;
/** A voice softer than this is a breath or a rustle. */
const SPEAKING_DB = -50;
/** Who has just paused between two words still counts as speaking. */
const SPEAKING_HOLD_MS = 400;
/** What a frame that is made up has lost at its end. */
const CONCEALED_SHARE = 0.6;

const NOTHING = new Float32Array(FRAME_SAMPLES);

export class Mixer {
  readonly #voices = new Map<string, Voice>();

  receive(message: SoundMessage, nowMs: number): void {
    if (message.type === "gone") return void this.#voices.delete(message.voice);
    const voice = this.#voices.get(message.voice) ?? new Voice();
    this.#voices.set(message.voice, voice);
    voice.receive(message.number, message.samples, nowMs);
  }

  /** Fill `output` with what is heard now. */
  mix(output: Float32Array, nowMs: number): void {
    output.fill(0);
    for (const voice of this.#voices.values()) voice.add(output, nowMs);
  }

  /** Return who is heard speaking. */
  speaking(nowMs: number): string[] {
    return [...this.#voices].flatMap(([name, voice]) => (voice.isSpeaking(nowMs) ? [name] : []));
  }
}

class Voice {
  readonly #playout = new Playout<Float32Array>();
  #block: Float32Array = NOTHING;
  #at = NOTHING.length;
  /** The last `FRAME_SAMPLES` that were heard. */
  #past: Float32Array = NOTHING;
  #last: number | null = null;
  #loudMs = Number.NEGATIVE_INFINITY;

  receive(number: number, samples: Float32Array, nowMs: number): void {
    this.#playout.receive(number, samples, nowMs);
  }

  isSpeaking(nowMs: number): boolean {
    return nowMs - this.#loudMs < SPEAKING_HOLD_MS;
  }

  add(output: Float32Array, nowMs: number): void {
    for (let filled = 0; filled < output.length; ) {
      if (this.#at === this.#block.length) this.#take(this.#playout.next(nowMs), output.length - filled, nowMs);
      const end = Math.min(output.length, filled + this.#block.length - this.#at);
      for (; filled < end; filled += 1, this.#at += 1) {
        output[filled] = (output[filled] ?? 0) + (this.#block[this.#at] ?? 0);
      }
    }
  }

  #take(decision: Decision<Float32Array>, length: number, nowMs: number): void {
    this.#at = 0;
    if (decision.type === "silence") {
      this.#block = NOTHING.subarray(0, length);
      this.#past = NOTHING;
      this.#last = null;
      return;
    }
    this.#block = decision.type === "play" ? this.#play(decision) : this.#conceal(decision.nth);
    this.#remember();
    if (levelOf(this.#block) > SPEAKING_DB) this.#loudMs = nowMs;
  }

  #play({ number, frame, tempo }: Decision<Float32Array> & { type: "play" }): Float32Array {
    const isNext = this.#last !== null && number === this.#last + 1;
    this.#last = number;
    const played = isNext ? frame : join(extend(this.#past, JOIN_SAMPLES), frame, JOIN_SAMPLES);
    return tempo === "same" ? played : tempo === "faster" ? shorten(played) : lengthen(played);
  }

  #conceal(nth: number): Float32Array {
    this.#last = null;
    const lost = nth === MAX_CONCEALED ? 1 : CONCEALED_SHARE;
    return extend(this.#past, FRAME_SAMPLES).map((sample, index) => sample * (1 - (lost * index) / FRAME_SAMPLES));
  }

  #remember(): void {
    const heard = new Float32Array(FRAME_SAMPLES);
    const fresh = this.#block.subarray(-FRAME_SAMPLES);
    heard.set(this.#past.subarray(fresh.length));
    heard.set(fresh, FRAME_SAMPLES - fresh.length);
    this.#past = heard;
  }
}
