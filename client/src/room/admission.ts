/** Tickets over the life of a meeting: a fresh one before every connection, the one at hand while the site is away. */

import { fetchTicket, type Ticket, type TicketRequest } from "../transport/ticket_desk.ts";
import type { OverReason } from "./state.ts";

/** What the site answers when the meeting is over, and when it is asked too often. */
const STATUS_GONE = 410;
const STATUS_NOT_FOUND = 404;
const STATUS_TOO_MANY = 429;

export type Admitted =
  | { readonly ok: true; readonly ticket: Ticket }
  /** `over` null: ask again later. */
  | { readonly ok: false; readonly over: OverReason | null; readonly sentence: string | null };

export class Admission {
  readonly #request: TicketRequest;
  #ticket: Ticket | null = null;

  constructor(request: TicketRequest) {
    this.#request = request;
  }

  /** Return a fresh ticket, else the last one; `mustBeFresh` when the last one was refused. */
  async ask(mustBeFresh: boolean): Promise<Admitted> {
    const answer = await fetchTicket(this.#request);
    if (answer.ok) {
      this.#ticket = answer.ticket;
      return answer;
    }
    if (answer.reason === "refused" && answer.status !== STATUS_TOO_MANY) {
      return { ok: false, over: overReason(answer.status), sentence: answer.sentence || null };
    }
    if (this.#ticket !== null && !mustBeFresh) return { ok: true, ticket: this.#ticket };
    return { ok: false, over: null, sentence: answer.reason === "refused" ? answer.sentence : null };
  }

  /** Return a ticket for the relay, as fresh as can be had. */
  async renew(): Promise<string> {
    const admitted = await this.ask(false);
    if (!admitted.ok) throw new Error("no ticket");
    return admitted.ticket.jwt;
  }
}

function overReason(status: number): OverReason {
  if (status === STATUS_GONE) return "ended";
  return status === STATUS_NOT_FOUND ? "forbidden" : "ticket";
}
