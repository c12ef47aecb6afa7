/**
 * A share over a bad network in virtual time, seeded: an encoder, a stream that delivers in order and sends lost packets
 * again (QUIC, one group), a link with a queue, a viewer and its reports. Thousands of seconds take one.
 */

import { Pacing } from "../../src/media/pacing.ts";
import { type Reception, ReceptionMeter } from "../../src/media/reception.ts";

export type Link = {
  readonly rateBps: number;
  readonly delayMs: number;
  readonly jitterMs: number;
  readonly loss: number;
  /** Longest wait before the link; what would wait longer is lost. */
  readonly queueMs: number;
  /** Whether who sends takes a loss for no congestion (BBR), and sends on as before; else less (Cubic). */
  readonly isLossBlind?: boolean;
};

export const GOOD: Link = { rateBps: 100e6, delayMs: 5, jitterMs: 0, loss: 0, queueMs: 300 };

export type Shown = { readonly atMs: number; readonly delayMs: number; readonly sizeBits: number };
export type Told = { readonly atMs: number; readonly targetBps: number };
export type Outcome = {
  readonly shown: readonly Shown[];
  readonly told: readonly Told[];
  readonly lostPackets: number;
};

type Packet = { readonly frame: number; readonly isLast: boolean; readonly sizeBits: number };

const SIZE = { width: 1280, height: 720 };
const MAX_BPS = 2_500_000;
const PACKET_BITS = 1200 * 8;
const KEY_FRAME_BITS = 600_000;
/** Packets on the way at once: as QUIC begins with, at least, and at most. */
const FIRST_WINDOW = 32;
const LEAST_WINDOW = 4;
const MAX_WINDOW = 500;
const REPORT_EVERY_MS = 250;
/** The viewer's clock is wrong by this. */
const CLOCK_OFFSET_MS = 7_200_000;

