/**
 * How much a publisher sends on one track: follows what those who watch report, so that queues stay short on the way,
 * and rises again by itself. Pure: time is an argument, in milliseconds of the clock that stamps pictures.
 */

import { RecentLeast, type Reception } from "./reception.ts";

/** Below it moving text is of no use any more. */
export const MIN_BPS = 120_000;
/** A picture that waits so long on the way says that we send too much. A repaired loss takes longer, but not for all pictures. */
const TOO_LONG_MS = 60;
/** So short a wait says that there is room for more; between the two a queue begins, and a little less lets it drain. */
const SHORT_MS = 30;
/** Below this rate both count for more: the same few packets take longer, and less of a picture is a loss. */
const EASY_BPS = 800_000;
/** What waits as long after so many reductions in a row does not wait because of us: the way has become longer. */
const MAX_VAIN = 3;
/** A way does not become longer by more than that. */
const MAX_LONGER_MS = 150;
/** Of the wait, and of the rate: so much is the same as before. */
const SAME_WAIT = 0.7;
const SAME_RATE = 0.85;
/** What a congested link carried, it carries; less lets the queue drain. */
const BACK_OFF = 0.8;
const EASE = 0.95;
/** So long a queue that has been lowered may take to drain before it says anything more. */
const DRAIN_MS = 300;
/** One report may be unlucky: no step halves more than once. */
const MAX_BACK_OFF = 0.5;
/** Growth a second: quickly where nothing is known, carefully where it was too much the last time, */
const QUICK_GROWTH = 0.4;
const CAREFUL_GROWTH = 0.04;
/** and beyond that, for each time as much again, ever quicker: what was too much is none any more. */
const BEYOND_GROWTH = 1.2;
/** From this share of what was too much on it is near. */
const NEAR_CEILING = 0.92;
/** What the link carried may have changed after so long. */
const CEILING_KEPT_MS = 15_000;
/** Who has not reported for so long is gone, or cannot. */
const SILENT_MS = 3000;
/** What may be on the way beside what always is. */
const ALLOWED_MS = 150;
/** What takes longer from capture to report is no way but a queue. */
const LONGEST_WAY_MS = 400;
/** The same before the first report after a key frame: who comes new has a link that we do not know. */
const FIRST_ALLOWED_MS = 600;
/** Sent within this, less than this share of what is allowed: the picture hardly moves, and says nothing of the link. */
const IDLE_WINDOW_MS = 1000;
const IDLE_SHARE = 0.5;
const BITS_PER_BYTE = 8;
const MS_PER_S = 1000;

/**
 * Whom to follow. `best`: he who gets it best, so that one bad link does not lower the others, and only what is bad for
 * all, our own link, lowers it. `worst`: he who gets it worst, for those whose links are bad.
 */
export type Follow = "best" | "worst";

type Heard = Reception & { readonly atMs: number };
type Sent = { readonly capturedMs: number; readonly sizeBits: number };

export class RateControl {
  readonly #follow: Follow;
  readonly #heard = new Map<string, Heard>();
  readonly #leastAge = new RecentLeast();
  #maxBps: number;
  #targetBps: number;
  /** The rate at which it last was too much, and when. */
  #ceilingBps = Number.POSITIVE_INFINITY;
  #ceilingAtMs = Number.NEGATIVE_INFINITY;
  #loweredMs = Number.NEGATIVE_INFINITY;
  /** When the target last was looked at. */
  #changedMs = Number.NEGATIVE_INFINITY;
  #underway: Sent[] = [];
  #recent: Sent[] = [];
  #newestMs = Number.NEGATIVE_INFINITY;
  /** How long pictures waited at each of the last reductions, if there was nothing else since the first of them. */
  #waits: number[] = [];
  /** How much longer the way has become. */
  #longerMs = 0;
  #lastHeardMs = Number.NEGATIVE_INFINITY;
  #keyMs = Number.NEGATIVE_INFINITY;
  /** How far apart reports come. */
  #intervalMs = 0;

  constructor(follow: Follow, maxBps: number, startBps: number = maxBps) {
    this.#follow = follow;
    this.#maxBps = maxBps;
    this.#targetBps = Math.min(startBps, maxBps);
  }

  get targetBps(): number {
    return this.#targetBps;
  }

  get isLimited(): boolean {
    return this.#targetBps < this.#maxBps;
  }

