/** The words of the meeting that we know: those we came in with, and the newer ones that we were told inside. */

import { deriveKeys, type MeetingKeys } from "../e2ee/meeting_key.ts";

/** Words in use, and the last that were told; an organizer who tells more than that means the last. */
const MAX_HELD = 4;

export type Held = { readonly words: string; readonly keys: MeetingKeys };

export class Keyring {
  readonly #room: string;
  #held: Promise<Held>[] = [];

  constructor(room: string) {
    this.#room = room;
  }

  /** Keep words that may be the meeting's from some moment on. */
  learn(words: readonly string[]): Promise<Held> {
    const held = deriveKeys(words, this.#room).then((keys) => ({ words: words.join("-"), keys }));
    this.#held = [...this.#held.slice(0, 1), ...[...this.#held.slice(1), held].slice(1 - MAX_HELD)];
    return held;
  }

  /**
   * Return the words whose door key a ticket names, or null when they are none of ours. Those before them are forgotten: whoever
   * has only the old ones, the server included, cannot lead us back to them.
   */
  async open(doorKey: string): Promise<Held | null> {
    const pending = this.#held;
    const held = await Promise.all(pending);
    const at = held.findLastIndex(({ keys }) => keys.door.publicKey === doorKey);
    const found = pending[at];
    if (found === undefined) return null;
    // Meanwhile newer ones may have been told, and have pushed these out.
    const over = pending.slice(0, at + 1);
    this.#held = [found, ...this.#held.filter((each) => !over.includes(each))];
    return found;
  }
}
