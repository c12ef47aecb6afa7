/**
 * Shows pictures one after the other: those that a lost packet held up come all at once, and would be seen as a single
 * one. Each is shown as soon as the one before has been seen. Nothing waits while they come at their own pace.
 */

/** As long as a display shows a picture at least, at 60 Hz. */
const SEEN_MS = 15;
/** More than that do not wait: they would come too late. A third of a second at 30 Hz. */
const MAX_WAITING = 10;

export class PicturePlayout<T> {
  readonly #show: (picture: T) => void;
  readonly #discard: (picture: T) => void;
  #waiting: T[] = [];
  #shownMs = Number.NEGATIVE_INFINITY;

  constructor(show: (picture: T) => void, discard: (picture: T) => void) {
    this.#show = show;
    this.#discard = discard;
  }

  /** Take a picture; return when to call `play`, or null if it has been shown. */
  take(picture: T, nowMs: number): number | null {
    this.#waiting.push(picture);
    while (this.#waiting.length > MAX_WAITING) this.#drop();
    return this.play(nowMs);
  }

  /** Show the next picture if it is time; return when to call again, or null. */
  play(nowMs: number): number | null {
    if (this.#waiting.length > 0 && nowMs - this.#shownMs >= SEEN_MS) {
      this.#shownMs = nowMs;
      const [next] = this.#waiting.splice(0, 1);
      if (next !== undefined) this.#show(next);
    }
    return this.#waiting.length > 0 ? this.#shownMs + SEEN_MS : null;
  }

  clear(): void {
    while (this.#waiting.length > 0) this.#drop();
  }

  #drop(): void {
    const [oldest] = this.#waiting.splice(0, 1);
    if (oldest !== undefined) this.#discard(oldest);
  }
}
