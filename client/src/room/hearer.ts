/** One other device's voice as we hear it, from the relay to the audio thread. */

import { CONTEXT } from "../e2ee/frames.ts";
import { MalformedFrame } from "../media/frame.ts";
import type { SoundMessage } from "../media/mixer.ts";
import { VoiceDecoder } from "../media/voice_decoder.ts";
import { decodeVoiceFrame, type VoiceFrame } from "../media/voice_frame.ts";
import type { Relay } from "../transport/relay.ts";
import { type Keys, Opener } from "./opener.ts";

/** The way to the audio thread. */
export type Sound = (message: SoundMessage, transfer?: Transferable[]) => void;

export type HearerOptions = {
  readonly from: { readonly participant: string; readonly device: string };
  readonly keys: Keys;
  readonly relay: Relay;
  readonly sound: Sound;
  /** Whether it may speak. */
  readonly maySpeak: () => boolean;
};

export class Hearer {
  readonly #options: HearerOptions;
  readonly #decoder: VoiceDecoder;
  readonly #unsubscribe: () => void;

  constructor(options: HearerOptions) {
    this.#options = options;
    const { relay, from, keys, sound } = options;
    this.#decoder = new VoiceDecoder((number, samples) =>
      sound({ type: "frame", voice: from.device, number, samples }, [samples.buffer]),
    );
    const opener = new Opener({ keys, device: from.device, context: CONTEXT.mic, lacksKey: () => undefined });
    this.#unsubscribe = relay.subscribe(from, "mic", {
      receive: async (object, signal) => this.#receive(await opener.open(object, signal)),
      // What is missing is concealed where it would have been heard.
      interrupted: () => undefined,
    });
  }

  close(): void {
    const { sound, from } = this.#options;
    this.#unsubscribe();
    this.#decoder.close();
    sound({ type: "gone", voice: from.device });
  }

  #receive(plaintext: Uint8Array | null): void {
    const frame = plaintext === null ? null : readFrame(plaintext);
    if (frame !== null && this.#options.maySpeak()) this.#decoder.receive(frame.number, frame.packet);
  }
}

function readFrame(plaintext: Uint8Array): VoiceFrame | null {
  try {
    return decodeVoiceFrame(plaintext);
  } catch (error) {
    if (error instanceof MalformedFrame) return null;
    throw error;
  }
}
