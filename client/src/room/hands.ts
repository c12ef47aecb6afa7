/** Raised hands in the order in which they went up (docs/protocol/media.md, "Hands"). Pure: time is an argument. */

/** Longer than any meeting. */
const MAX_UP_MS = 86_400_000;
/** For so long after we joined, others tell us for how long their hands have been up; later it could only be to push in. */
const ARRIVAL_MS = 10_000;

export type HandMessage = { readonly type: "hand"; readonly up: boolean; readonly for_ms: number };

/** Return the message, or null when it is not one. */
export function readHand(message: object): HandMessage | null {
  const { type, up, for_ms: forMs } = message as Record<string, unknown>;
  if (type !== "hand" || typeof up !== "boolean" || !Number.isSafeInteger(forMs)) return null;
  const isSensible = Number(forMs) >= 0 && Number(forMs) <= MAX_UP_MS;
  return isSensible ? { type, up, for_ms: Number(forMs) } : null;
}

export class Hands {
  /** When each participant's hand went up, by our clock. */
  readonly #up = new Map<string, number>();
  #joinedAtMs = Number.NEGATIVE_INFINITY;
  #hasRaised = false;

  /** Whose hands are up, the first raised first. */
  get order(): readonly string[] {
    return [...this.#up].sort(([, a], [, b]) => a - b).map(([participant]) => participant);
  }

  isUp(participant: string): boolean {
    return this.#up.has(participant);
  }

  /** We are in the group anew: everyone else says again whether their hand is up. */
  join(self: string, nowMs: number): void {
    this.#joinedAtMs = nowMs;
    for (const participant of this.#up.keys()) if (participant !== self) this.#up.delete(participant);
  }

  receive({ up, for_ms: forMs }: HandMessage, from: string, nowMs: number): void {
    if (!up) this.#up.delete(from);
    else if (!this.#up.has(from)) this.#up.set(from, nowMs - (nowMs - this.#joinedAtMs < ARRIVAL_MS ? forMs : 0));
  }

  /** Raise or lower the hand of `self`, and return what to tell the others. */
  set(self: string, isUp: boolean, nowMs: number): HandMessage {
    if (!isUp) this.#up.delete(self);
    else if (!this.#up.has(self)) this.#up.set(self, nowMs);
    this.#hasRaised = true;
    return this.#describe(self, nowMs);
  }

  /** Return what to tell those who have just come, and those whom a message may not have reached; null if nothing. */
  tell(self: string, nowMs: number): HandMessage | null {
    return this.#hasRaised ? this.#describe(self, nowMs) : null;
  }

  /** Forget whoever is not here any more. */
  keep(participants: ReadonlySet<string>): void {
    for (const participant of this.#up.keys()) if (!participants.has(participant)) this.#up.delete(participant);
  }

  #describe(self: string, nowMs: number): HandMessage {
    const sinceMs = this.#up.get(self);
    const forMs = sinceMs === undefined ? 0 : Math.min(Math.round(nowMs - sinceMs), MAX_UP_MS);
    return { type: "hand", up: sinceMs !== undefined, for_ms: forMs };
  }
}
