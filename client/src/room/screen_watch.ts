/** A screen as we watch it, in the rendition that our link carries. */

import type { Easel } from "../media/easel.ts";
import type { Reception } from "../media/reception.ts";
import { Alarm } from "./alarm.ts";
import type { ReporterOptions } from "./reporter.ts";
import { ScreenChoice, type ScreenTrack } from "./screen_choice.ts";
import type { Picture } from "./state.ts";
import { Watch, type WatchOptions } from "./watch.ts";

/** A group may be long: who comes to a track asks for a new one first, and waits until it has begun. */
const BEGINNING_MS = 400;

export type ScreenWatchOptions = Omit<WatchOptions, "track" | "reports" | "view"> & {
  readonly easel: Easel;
  /** Tell the publisher how its screen comes. */
  readonly report: (device: string, track: ScreenTrack, reception: Reception) => void;
  /** How often that may be told. */
  readonly reportIntervalMs: ReporterOptions["intervalMs"];
};

export class ScreenWatch {
  readonly #options: ScreenWatchOptions;
  readonly #choice = new ScreenChoice();
  readonly #beginning = new Alarm(() => this.#begin());
  #watch: Watch;

  constructor(options: ScreenWatchOptions) {
    this.#options = options;
    this.#watch = this.#open();
  }

  get view(): Picture {
    return this.#watch.view;
  }

  close(): void {
    this.#beginning.set(null);
    this.#watch.close();
  }

  #open(view?: Picture): Watch {
    const { from, report, reportIntervalMs } = this.#options;
    const { track } = this.#choice;
    const reports = {
      report: (reception: Reception) => {
        report(from.device, track, reception);
        this.#judge(reception);
      },
      intervalMs: reportIntervalMs,
    };
    return new Watch({ ...this.#options, track, view, reports });
  }

  #judge(reception: Reception): void {
    const before = this.#choice.track;
    const track = this.#choice.judge(reception, this.#watch.isAmple, performance.now());
    if (track === before) return;
    // What is on its way would only hold up the other rendition; the last picture stays.
    this.#watch.close();
    this.#options.refresh(this.#options.from.device, track);
    this.#beginning.set(performance.now() + BEGINNING_MS);
  }

  #begin(): void {
    this.#watch = this.#open(this.#watch.view);
  }
}
