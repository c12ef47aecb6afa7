/** Who commits, when, and what (docs/protocol/room.md, "The group's life"). Pure: time and roster are arguments. */

import type { Leaf } from "./tree.ts";

/** A commit at once, the next ones no faster: joins that come together share one. */
export const COMMIT_INTERVAL_MS = 250;
/** How long the members below may be silent before the next one steps in, for each of them. */
export const STEP_IN_MS = 3000;
/** Commit and Welcome must fit into 256 KiB each, whatever the names; the rest follows in the next commit. */
export const MAX_ADDS = 100;

export type Work = {
  /** Devices to add, in the order of the roster. */
  readonly adds: readonly string[];
  readonly removes: readonly Leaf[];
  /** How many live members are before us. */
  readonly rank: number;
};

/** Compare the group with the roster: who is present and verified belongs in it, who is gone does not. */
export function findWork(o: {
  readonly ownLeaf: number;
  readonly leaves: readonly Leaf[];
  readonly present: ReadonlySet<string>;
  readonly addable: readonly string[];
}): Work {
  const inGroup = new Set(o.leaves.map(({ identity }) => identity.device));
  const live = o.leaves.filter(({ identity }) => o.present.has(identity.device));
  return {
    adds: o.addable.filter((device) => !inGroup.has(device)).slice(0, MAX_ADDS),
    removes: o.leaves.filter(({ leaf, identity }) => leaf !== o.ownLeaf && !o.present.has(identity.device)),
    rank: live.filter(({ leaf }) => leaf < o.ownLeaf).length,
  };
}

/** Remembers since when each piece of work has been waiting. */
export class Committer {
  #waitingSinceMs = new Map<string, number>();
  #heldUntilMs = new Map<string, number>();
  #lastEpochMs = Number.NEGATIVE_INFINITY;

  /** A device was replaced: its successor is about to enter, and one commit shall do for both. */
  hold(device: string, nowMs: number): void {
    this.#heldUntilMs.set(device, nowMs + COMMIT_INTERVAL_MS);
  }

  /** Something has happened: a commit is in force, or ours could not be made. */
  noteEpoch(nowMs: number): void {
    this.#lastEpochMs = nowMs;
  }

  /** Take note of what waits now, and return when it is our turn to commit it; null when nothing waits. */
  dueMs(work: Work, nowMs: number): number | null {
    const devices = [...work.adds, ...work.removes.map(({ identity }) => identity.device)];
    const since = new Map(devices.map((device) => [device, this.#sinceMs(device, nowMs)]));
    this.#waitingSinceMs = since;
    this.#heldUntilMs = new Map([...this.#heldUntilMs].filter(([, untilMs]) => untilMs > nowMs));
    if (devices.length === 0) return null;
    const sinceMs = Math.min(...since.values());
    if (work.rank === 0) return Math.max(sinceMs, this.#lastEpochMs + COMMIT_INTERVAL_MS);
    return Math.max(sinceMs, this.#lastEpochMs) + work.rank * STEP_IN_MS;
  }

  #sinceMs(device: string, nowMs: number): number {
    return this.#waitingSinceMs.get(device) ?? this.#heldUntilMs.get(device) ?? nowMs;
  }
}
