/**
 * Inputs in the order of their counters. Groups of a track are read side by side, so where one ends and the next begins
 * an input may overtake another; the helper would take the late one for an old one. Whoever is missed is waited for, a moment.
 */

/** Longer and the helper would have let go of what is held down; most come within a millisecond. */
const PATIENCE_MS = 150;
/** A second's worth of them. */
const MAX_WAITING = 128;

export class InputOrder<T> {
  readonly #pass: (input: T) => void;
  readonly #waiting = new Map<bigint, T>();
  #next = 1n;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(pass: (input: T) => void) {
    this.#pass = pass;
  }

  add(counter: bigint, input: T): void {
    // What came before: the helper counts it among the old ones.
    if (counter < this.#next) return this.#pass(input);
    this.#waiting.set(counter, input);
    if (this.#waiting.size > MAX_WAITING) this.#skip();
    this.#flush();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#waiting.clear();
  }

  #flush(): void {
    for (let input = this.#waiting.get(this.#next); input !== undefined; input = this.#waiting.get(this.#next)) {
      this.#waiting.delete(this.#next);
      this.#next += 1n;
      this.#pass(input);
    }
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = this.#waiting.size > 0 ? setTimeout(() => this.#giveUp(), PATIENCE_MS) : null;
  }

  #giveUp(): void {
    this.#skip();
    this.#flush();
  }

  /** Go on with the first of those that are here. */
  #skip(): void {
    const [first] = [...this.#waiting.keys()].toSorted((one, other) => (one < other ? -1 : 1));
    this.#next = first ?? this.#next;
  }
}
