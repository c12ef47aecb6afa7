/** New words for the meeting, from inside (docs/protocol/room.md, "New words from inside"). */

import { drawWords } from "../e2ee/meeting_key.ts";
import type { DoorKeyTaken } from "../transport/door_desk.ts";
import { pause } from "../transport/pause.ts";
import type { Keyring } from "./keyring.ts";
import type { Said } from "./visit.ts";

/** Some member commits a Remove within so long, though the first ones whose turn it is be asleep. */
const SETTLE_MS = 8000;
/** Tickets of one second cannot be told apart: ours for the new words must be the later one. */
const NEXT_SECOND_MS = 1100;

const NOT_YET = "The words are not replaced: somebody's keys are being changed. Try again in a moment.";

/** What we need of our presence in the room. */
export interface Inside {
  /** Whether what is said now is read by those present alone. */
  readonly isSettled: boolean;
  nextEpoch(): Promise<void>;
  say(message: object): Promise<Said>;
}

export type Renewed = { readonly ok: true; readonly words: string } | { readonly ok: false; readonly sentence: string };

/** Tell everyone inside new words, then the site their door key: who enters with them first closes the door to the old ones. */
export async function renewWords(
  inside: Inside,
  keyring: Keyring,
  post: (doorKey: string) => Promise<DoorKeyTaken>,
): Promise<Renewed> {
  const { words, keys } = await keyring.learn(drawWords());
  const said = (await settles(inside)) ? await inside.say({ type: "words", words }) : "away";
  if (said !== "sent") return { ok: false, sentence: NOT_YET };
  const taken = await post(keys.door.publicKey);
  return taken.ok ? { ok: true, words } : taken;
}

export const nextSecond = (): Promise<void> => pause(NEXT_SECOND_MS, new AbortController().signal);

/** Wait until whoever was removed is out of the group, too: they must not read the new words. */
async function settles(inside: Inside): Promise<boolean> {
  const deadline = AbortSignal.timeout(SETTLE_MS);
  while (!inside.isSettled && !deadline.aborted) {
    await Promise.race([inside.nextEpoch(), pause(SETTLE_MS, deadline)]);
  }
  return inside.isSettled;
}
