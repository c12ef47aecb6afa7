/** Opens the objects of one track of one device; what is sealed in an epoch that we have not reached yet waits for it. */

import type { Context, FrameCrypto } from "../e2ee/frames.ts";

/** A key that takes longer is not on its way: the viewer asks the publisher for a new key frame. */
const KEY_PATIENCE_MS = 1000;

export interface Keys {
  readonly frames: FrameCrypto;
  /** Resolves when the next epoch is in force. */
  nextEpoch(): Promise<void>;
}

export type OpenerOptions = {
  readonly keys: Keys;
  readonly device: string;
  readonly context: Context;
  /** The object cannot be opened yet; called again whenever patience runs out. */
  readonly lacksKey: (isOverdue: boolean) => void;
};

export class Opener {
  readonly #options: OpenerOptions;

  constructor(options: OpenerOptions) {
    this.#options = options;
  }

  /** Return the plaintext, or null when there is none to be had; `signal` says that the object is stale. */
  async open(object: Uint8Array, signal: AbortSignal): Promise<Uint8Array | null> {
    const { keys, device, context } = this.#options;
    while (!signal.aborted) {
      const nextEpoch = keys.nextEpoch();
      const opened = await keys.frames.unseal({ device, context }, object);
      if (opened.ok) return opened.payload;
      if (opened.reason !== "key") return null;
      this.#options.lacksKey(false);
      await this.#wait(nextEpoch, signal);
    }
    return null;
  }

  async #wait(nextEpoch: Promise<void>, signal: AbortSignal): Promise<void> {
    const patience = setInterval(() => this.#options.lacksKey(true), KEY_PATIENCE_MS);
    const isStale = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    await Promise.race([nextEpoch, isStale]);
    clearInterval(patience);
  }
}
