/** When to ask for a key frame and when to cut one, so that requests never fill the link. Pure: time is an argument. */

/** As docs/protocol/media.md says, for asking and for cutting. */
const KEY_FRAME_INTERVAL_MS = 1000;
/** A publisher that does not answer is asked ever less often. */
const MAX_ASK_INTERVAL_MS = 8000;

/** A viewer's side: may it ask now? */
export class AskPace {
  #nextMs = 0;
  #intervalMs = KEY_FRAME_INTERVAL_MS;

  /** Return whether to ask now; asking without a picture in between doubles the wait. */
  ask(nowMs: number): boolean {
    if (nowMs < this.#nextMs) return false;
    this.#nextMs = nowMs + this.#intervalMs;
    this.#intervalMs = Math.min(MAX_ASK_INTERVAL_MS, this.#intervalMs * 2);
    return true;
  }

  /** A picture came: the next loss is a new one. */
  satisfied(): void {
    this.#intervalMs = KEY_FRAME_INTERVAL_MS;
  }
}

/** A publisher's side: requests of many viewers make one key frame a second at most, none is forgotten. */
export class CutPace {
  #lastMs = Number.NEGATIVE_INFINITY;

  /** Return how long to wait before the cut asked for at `nowMs`, when the last key frame needs `underwayMs` to come. */
  waitMs(nowMs: number, underwayMs = 0): number {
    return Math.max(0, this.#lastMs + Math.max(KEY_FRAME_INTERVAL_MS, underwayMs) - nowMs);
  }

  cut(nowMs: number): void {
    this.#lastMs = nowMs;
  }
}

/** A camera's side: lets as many pictures through as are to be encoded, evenly. */
export class FramePace {
  #dueMs = Number.NEGATIVE_INFINITY;

  /** Return whether the picture that came at `nowMs` is wanted; a camera that is a little early is in time. */
  take(nowMs: number, rateHz: number): boolean {
    const intervalMs = 1000 / rateHz;
    if (nowMs < this.#dueMs - intervalMs / 4) return false;
    this.#dueMs = intervalMs + (nowMs - this.#dueMs > intervalMs ? nowMs : this.#dueMs);
    return true;
  }
}
