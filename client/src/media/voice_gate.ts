/**
 * When to send a voice: not while nobody speaks. Pure.
 *
 * What is sent says when somebody speaks, and to those on the wire as well (docs/threat-model.md). So a spurt is
 * always a whole number of `SPURT_FRAMES`, whatever is said in it.
 */

/** Frames before the first loud one that are sent with it: speech begins more softly than it goes on. */
export const PREROLL_FRAMES = 2;
/** Half a second. A spurt ends at one of these steps only. */
export const SPURT_FRAMES = 25;
/** Pauses between words are shorter than this: 400 ms. */
const HANG_OVER_FRAMES = 20;
/** This much above what the room sounds like is speech. */
const OVER_NOISE_DB = 9;
/** Softer than this is never speech, louder always: music and noisy places go through. */
const MIN_THRESHOLD_DB = -58;
const MAX_THRESHOLD_DB = -42;
/** How quickly the estimate of the noise rises; it falls at once. From silence to the loudest room: four seconds. */
const NOISE_RISE_DB = 0.1;

export class VoiceGate {
  #noiseDb = MIN_THRESHOLD_DB - OVER_NOISE_DB;
  /** Frames of the spurt so far; 0 while nothing is sent. */
  #spurt = 0;
  #sinceLoud = 0;
  /** Frames that could be taken along. */
  #before = 0;

  /** Take the level of the next frame; return whether it is sent. A frame that opens the gate takes the pre-roll along. */
  judge(levelDb: number): boolean {
    const isLoud = levelDb > this.#thresholdDb();
    this.#noiseDb = Math.min(levelDb, this.#noiseDb + NOISE_RISE_DB);
    this.#sinceLoud = isLoud ? 0 : this.#sinceLoud + 1;
    if (this.#spurt > 0) this.#spurt = this.#mayEnd() ? 0 : this.#spurt + 1;
    else if (isLoud && this.#before >= PREROLL_FRAMES) this.#spurt = PREROLL_FRAMES + 1;
    this.#before = this.#spurt > 0 ? 0 : this.#before + 1;
    return this.#spurt > 0;
  }

  #mayEnd(): boolean {
    return this.#spurt % SPURT_FRAMES === 0 && this.#sinceLoud > HANG_OVER_FRAMES;
  }

  #thresholdDb(): number {
    return Math.min(MAX_THRESHOLD_DB, Math.max(MIN_THRESHOLD_DB, this.#noiseDb + OVER_NOISE_DB));
  }
}

/** Return the level of `samples` in decibels below full scale; digital silence is -100. */
export function levelOf(samples: Float32Array): number {
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  return 10 * Math.log10(Math.max(energy / samples.length, 1e-10));
}
