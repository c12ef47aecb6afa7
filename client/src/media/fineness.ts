/** When a screen that hardly changes is encoded anew, as fine as it is. Pure: time is an argument, in milliseconds. */

/** So short a rest is worth it at first. */
const LEAST_PATIENCE_MS = 400;
const MAX_PATIENCE_MS = 12_800;
/** A fine picture that stood for less was in vain: the next one waits twice as long. */
const WORTHWHILE_MS = 5000;
/** What was long ago says nothing of now. */
const FORGET_MS = 30_000;
/** Over so long changes are added up. */
const WINDOW_MS = 400;
/** The share of what may be sent that a caret, a spinner or somebody who types stays below, and a page that moves does not. */
const CALM_SHARE = 0.1;
/** The same of what is encoded finely, whose changes are larger. */
const FINE_SHARE = 0.5;
const MS_PER_S = 1000;

export class Fineness {
  #patienceMs = LEAST_PATIENCE_MS;
  #beganMs = Number.NEGATIVE_INFINITY;
  #lostMs = Number.NEGATIVE_INFINITY;
  #changes: { readonly atMs: number; readonly bits: number }[] = [];

  /** Return how long a screen must be calm before it is worth it. */
  patienceMs(nowMs: number): number {
    if (nowMs - this.#lostMs > FORGET_MS) this.#patienceMs = LEAST_PATIENCE_MS;
    return this.#patienceMs;
  }

  began(nowMs: number): void {
    this.#beganMs = nowMs;
    this.#changes = [];
  }

  /** A change of the picture took `bits` of `rateBps`. Return whether the screen moves. */
  changed(bits: number, rateBps: number, isFine: boolean, nowMs: number): boolean {
    this.#changes = this.#changes.filter(({ atMs }) => nowMs - atMs < WINDOW_MS);
    this.#changes.push({ atMs: nowMs, bits });
    const sum = this.#changes.reduce((all, change) => all + change.bits, 0);
    return sum > (rateBps * (isFine ? FINE_SHARE : CALM_SHARE) * WINDOW_MS) / MS_PER_S;
  }

  /** The screen moves too much for it again. */
  lost(nowMs: number): void {
    const wasWorthwhile = nowMs - this.#beganMs >= WORTHWHILE_MS;
    this.#patienceMs = wasWorthwhile ? LEAST_PATIENCE_MS : Math.min(MAX_PATIENCE_MS, this.#patienceMs * 2);
    this.#lostMs = nowMs;
  }
}