/** Mulberry32. */
export function chance(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** What happens when, in order. */
class Agenda {
  nowMs = 0;
  #number = 0;
  readonly #entries: { atMs: number; number: number; act: () => void }[] = [];

  at(atMs: number, act: () => void): void {
    const entry = { atMs: Math.max(atMs, this.nowMs), number: this.#number++, act };
    const index = this.#entries.findLastIndex((other) => other.atMs <= entry.atMs);
    this.#entries.splice(index + 1, 0, entry);
  }

  run(untilMs: number): void {
    for (let next = this.#entries.shift(); next !== undefined && next.atMs <= untilMs; next = this.#entries.shift()) {
      this.nowMs = next.atMs;
      next.act();
    }
  }
}

/** Run a share for `seconds`; the link is `linkAt(ms)`, the picture moves while `isMovingAt(ms)`. */
export function simulate(options: {
  readonly seed: number;
  readonly seconds: number;
  readonly linkAt: (ms: number) => Link;
  readonly isMovingAt?: (ms: number) => boolean;
}): Outcome {
  const { linkAt, isMovingAt = () => true, seconds } = options;
  const random = chance(options.seed);
  const agenda = new Agenda();
  const pacing = new Pacing("best", MAX_BPS);
  pacing.resize(SIZE, MAX_BPS);
  let scale = 0;
  const meter = new ReceptionMeter();
  const shown: Shown[] = [];
  const told: Told[] = [];
  const capturedMs: number[] = [];
  const sizesBits: number[] = [];
  let freeAtMs = 0;
  let lostPackets = 0;
  /** Packets by number, those that have come, and the first that has not. */
  const packets: Packet[] = [];
  const come = new Set<number>();
  let next = 0;

  /** Packets that wait for the window, first those to be sent again. */
  const waiting: number[] = [];
  let inFlight = 0;
  let window = FIRST_WINDOW;
  let shrunkAtMs = Number.NEGATIVE_INFINITY;

  const deliver = (number: number) => {
    agenda.at(agenda.nowMs + linkAt(agenda.nowMs).delayMs, () => {
      inFlight -= 1;
      window = Math.min(MAX_WINDOW, window + (Number.isFinite(shrunkAtMs) ? 1 / window : 0.5));
      flush();
    });
    come.add(number);
    for (; come.has(next); next++) {
      const packet = packets[next];
      if (packet?.isLast) show(packet.frame);
    }
  };
  const show = (frame: number) => {
    const at = capturedMs[frame] ?? 0;
    const sizeBits = sizesBits[frame] ?? 0;
    shown.push({ atMs: agenda.nowMs, delayMs: agenda.nowMs - at, sizeBits });
    meter.arrived(at * 1000, sizeBits / 8, agenda.nowMs + CLOCK_OFFSET_MS);
    if (frame === 0) report();
  };
  const transmit = (number: number) => {
    const link = linkAt(agenda.nowMs);
    const waitMs = Math.max(0, freeAtMs - agenda.nowMs);
    const isLost = waitMs > link.queueMs || random() < link.loss;
    if (waitMs <= link.queueMs) {
      freeAtMs = Math.max(freeAtMs, agenda.nowMs) + ((packets[number]?.sizeBits ?? 0) / link.rateBps) * 1000;
    }
    const underwayMs = link.delayMs + random() * link.jitterMs;
    if (!isLost) return agenda.at(freeAtMs + underwayMs, () => deliver(number));
    lostPackets += 1;
    // Found missing when later packets are acknowledged: a round trip and a little.
    agenda.at(freeAtMs + 2 * link.delayMs + link.jitterMs + 20, () => {
      inFlight -= 1;
      waiting.unshift(number);
      if (link.isLossBlind) return flush();
      if (agenda.nowMs - shrunkAtMs > 2 * link.delayMs) window = Math.max(LEAST_WINDOW, window * 0.7);
      shrunkAtMs = agenda.nowMs;
      flush();
    });
  };
  const flush = () => {
    for (; waiting.length > 0 && inFlight < window; inFlight++) transmit(waiting.shift() ?? 0);
  };
  const capture = () => {
    agenda.at(agenda.nowMs + 1000 / 30, capture);
    if (!isMovingAt(agenda.nowMs)) return;
    const { rate } = pacing;
    const isKey = rate.scale !== scale;
    if (!isKey && pacing.waitMs(agenda.nowMs) > 0) return;
    scale = rate.scale;
    const frame = capturedMs.length;
    const noise = 0.6 + 0.8 * random();
    const bits = isKey ? KEY_FRAME_BITS * scale ** 2 : (rate.bitrateBps / rate.frameRateHz) * noise;
    capturedMs.push(agenda.nowMs);
    sizesBits.push(bits);
    pacing.sent(bits / 8, agenda.nowMs, isKey);
    const count = Math.ceil(bits / PACKET_BITS);
    for (let part = 0; part < count; part++) {
      packets.push({ frame, isLast: part === count - 1, sizeBits: bits / count });
      waiting.push(packets.length - 1);
    }
    flush();
  };
  const report = () => {
    const reception: Reception | null = meter.report(agenda.nowMs + CLOCK_OFFSET_MS);
    const { delayMs } = linkAt(agenda.nowMs);
    if (reception !== null) agenda.at(agenda.nowMs + delayMs, () => pacing.heard("carol", reception, agenda.nowMs));
    told.push({ atMs: agenda.nowMs, targetBps: pacing.rate.bitrateBps });
  };
  const reportEvery = () => {
    report();
    agenda.at(agenda.nowMs + REPORT_EVERY_MS, reportEvery);
  };
  agenda.at(0, capture);
  agenda.at(10, reportEvery);
  agenda.run(seconds * 1000);
  return { shown, told, lostPackets };
}

/** The delay that the share `part` of the pictures keep. */
export function delayMs({ shown }: Pick<Outcome, "shown">, part: number): number {
  const sorted = shown.map((one) => one.delayMs).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * part)] ?? Number.POSITIVE_INFINITY;
}

/** How long nothing new was seen, beyond half a second each time. */
export function frozenMs({ shown }: Pick<Outcome, "shown">, fromMs: number, untilMs: number): number {
  const times = [fromMs, ...shown.map(({ atMs }) => atMs).filter((at) => at >= fromMs && at <= untilMs), untilMs];
  return times.slice(1).reduce((sum, at, index) => sum + Math.max(0, at - (times[index] ?? at) - 500), 0);
}

/** What was shown between two moments, a second. */
export function shownBps({ shown }: Pick<Outcome, "shown">, fromMs: number, untilMs: number): number {
  const within = shown.filter(({ atMs }) => atMs >= fromMs && atMs <= untilMs);
  return (within.reduce((sum, { sizeBits }) => sum + sizeBits, 0) * 1000) / (untilMs - fromMs);
}
