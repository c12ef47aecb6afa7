/** In which order pictures may be decoded (docs/protocol/media.md, "Track screen"). Pure. */

import type { FrameHeader } from "./frame.ts";

/** `decode`: it is the next one; `skip`: an older or unusable one; `gap`: something is missing, ask for a key frame. */
export type Verdict = "decode" | "skip" | "gap";

export class FrameOrder {
  #group = -1;
  #index = -1;
  #needsKey = true;

  judge({ group, index, format }: FrameHeader): Verdict {
    if (group < this.#group || (group === this.#group && index <= this.#index)) return "skip";
    if (format === null && (this.#needsKey || group !== this.#group || index !== this.#index + 1)) {
      this.#needsKey = true;
      return "gap";
    }
    this.#group = group;
    this.#index = index;
    this.#needsKey = false;
    return "decode";
  }

  /** Nothing can be decoded any more before the next key frame. */
  reset(): void {
    this.#needsKey = true;
  }
}
