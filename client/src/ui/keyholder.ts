/** The organizer's browser as the keeper of the meeting's words: the site gets their check, and never them. */

import { signal } from "@preact/signals";
import type { InvitationFacts } from "./facts.ts";
import { recall, remember, wordsKey } from "./memory.ts";
import { type WordSource, type WordsVerdict, wordsVerifier } from "./words.ts";

export type KeyState =
  | { readonly name: "making" }
  /** `isRemembered` is false where the browser keeps nothing: the link must be copied now. */
  | { readonly name: "ready"; readonly words: string; readonly isRemembered: boolean }
  /** The meeting has words, but this browser does not know them. */
  | { readonly name: "missing" }
  | { readonly name: "failed"; readonly sentence: string };

export type PostCheck = (check: string) => Promise<{ ok: true } | { ok: false; sentence: string }>;

export class Keyholder {
  readonly state = signal<KeyState>({ name: "making" });
  readonly #facts: InvitationFacts;
  readonly #load: () => Promise<WordSource>;
  readonly #post: PostCheck;
  #check: string;

  constructor(facts: InvitationFacts, load: () => Promise<WordSource>, post: PostCheck) {
    this.#facts = facts;
    this.#load = load;
    this.#post = post;
    this.#check = facts.check;
  }

  /** Find the words this browser remembers, or make the meeting's first ones. */
  async start(): Promise<void> {
    const remembered = recall(wordsKey(this.#facts.room));
    // A draw whose answer was lost is used again rather than forgotten: links with it may be out already.
    if (this.#check === "") return this.#publish(remembered);
    const verdict = remembered === null ? null : await this.verify(remembered);
    if (verdict?.ok) this.#keep(verdict.words);
    else this.state.value = { name: "missing" };
  }

  verify(typed: string): Promise<WordsVerdict> {
    return wordsVerifier(this.#load, this.#facts.room, this.#check)(typed);
  }

  /** Take words that `verify` has found to be the meeting's. */
  accept(words: string): void {
    this.#keep(words);
  }

  /** Make new words; links with the old ones stop working once the site has the new check. */
  async replace(): Promise<void> {
    await this.#publish(null);
  }

  async #publish(remembered: string | null): Promise<void> {
    this.state.value = { name: "making" };
    const source = await this.#load().catch(() => null);
    if (!source) return this.#fail("This page could not load all of itself. Check your network and try again.");
    const read = remembered === null ? null : source.readWords(remembered);
    const words = read?.ok ? read.words : source.drawWords();
    const { check } = await source.deriveKeys(words, this.#facts.room);
    if (this.#check === "") remember(wordsKey(this.#facts.room), words.join("-"));
    const answer = await this.#post(check);
    if (!answer.ok) return this.#fail(answer.sentence);
    this.#check = check;
    this.#keep(words.join("-"));
  }

  #keep(words: string): void {
    const isRemembered = remember(wordsKey(this.#facts.room), words);
    this.state.value = { name: "ready", words, isRemembered };
  }

  #fail(sentence: string): void {
    this.state.value = { name: "failed", sentence };
  }
}