  /** How long it takes from capture to a report of it, at best. */
  get leastAgeMs(): number {
    return Number.isFinite(this.#leastAge.value) ? this.#leastAge.value : 0;
  }

  /** The pictures have another size now. */
  setMaxBps(maxBps: number): void {
    this.#targetBps = this.isLimited ? Math.min(this.#targetBps, maxBps) : maxBps;
    this.#maxBps = maxBps;
  }

  /** How long `sizeBytes` take until we hear that they have come, as far as we know. */
  spanMs(sizeBytes: number): number {
    return (sizeBytes * BITS_PER_BYTE * MS_PER_S) / this.#targetBps + Math.min(LONGEST_WAY_MS, this.leastAgeMs);
  }

  sent(sizeBytes: number, capturedMs: number, isKey: boolean): void {
    const sent = { capturedMs, sizeBits: sizeBytes * BITS_PER_BYTE };
    if (isKey) this.#keyMs = capturedMs;
    this.#underway.push(sent);
    this.#recent = this.#recent.filter((other) => capturedMs - other.capturedMs < IDLE_WINDOW_MS);
    this.#recent.push(sent);
  }

  /** Whether another picture may be sent now, or would only wait on the way. */
  maySend(nowMs: number): boolean {
    if (this.#isUnheard(nowMs)) this.#underway = [];
    const underwayBits = this.#underway.reduce((sum, { sizeBits }) => sum + sizeBits, 0);
    const usualMs =
      this.#lastHeardMs < this.#keyMs
        ? FIRST_ALLOWED_MS
        : Math.min(LONGEST_WAY_MS, this.leastAgeMs) + this.#intervalMs + ALLOWED_MS;
    return underwayBits <= (this.#targetBps * usualMs) / MS_PER_S;
  }

  /** Whether nobody has said anything for long, though there was something to say. */
  #isUnheard(nowMs: number): boolean {
    const sinceMs = Math.max(this.#lastHeardMs, this.#keyMs);
    return nowMs - sinceMs > Math.max(SILENT_MS, 2 * this.#intervalMs);
  }

  heard(from: string, reception: Reception, nowMs: number): void {
    const ageMs = nowMs - reception.newestUs / MS_PER_S;
    if (ageMs < 0) return;
    this.#pace(nowMs);
    this.#leastAge.add(ageMs, nowMs);
    this.#heard.set(from, { ...reception, atMs: nowMs });
    for (const [device, { atMs }] of this.#heard) {
      if (nowMs - atMs > Math.max(SILENT_MS, 2 * this.#intervalMs)) this.#heard.delete(device);
    }
    this.#settle(nowMs);
  }

  /** Who does not watch any more is not followed. */
  forget(device: string): void {
    this.#heard.delete(device);
  }

  #pace(nowMs: number): void {
    if (Number.isFinite(this.#lastHeardMs)) {
      const gapMs = Math.min(SILENT_MS, nowMs - this.#lastHeardMs);
      this.#intervalMs += (gapMs - this.#intervalMs) / 4;
    }
    this.#lastHeardMs = nowMs;
  }

  #settle(nowMs: number): void {
    const followed = this.#choose();
    if (followed === null) return;
    this.#newestMs = Math.max(this.#newestMs, followed.newestUs / MS_PER_S);
    this.#underway = this.#underway.filter(({ capturedMs }) => capturedMs > this.#newestMs);
    const waitedMs = Math.max(0, followed.queueMs ?? this.#stuckMs(nowMs));
    this.#longerMs = Math.min(this.#longerMs, waitedMs);
    const isEffect =
      followed.queueMs === null ? nowMs - this.#changedMs > SILENT_MS / 4 : this.#newestMs > this.#loweredMs + DRAIN_MS;
    if (!isEffect) return;
    if (this.#isInVain(waitedMs, followed.receivedBps)) this.#longerMs = waitedMs;
    const queueMs = (waitedMs - this.#longerMs) / Math.max(1, EASY_BPS / this.#targetBps);
    if (queueMs > TOO_LONG_MS) this.#lower(followed.receivedBps, BACK_OFF, nowMs);
    else if (queueMs > SHORT_MS) this.#lower(followed.receivedBps, EASE, nowMs);
    else if (this.#isIdle(nowMs)) this.#changedMs = nowMs;
    else this.#raise(nowMs);
    this.#waits = this.#loweredMs === nowMs ? [...this.#waits, waitedMs] : [];
  }

  /** Whether the last reductions were of no use, though all that is sent arrives. */
  #isInVain(waitedMs: number, receivedBps: number): boolean {
    const [first = 0] = this.#waits;
    if (this.#waits.length < MAX_VAIN || waitedMs > MAX_LONGER_MS) return false;
    return waitedMs > SAME_WAIT * first && receivedBps > SAME_RATE * this.#targetBps;
  }

  /** Return the report to follow; of several from one place the last is kept. */
  #choose(): Heard | null {
    const order = this.#follow === "best" ? 1 : -1;
    const wait = ({ queueMs }: Heard) => queueMs ?? Number.MAX_VALUE;
    return [...this.#heard.values()].toSorted((a, b) => order * (wait(a) - wait(b)))[0] ?? null;
  }

  /** How long the oldest picture that has not come is late. */
  #stuckMs(nowMs: number): number {
    const oldest = this.#underway[0];
    return oldest === undefined ? 0 : nowMs - oldest.capturedMs - this.leastAgeMs;
  }

  /** Send `share` of what has been carried. */
  #lower(receivedBps: number, share: number, nowMs: number): void {
    const carriedBps = Math.max(Math.min(this.#targetBps, receivedBps), this.#targetBps * MAX_BACK_OFF);
    this.#ceilingBps = carriedBps;
    this.#ceilingAtMs = this.#loweredMs = this.#changedMs = nowMs;
    this.#targetBps = Math.max(MIN_BPS, this.#targetBps * MAX_BACK_OFF, carriedBps * share);
  }

  #isCeilingKnown(nowMs: number): boolean {
    return nowMs - this.#ceilingAtMs < CEILING_KEPT_MS;
  }

  #raise(nowMs: number): void {
    const seconds = Math.min(1, (nowMs - this.#changedMs) / MS_PER_S);
    this.#targetBps = Math.min(this.#maxBps, this.#targetBps * (1 + this.#growth(nowMs) * seconds));
    this.#changedMs = nowMs;
  }

  /** Return by which share to grow in a second. */
  #growth(nowMs: number): number {
    const share = this.#targetBps / this.#ceilingBps;
    if (!this.#isCeilingKnown(nowMs) || share < NEAR_CEILING) return QUICK_GROWTH;
    return Math.min(QUICK_GROWTH, CAREFUL_GROWTH + BEYOND_GROWTH * Math.max(0, share - 1));
  }

  #isIdle(nowMs: number): boolean {
    const recent = this.#recent.filter(({ capturedMs }) => nowMs - capturedMs < IDLE_WINDOW_MS);
    const sentBits = recent.reduce((sum, { sizeBits }) => sum + sizeBits, 0);
    return sentBits < (this.#targetBps * IDLE_SHARE * IDLE_WINDOW_MS) / MS_PER_S;
  }
}
