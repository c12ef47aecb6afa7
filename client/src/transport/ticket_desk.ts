/** Asks the site for tickets (docs/protocol/ticket.md); while the site does not answer, the one at hand still serves. */

import { MalformedMessage, readMatch, readObject, readText } from "./reader.ts";

/** Longer, and a site that hangs would keep people out of a meeting that goes on. */
const ANSWER_TIMEOUT_MS = 5000;
const MAX_TICKET_CHARACTERS = 2048;
const MAX_URL_CHARACTERS = 512;
const MAX_SENTENCE_CHARACTERS = 500;
const MAX_NAME_UNITS = 120;

export type Ticket = {
  readonly jwt: string;
  readonly liveUrl: string;
  readonly participant: string;
  /** As the ticket has it: what others see, and what the credential must say. */
  readonly name: string;
  /** The door key of the words that let in. */
  readonly door: string;
};

export type TicketAnswer =
  | { readonly ok: true; readonly ticket: Ticket }
  /** `refused`: the site said no, with a sentence for the person; `away`: it did not answer, or not sensibly. */
  | { readonly ok: false; readonly reason: "refused"; readonly status: number; readonly sentence: string }
  | { readonly ok: false; readonly reason: "away" };

export type TicketRequest = { readonly url: string; readonly csrfToken: string; readonly name: string };

export async function fetchTicket(request: TicketRequest, fetcher: typeof fetch = fetch): Promise<TicketAnswer> {
  try {
    const answer = await fetcher(request.url, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", "X-CSRFToken": request.csrfToken },
      body: JSON.stringify({ name: request.name }),
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    if (answer.ok) return { ok: true, ticket: readTicket(await answer.json()) };
    if (answer.status >= 500) return { ok: false, reason: "away" };
    return { ok: false, reason: "refused", status: answer.status, sentence: await readSentence(answer) };
  } catch {
    return { ok: false, reason: "away" };
  }
}

function readTicket(value: unknown): Ticket {
  const fields = readObject(value);
  const jwt = readText(fields.ticket, MAX_TICKET_CHARACTERS);
  const liveUrl = readMatch(readText(fields.live_url, MAX_URL_CHARACTERS), /^wss?:\/\//);
  return { jwt, liveUrl, participant: readMatch(fields.participant, /^[0-9a-f]{16}$/), ...readClaims(jwt) };
}

/** Return claims that concern us; whether the ticket is genuine is for the live node to say. */
function readClaims(jwt: string): { name: string; door: string } {
  const [, claims] = jwt.split(".");
  if (claims === undefined) throw new MalformedMessage("not a ticket");
  const text = atob(claims.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  const { name, door } = readObject(JSON.parse(new TextDecoder().decode(bytes)));
  return { name: readText(name, MAX_NAME_UNITS), door: readMatch(door, /^[0-9a-f]{64}$/) };
}

async function readSentence(answer: Response): Promise<string> {
  try {
    return readText(readObject(await answer.json()).error, MAX_SENTENCE_CHARACTERS);
  } catch {
    return "";
  }
}
