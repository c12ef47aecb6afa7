/** One connection with Conclave Helper on this computer (docs/protocol/control.md, "The loopback protocol"). */

import { decodeHelperMessage, type HelperMessage, type PageMessage } from "./helper_messages.ts";

const SUBPROTOCOL = "conclave.helper.1";
/** The first digit of a pairing code, 1 to 3, is added. */
const PORT_BEFORE = 27_652;
const CODE = /^[1-3]\d{7}$/;
/** Nothing on this computer takes longer; a browser may ask its person first. */
const OPEN_TIMEOUT_MS = 60_000;

/** Why the connection is gone: `absent` if there never was one. */
export type HelperOutcome = "absent" | "closed" | "malformed" | "code" | "slow" | "replaced" | "room" | "limited";

const OUTCOMES: ReadonlyMap<number, HelperOutcome> = new Map([
  [4400, "malformed"],
  [4401, "code"],
  [4408, "slow"],
  [4409, "replaced"],
  [4423, "room"],
  [4429, "limited"],
]);

/** Where a helper listens and what it knows us by: digits as it shows them, or the token that it gave us for them. */
export type HelperAddress = { readonly port: number } & ({ readonly code: string } | { readonly token: string });

/** Return where the helper is that shows `text`, or null when that is no code of a helper. */
export function readCode(text: string): HelperAddress | null {
  const code = text.replace(/[\s-]/g, "");
  return CODE.test(code) ? { port: PORT_BEFORE + Number(code[0]), code } : null;
}

export interface HelperListener {
  received(message: HelperMessage): void;
  /** Called once, last. */
  closed(outcome: HelperOutcome): void;
}

export type OpenHelper = (url: string, subprotocol: string) => WebSocket;

export class HelperSocket {
  readonly #socket: WebSocket;
  readonly #listener: HelperListener;
  readonly #timer: ReturnType<typeof setTimeout>;
  #wasOpen = false;
  #isOver = false;

  constructor(
    to: HelperAddress,
    room: string,
    listener: HelperListener,
    open: OpenHelper = (url, subprotocol) => new WebSocket(url, subprotocol),
  ) {
    this.#listener = listener;
    this.#socket = open(`ws://127.0.0.1:${to.port}/`, SUBPROTOCOL);
    this.#timer = setTimeout(() => this.close(), OPEN_TIMEOUT_MS);
    this.#socket.onopen = () => {
      clearTimeout(this.#timer);
      this.#wasOpen = true;
      this.send("code" in to ? { type: "pair", code: to.code, room } : { type: "resume", token: to.token, room });
    };
    this.#socket.onmessage = ({ data }) => this.#receive(data);
    this.#socket.onclose = ({ code }) => this.#finish(OUTCOMES.get(code) ?? (this.#wasOpen ? "closed" : "absent"));
  }

  send(message: PageMessage): void {
    if (this.#wasOpen && !this.#isOver) this.#socket.send(JSON.stringify(message));
  }

  /** Hand over an input, as it came. */
  input(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#wasOpen && !this.#isOver) this.#socket.send(bytes);
  }

  close(): void {
    this.#socket.close();
    this.#finish(this.#wasOpen ? "closed" : "absent");
  }

  #receive(data: unknown): void {
    if (this.#isOver) return;
    const message = decodeHelperMessage(data);
    if (message !== null) return this.#listener.received(message);
    this.#socket.close();
    this.#finish("malformed");
  }

  #finish(outcome: HelperOutcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#listener.closed(outcome);
  }
}
