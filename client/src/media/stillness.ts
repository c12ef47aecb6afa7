/** A still screen is sent again a few times, so that the encoder spends its spare bits on sharpness; then not at all. */

/** After so long without a new picture the screen counts as still. Longer than the gap between frames at 5 fps. */
const STILL_AFTER_MS = 250;
const REPEAT_EVERY_MS = 150;
/** After these the encoder has nothing left to add. */
const REPEATS = 3;

export class Stillness {
  #dueMs: number | null = null;
  #left = 0;

  /** A new picture was encoded. */
  moved(nowMs: number): void {
    this.#left = REPEATS;
    this.#dueMs = nowMs + STILL_AFTER_MS;
  }

  /** When to call `repeat`, or null. */
  nextTimerMs(): number | null {
    return this.#dueMs;
  }

  /** Return whether the last picture shall be encoded again now. */
  repeat(nowMs: number): boolean {
    if (this.#dueMs === null || nowMs < this.#dueMs) return false;
    this.#left -= 1;
    this.#dueMs = this.#left > 0 ? nowMs + REPEAT_EVERY_MS : null;
    return true;
  }
}
