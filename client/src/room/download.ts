/**
 * How one file is asked for, run of pieces by run of pieces, so that each receiver takes what its network carries. Pure:
 * time is an argument.
 */

import { MAX_RUN, pieceCount } from "./file_wire.ts";

const FIRST_RUN = 4;
/** A run that is here sooner may be larger the next time. */
const QUICK_MS = 1000;
/** A run that is not whole after so long is asked for again, what is missing of it, in smaller runs. */
const PATIENCE_MS = 5000;
/** So often in a row nothing at all may come before the file counts as lost. */
const MAX_SILENCES = 6;

export type Run = { readonly from: number; readonly count: number };

export class Download {
  readonly #missing: Set<number>;
  readonly #count: number;
  #run: Run | null = null;
  #runPieces = FIRST_RUN;
  #askedMs = 0;
  #silences = 0;
  #hasCome = false;

  constructor(sizeBytes: number) {
    this.#count = pieceCount(sizeBytes);
    this.#missing = new Set(Array.from({ length: this.#count }, (_, index) => index));
  }

  get isComplete(): boolean {
    return this.#missing.size === 0;
  }

  get isLost(): boolean {
    return this.#silences >= MAX_SILENCES;
  }

  /** The share that is here, from 0 to 1. */
  get share(): number {
    return 1 - this.#missing.size / this.#count;
  }

  /** Whether the `index`th piece is of use. */
  wants(index: number): boolean {
    return this.#missing.has(index);
  }

  /** A piece is here. Return what to ask for now, or null. */
  receive(index: number, nowMs: number): Run | null {
    if (!this.#missing.delete(index)) return null;
    this.#hasCome = true;
    this.#silences = 0;
    if (this.#run === null || this.#missingOf(this.#run)) return null;
    if (nowMs - this.#askedMs < QUICK_MS) this.#runPieces = Math.min(MAX_RUN, this.#runPieces * 2);
    return this.ask(nowMs);
  }

  /** Return the next run to ask for, also after a new connection; null when all is here. */
  ask(nowMs: number): Run | null {
    const from = Math.min(...this.#missing);
    if (!Number.isFinite(from)) return null;
    let count = 1;
    while (count < this.#runPieces && this.#missing.has(from + count)) count += 1;
    this.#run = { from, count };
    this.#askedMs = nowMs;
    this.#hasCome = false;
    return this.#run;
  }

  /** When `handleTimer` wants to be called. */
  nextTimerMs(): number {
    return this.#askedMs + PATIENCE_MS;
  }

  /** Return what to ask for again, or null. */
  handleTimer(nowMs: number): Run | null {
    if (this.isComplete || nowMs < this.nextTimerMs()) return null;
    if (!this.#hasCome) this.#silences += 1;
    this.#runPieces = Math.max(1, Math.floor(this.#runPieces / 2));
    return this.isLost ? null : this.ask(nowMs);
  }

  #missingOf({ from, count }: Run): boolean {
    return Array.from({ length: count }, (_, offset) => from + offset).some((index) => this.#missing.has(index));
  }
}
