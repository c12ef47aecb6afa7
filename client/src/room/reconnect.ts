/** Whether and when to come back after a connection is gone (docs/protocol/room.md, "Closing codes"). Pure. */

import { RECONNECT, waitMs } from "../transport/backoff.ts";
import type { Outcome } from "../transport/room_socket.ts";
import type { OverReason } from "./state.ts";

export type Next =
  | { readonly type: "over"; readonly reason: OverReason }
  /** `mustBeFresh`: the ticket at hand was refused. */
  | { readonly type: "again"; readonly waitMs: number; readonly mustBeFresh: boolean };

/** A person at the door gives up after about this long; so does the page, and says why. */
const FIRST_PATIENCE_MS = 30_000;
/** Somebody who was in the meeting stays, over a lift ride or a restart of the router. */
const PATIENCE_MS = 10 * 60_000;
/** A connection that lived so long was good: the next loss starts from the shortest wait. */
const HEALTHY_MS = 5000;

export class Reconnect {
  #attempt = 0;
  #hasEntered = false;
  #enteredAtMs: number | null = null;
  #lostAtMs: number;
  #ticketsRefused = 0;

  constructor(nowMs: number) {
    this.#lostAtMs = nowMs;
  }

  /** The server let us in. */
  entered(nowMs: number): void {
    this.#hasEntered = true;
    this.#enteredAtMs = nowMs;
    this.#ticketsRefused = 0;
  }

  /** The connection is gone, or could not be made. `random` is from [0, 1). */
  closed(outcome: Outcome | "rejoin", nowMs: number, random: number): Next {
    this.#noteEnd(nowMs);
    switch (outcome) {
      case "left":
      case "malformed":
      case "forbidden":
      case "removed":
      case "denied":
      case "unverified":
      case "replaced":
      case "ended":
      case "unanswered":
      case "full":
      case "locked":
        return { type: "over", reason: outcome };
      case "ticket":
        this.#ticketsRefused += 1;
        return this.#ticketsRefused > 1 ? { type: "over", reason: "ticket" } : this.#again(nowMs, random, true);
      case "slow":
      case "limited":
      case "restart":
      case "lost":
      case "rejoin":
        return this.#again(nowMs, random, false);
      default:
        return outcome satisfies never;
    }
  }

  #noteEnd(nowMs: number): void {
    if (this.#enteredAtMs === null) return;
    if (nowMs - this.#enteredAtMs >= HEALTHY_MS) this.#attempt = 0;
    this.#lostAtMs = nowMs;
    this.#enteredAtMs = null;
  }

  #again(nowMs: number, random: number, mustBeFresh: boolean): Next {
    const patienceMs = this.#hasEntered ? PATIENCE_MS : FIRST_PATIENCE_MS;
    if (nowMs - this.#lostAtMs > patienceMs) return { type: "over", reason: "unreachable" };
    const wait = waitMs(RECONNECT, this.#attempt, random);
    this.#attempt += 1;
    return { type: "again", waitMs: wait, mustBeFresh };
  }
}
