/**
 * A voice made longer or shorter by whole periods of itself, so that neither its pitch changes nor a click is heard.
 * What is repeated or left out is found by correlation, as in WSOLA (Verhelst and Roelands, 1993). Pure.
 */

/** Periods that are looked for, in samples at 48 kHz: 2.5 to 10 ms, which is 400 to 100 Hz. */
const MIN_PERIOD = 120;
const MAX_PERIOD = 480;
/** Every other sample of every other period is compared: a quarter of the work, and nobody hears it. */
const STRIDE = 2;

/** Return `samples` (at least two of the longest periods) without one period. */
export function shorten(samples: Float32Array): Float32Array {
  const period = findPeriod(samples);
  const shorter = new Float32Array(samples.length - period);
  for (let index = 0; index < period; index += 1) {
    shorter[index] = fade(at(samples, index), at(samples, index + period), index / period);
  }
  shorter.set(samples.subarray(2 * period), period);
  return shorter;
}

/** Return `samples` (at least two of the longest periods) with one period more. */
export function lengthen(samples: Float32Array): Float32Array {
  const period = findPeriod(samples);
  const longer = new Float32Array(samples.length + period);
  longer.set(samples.subarray(0, period));
  for (let index = 0; index < period; index += 1) {
    longer[period + index] = fade(at(samples, index + period), at(samples, index), index / period);
  }
  longer.set(samples.subarray(period), 2 * period);
  return longer;
}

/** Return `length` samples that go on as `past` (at least two of the longest periods) ended. */
export function extend(past: Float32Array, length: number): Float32Array {
  const period = findPeriod(past.toReversed());
  const start = past.length - period;
  return Float32Array.from({ length }, (_, index) => at(past, start + (index % period)));
}

/** Return `to` beginning as `from` went on: the first `length` samples pass over from one to the other. */
export function join(from: Float32Array, to: Float32Array, length: number): Float32Array {
  const joined = to.slice();
  for (let index = 0; index < length; index += 1) {
    joined[index] = fade(at(from, index), at(to, index), index / length);
  }
  return joined;
}

const fade = (from: number, to: number, share: number): number => from + (to - from) * share;
const at = (samples: Float32Array, index: number): number => samples[index] ?? 0;

/** Return the shift by which `samples` are most like themselves at their beginning. */
function findPeriod(samples: Float32Array): number {
  let [best, bestLikeness] = [MIN_PERIOD, Number.NEGATIVE_INFINITY];
  for (let period = MIN_PERIOD; period <= MAX_PERIOD; period += STRIDE) {
    const likeness = likenessAt(samples, period);
    if (likeness > bestLikeness) [best, bestLikeness] = [period, likeness];
  }
  return best;
}

/** Return the correlation of the first `MAX_PERIOD` samples with those one `period` later, whose energy does not count. */
function likenessAt(samples: Float32Array, period: number): number {
  let [product, energy] = [0, 1e-9];
  for (let index = 0; index < MAX_PERIOD; index += STRIDE) {
    const later = at(samples, index + period);
    product += at(samples, index) * later;
    energy += later * later;
  }
  return product / Math.sqrt(energy);
}
