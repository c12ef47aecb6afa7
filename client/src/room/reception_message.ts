/** The message by which a viewer tells a publisher how its pictures come (docs/protocol/media.md, "Reception"). Pure. */

import type { Reception } from "../media/reception.ts";
import { isPictureTrack, type PictureTrack } from "../transport/relay.ts";

export type ReceptionMessage = {
  readonly type: "reception";
  /** Whose pictures it is about. */
  readonly device: string;
  readonly track: PictureTrack;
  readonly reception: Reception;
};

/** Ten gigabits a second. */
const MAX_BPS = 1e10;
/** What takes longer has no use for its watcher. */
const MAX_QUEUE_MS = 60_000;

/** Return the message, or null when it is none. */
export function readReception(message: object): ReceptionMessage | null {
  const { type, device, track, reception } = message as Record<string, unknown>;
  if (type !== "reception" || typeof device !== "string" || !isPictureTrack(track)) return null;
  if (typeof reception !== "object" || reception === null) return null;
  const { newestUs, receivedBps, queueMs } = reception as Record<string, unknown>;
  if (!isCount(newestUs, Number.MAX_SAFE_INTEGER) || !isCount(receivedBps, MAX_BPS)) return null;
  if (queueMs !== null && !isCount(queueMs, MAX_QUEUE_MS)) return null;
  return { type, device, track, reception: { newestUs, receivedBps, queueMs } };
}

const isCount = (value: unknown, most: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most;
