/** The organizer's browser as the keeper of the meeting's words: the site gets their door key, and never them. */

import { signal } from "@preact/signals";
import type { InvitationFacts } from "./facts.ts";
import { recall, remember, wordsKey } from "./memory.ts";
import { type JudgeWords, type VerifyWords, wordsVerifier } from "./words.ts";

/** The part of the crypto code that this needs; the page hands it over, loaded only when wanted. */
export interface WordSource {
  drawWords(): string[];
  readWords(text: string): ReadWords;
  deriveKeys(words: readonly string[], room: string): Promise<{ readonly door: { readonly publicKey: string } }>;
  judgeWords(text: string, room: string, doorKey: string): ReturnType<JudgeWords>;
}

export type ReadWords = { ok: true; words: string[] } | { ok: false; unknown: string[]; count: number };

export type KeyState =
  | { readonly name: "making" }
  /** `isRemembered` is false where the browser keeps nothing: the link must be copied now. */
  | { readonly name: "ready"; readonly words: string; readonly isRemembered: boolean }
  /** The meeting has words, but this browser does not know them. */
  | { readonly name: "missing" }
  | { readonly name: "failed"; readonly sentence: string };

export type PostDoorKey = (doorKey: string) => Promise<{ ok: true } | { ok: false; sentence: string }>;

export class Keyholder {
  readonly state = signal<KeyState>({ name: "making" });
  readonly #facts: InvitationFacts;
  readonly #load: () => Promise<WordSource>;
  readonly #post: PostDoorKey;
  #doorKey: string;
  /** The site lacks the door key of words that are out: they count as soon as it has it. */
  #isKeyLost: boolean;
  readonly verify: VerifyWords = wordsVerifier((text) => this.#judge(text));

  constructor(facts: InvitationFacts, load: () => Promise<WordSource>, post: PostDoorKey) {
    this.#facts = facts;
    this.#load = load;
    this.#post = post;
    this.#doorKey = facts.doorKey;
    this.#isKeyLost = facts.hadWords && facts.doorKey === "";
  }

  /** Find the words this browser remembers, or make the meeting's first ones. */
  async start(): Promise<void> {
    const remembered = recall(wordsKey(this.#facts.room));
    if (this.#isKeyLost && remembered === null) return this.#miss();
    // A draw whose answer was lost is used again rather than forgotten: links with it may be out already.
    if (this.#doorKey === "") return this.#publish(remembered);
    const verdict = remembered === null ? null : await this.verify(remembered);
    if (verdict?.ok) this.#keep(verdict.words);
    else this.#miss();
  }

  /** Take words that `verify` has found to be the meeting's. */
  async accept(words: string): Promise<void> {
    if (this.#isKeyLost) await this.#publish(words);
    else this.#keep(words);
  }

  /** Make new words; links with the old ones stop working once the site has the new door key. */
  async replace(): Promise<void> {
    await this.#publish(null);
  }

  async #publish(remembered: string | null): Promise<void> {
    this.state.value = { name: "making" };
    const source = await this.#load().catch(() => null);
    if (!source) return this.#fail("This page could not load all of itself. Check your network and try again.");
    const read = remembered === null ? null : source.readWords(remembered);
    const words = read?.ok ? read.words : source.drawWords();
    const { publicKey } = (await source.deriveKeys(words, this.#facts.room)).door;
    if (this.#doorKey === "") remember(wordsKey(this.#facts.room), words.join("-"));
    const answer = await this.#post(publicKey);
    if (!answer.ok) return this.#fail(answer.sentence);
    this.#doorKey = publicKey;
    this.#isKeyLost = false;
    this.#keep(words.join("-"));
  }

  /** While the key is lost, the organizer is taken at their word: there is nothing to compare with. */
  async #judge(text: string): ReturnType<JudgeWords> {
    const source = await this.#load();
    const read = this.#isKeyLost ? source.readWords(text) : null;
    if (read?.ok) return { ok: true, words: read.words.join("-") };
    return source.judgeWords(text, this.#facts.room, this.#doorKey);
  }

  #miss(): void {
    this.state.value = { name: "missing" };
  }

  #keep(words: string): void {
    const isRemembered = remember(wordsKey(this.#facts.room), words);
    this.state.value = { name: "ready", words, isRemembered };
  }

  #fail(sentence: string): void {
    this.state.value = { name: "failed", sentence };
  }
}
