/** One WebSocket to the room (docs/protocol/room.md), from open to close. Coming back is the session's business. */

import { type ClientCommand, decodeEvent, encodeCommand, MalformedMessage, type ServerEvent } from "./messages.ts";

const SUBPROTOCOL = "conclave.room.1";
/** A server that takes longer to answer a WebSocket's opening is as good as away. */
const OPEN_TIMEOUT_MS = 10_000;
/** Of the private range: this side could not read what came. */
const CLOSE_MALFORMED = 4400;

/** Why a socket is gone, in the words of the protocol's closing codes; `lost` is every other code. */
export type Outcome =
  | "left"
  | "malformed"
  | "ticket"
  | "forbidden"
  | "removed"
  | "denied"
  | "unverified"
  | "slow"
  | "replaced"
  | "ended"
  | "unanswered"
  | "full"
  | "locked"
  | "limited"
  | "restart"
  | "lost";

const OUTCOMES: ReadonlyMap<number, Outcome> = new Map([
  [4000, "left"],
  [4400, "malformed"],
  [4401, "ticket"],
  [4403, "forbidden"],
  [4405, "removed"],
  [4406, "denied"],
  [4407, "unverified"],
  [4408, "slow"],
  [4409, "replaced"],
  [4410, "ended"],
  [4411, "unanswered"],
  [4413, "full"],
  [4423, "locked"],
  [4429, "limited"],
  [1012, "restart"],
]);

export const outcomeOf = (code: number): Outcome => OUTCOMES.get(code) ?? "lost";

export interface RoomSocketListener {
  opened(): void;
  received(event: ServerEvent): void;
  /** Called once, last. */
  closed(outcome: Outcome): void;
}

/** What of a WebSocket is used, so that a test can be the other end. */
export type SocketLike = Pick<
  WebSocket,
  "send" | "close" | "onopen" | "onmessage" | "onclose" | "onerror" | "readyState"
>;
export type OpenSocket = (url: string, subprotocol: string) => SocketLike;

const OPEN = 1;

export class RoomSocket {
  readonly #socket: SocketLike;
  readonly #listener: RoomSocketListener;
  readonly #openTimer: ReturnType<typeof setTimeout>;
  #isOver = false;

  constructor(url: string, listener: RoomSocketListener, open: OpenSocket = (to, as) => new WebSocket(to, as)) {
    this.#listener = listener;
    this.#socket = open(url, SUBPROTOCOL);
    this.#openTimer = setTimeout(() => this.close(), OPEN_TIMEOUT_MS);
    this.#socket.onopen = () => {
      clearTimeout(this.#openTimer);
      if (!this.#isOver) listener.opened();
    };
    this.#socket.onmessage = ({ data }) => this.#receive(data);
    this.#socket.onclose = ({ code }) => this.#finish(outcomeOf(code));
    this.#socket.onerror = null;
  }

  /** Send, or return false when the socket is not open. */
  send(command: ClientCommand): boolean {
    if (this.#isOver || this.#socket.readyState !== OPEN) return false;
    this.#socket.send(encodeCommand(command));
    return true;
  }

  /** Let go of the socket now, without waiting for the other side. */
  close(outcome: Outcome = "lost"): void {
    this.#socket.close();
    this.#finish(outcome);
  }

  #receive(data: unknown): void {
    if (this.#isOver) return;
    let event: ServerEvent;
    try {
      event = decodeEvent(data);
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      this.#socket.close(CLOSE_MALFORMED);
      this.#finish("malformed");
      return;
    }
    this.#listener.received(event);
  }

  #finish(outcome: Outcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#openTimer);
    this.#listener.closed(outcome);
  }
}
