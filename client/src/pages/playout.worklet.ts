/** The audio thread: plays everyone's voices, and tells the page who is speaking. */

import { Mixer, type SoundMessage } from "../media/mixer.ts";

/** Not in the library's types: what the audio thread's global scope has. */
declare const currentTime: number;
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

/** Who speaks is told at most so often. */
const TELL_EVERY_S = 0.1;

class PlayoutProcessor extends AudioWorkletProcessor {
  #mixer = new Mixer();
  #told = "";
  #tellAt = 0;

  constructor() {
    super();
    // The worker's end; a new one comes with a new worker, to whom everyone is new.
    this.port.onmessage = ({ data: worker }: MessageEvent<MessagePort>) => {
      this.#mixer = new Mixer();
      worker.onmessage = ({ data }: MessageEvent<SoundMessage>) => this.#mixer.receive(data, currentTime * 1000);
    };
  }

  process(_inputs: unknown, outputs: readonly (readonly Float32Array[])[]): boolean {
    const output = outputs[0]?.[0];
    if (output !== undefined) this.#mixer.mix(output, currentTime * 1000);
    if (currentTime >= this.#tellAt) this.#tell();
    return true;
  }

  #tell(): void {
    this.#tellAt = currentTime + TELL_EVERY_S;
    const speaking = this.#mixer.speaking(currentTime * 1000);
    const told = speaking.join();
    if (told === this.#told) return;
    this.#told = told;
    this.port.postMessage(speaking);
  }
}

registerProcessor("playout", PlayoutProcessor);
