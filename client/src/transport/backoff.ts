/** How long to wait before trying again: doubling, capped, and jittered so that a restart is not met by a stampede. */

export type Backoff = {
  readonly initialMs: number;
  readonly maxMs: number;
};

/** Short, because people wait: a live node restarts within one or two seconds. */
export const RECONNECT: Backoff = { initialMs: 200, maxMs: 3000 };

/** Return the wait before attempt `attempt` (from 0): half of it certain, half drawn by `random` from [0, 1). */
export function waitMs(backoff: Backoff, attempt: number, random: number): number {
  const whole = Math.min(backoff.maxMs, backoff.initialMs * 2 ** Math.min(attempt, 30));
  return whole / 2 + (whole / 2) * random;
}
