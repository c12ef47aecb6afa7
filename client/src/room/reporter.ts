/** Tells a publisher how its pictures come: at once when they begin to, then in even steps while they do. */

import { type Reception, ReceptionMeter } from "../media/reception.ts";
import { Alarm } from "./alarm.ts";

/** Often enough that a link which has become narrow is known before its queue is full. */
const MIN_INTERVAL_MS = 250;
/** All viewers of a room together send eight a second at most. */
const INTERVAL_PER_VIEWER_MS = 125;
/** After so long without a picture there is nothing more to tell: the picture stands still, or the link is dead. */
const QUIET_AFTER_MS = 3000;

/** Return how far apart the reports of one viewer are, of `people` in the room. */
export const reportIntervalMs = (people: number): number =>
  Math.max(MIN_INTERVAL_MS, (people - 1) * INTERVAL_PER_VIEWER_MS);

export type ReporterOptions = {
  readonly report: (reception: Reception) => void;
  readonly intervalMs: () => number;
};

export class Reporter {
  readonly #options: ReporterOptions;
  readonly #meter = new ReceptionMeter();
  readonly #alarm = new Alarm(() => this.#report());
  #arrivedMs = Number.NEGATIVE_INFINITY;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  arrived(capturedUs: number, sizeBytes: number): void {
    this.#arrivedMs = performance.now();
    this.#meter.arrived(capturedUs, sizeBytes, this.#arrivedMs);
    if (!this.#alarm.isSet) this.#report();
  }

  close(): void {
    this.#alarm.set(null);
  }

  #report(): void {
    const nowMs = performance.now();
    if (nowMs - this.#arrivedMs > QUIET_AFTER_MS) return;
    this.#alarm.set(nowMs + this.#options.intervalMs());
    const reception = this.#meter.report(nowMs);
    if (reception !== null) this.#options.report(reception);
  }
}
