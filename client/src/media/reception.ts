/**
 * What a viewer tells a publisher about one track (docs/protocol/media.md, "Reception"): how fast pictures come, and how
 * long they wait on the way. Pure: time is an argument, and the publisher's clock may be any clock.
 */

export type Reception = {
  /** The capture time of the newest picture that has come, as its header says (Unix microseconds). */
  readonly newestUs: number;
  /** What comes, over the last second. */
  readonly receivedBps: number;
  /** How much longer than at the best of times the quickest picture since the last report took; null if none came. */
  readonly queueMs: number | null;
};

/** Over so long the received rate is counted. Longer than a lost packet holds up what comes behind it. */
const RATE_WINDOW_MS = 1000;
/** The best of times: of two spans, so that a path which has become longer for good is no queue for ever. */
const BEST_SPAN_MS = 20_000;
/** A wait that counts as infinite. */
const MAX_QUEUE_MS = 60_000;
const BITS_PER_BYTE = 8;

/** The least of the values of the last 20 to 40 seconds. */
export class RecentLeast {
  #before = Number.POSITIVE_INFINITY;
  #now = Number.POSITIVE_INFINITY;
  #sinceMs = Number.NEGATIVE_INFINITY;

  /** Add a value; return the least. */
  add(value: number, nowMs: number): number {
    if (nowMs - this.#sinceMs >= BEST_SPAN_MS) {
      this.#before = this.#now;
      this.#now = Number.POSITIVE_INFINITY;
      this.#sinceMs = nowMs;
    }
    this.#now = Math.min(this.#now, value);
    return this.value;
  }

  get value(): number {
    return Math.min(this.#before, this.#now);
  }
}

export class ReceptionMeter {
  readonly #least = new RecentLeast();
  #arrivals: { readonly atMs: number; readonly sizeBytes: number }[] = [];
  #newestUs = 0;
  #quickestMs = Number.POSITIVE_INFINITY;
  #sinceMs: number | null = null;

  arrived(capturedUs: number, sizeBytes: number, nowMs: number): void {
    this.#sinceMs ??= nowMs;
    this.#newestUs = Math.max(this.#newestUs, capturedUs);
    this.#arrivals.push({ atMs: nowMs, sizeBytes });
    const underwayMs = nowMs - capturedUs / 1000;
    this.#least.add(underwayMs, nowMs);
    this.#quickestMs = Math.min(this.#quickestMs, underwayMs);
  }

  /** Return what to tell now; null while nothing comes, when there is nothing to tell. */
  report(nowMs: number): Reception | null {
    this.#arrivals = this.#arrivals.filter(({ atMs }) => nowMs - atMs <= RATE_WINDOW_MS);
    if (this.#sinceMs === null) return null;
    const spanMs = Math.min(RATE_WINDOW_MS, Math.max(100, nowMs - this.#sinceMs));
    const bytes = this.#arrivals.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const waitedMs = Math.round(this.#quickestMs - this.#least.value);
    const queueMs = Number.isFinite(waitedMs) ? Math.min(MAX_QUEUE_MS, waitedMs) : null;
    this.#quickestMs = Number.POSITIVE_INFINITY;
    return {
      newestUs: this.#newestUs,
      receivedBps: Math.round((bytes * BITS_PER_BYTE * 1000) / spanMs),
      queueMs,
    };
  }
}
