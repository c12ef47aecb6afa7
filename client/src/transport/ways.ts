/**
 * The ways to the relay (docs/protocol/media.md, "Without UDP"): WebTransport, and a WebSocket where that does not come
 * about. Either yields what the MoQ library takes for a WebTransport.
 */

import Session from "@moq/qmux";
import { pause } from "./pause.ts";

/** `blocked`: over a WebSocket, because no UDP comes through; `unsupported`: because of this browser. */
export type Way = "direct" | "blocked" | "unsupported";

export type Destination = {
  /** The relay's WebTransport address with the room, but without the ticket. */
  readonly url: URL;
  readonly fingerprints: readonly string[];
  /** The same for the WebSocket. */
  readonly socketUrl: URL;
  /** What a session says of itself: ticket and device. */
  readonly query: string;
};

export type Reached = { readonly way: Way; readonly transport: WebTransport };

/** Something that was opened and can still be given up, or used. */
type Opened = { readonly isDirect: boolean; use(): WebTransport; close(): void };
export type Open = (to: Destination, signal: AbortSignal) => Promise<Opened>;
export type Openers = { readonly direct: Open | null; readonly socket: Open };

/** The version of MoQ that the relay speaks; the browser offers no other. */
const PROTOCOL = "moq-lite-05";
const SUBPROTOCOL = "conclave.relay.1";
/** A connection that takes longer will not come about. */
const CONNECT_TIMEOUT_MS = 5000;
/**
 * WebTransport needs a round trip less, so it is there after the head start unless UDP is blocked (as RFC 8305 recommends),
 * the way is long, its first packet was lost and had to be sent again, or the machine is busy, and both are late. So, for as
 * long as the WebSocket took, and for the grace at least, WebTransport may still win.
 */
const PATIENCE: Patience = { headStartMs: 250, graceMs: 300 };
/** UDP was blocked a moment ago. */
const HURRY: Patience = { headStartMs: 0, graceMs: 100 };

type Patience = { readonly headStartMs: number; readonly graceMs: number };

/** Opens the way to the relay, and remembers what was of no use while this page is open. */
export class Ways {
  readonly #openers: Openers;
  #wasBlocked = false;

  constructor(openers: Openers = browserOpeners()) {
    this.#openers = openers;
  }

  /** Whether this browser has a direct way to rely on. */
  get isDirectOffered(): boolean {
    return this.#openers.direct !== null;
  }

  /** Return the way that came about; rejects when none did, or `signal` was aborted. */
  async reach(to: Destination, signal: AbortSignal): Promise<Reached> {
    const { direct, socket } = this.#openers;
    if (direct === null) return { way: "unsupported", transport: (await socket(to, signal)).use() };
    const won = await race(direct, socket, this.#wasBlocked ? HURRY : PATIENCE, to, signal);
    this.#wasBlocked = !won.isDirect;
    return { way: won.isDirect ? "direct" : "blocked", transport: won.use() };
  }

  /** Return the direct way if there is one by now; rejects otherwise. */
  async reachDirectly(to: Destination, signal: AbortSignal): Promise<Reached> {
    if (this.#openers.direct === null) throw new Error("not in this browser");
    const transport = (await this.#openers.direct(to, signal)).use();
    this.#wasBlocked = false;
    return { way: "direct", transport };
  }
}

async function race(
  direct: Open,
  socket: Open,
  { headStartMs, graceMs }: Patience,
  to: Destination,
  signal: AbortSignal,
): Promise<Opened> {
  const won = new AbortController();
  const either = AbortSignal.any([signal, won.signal]);
  const first = direct(to, either);
  const failed = first.then(
    () => new Promise<void>(() => undefined),
    () => undefined,
  );
  const second = async () => {
    await Promise.race([pause(headStartMs, either), failed]);
    either.throwIfAborted();
    const startedMs = performance.now();
    const opened = await socket(to, either);
    await Promise.race([pause(Math.max(graceMs, performance.now() - startedMs), either), failed]);
    return opened;
  };
  const attempts = [first, second()];
  const winner = await Promise.any(attempts).finally(() => won.abort());
  for (const attempt of attempts)
    void attempt.then((other) => other !== winner && other.close()).catch(() => undefined);
  return winner;
}

/** Only where the session tells which protocol was chosen; and Safari's stops reading for good after a while. */
function isTransportReliable(): boolean {
  return typeof WebTransport === "function" && "protocol" in WebTransport.prototype && !isSafari();
}

const isSafari = (): boolean => /^(?!.*(?:chrom|android)).*safari/i.test(navigator.userAgent);

const browserOpeners = (): Openers => ({ direct: isTransportReliable() ? openTransport : null, socket: openSocket });

/** Not in the library's types yet: the choice of protocol. */
type TransportOptions = WebTransportOptions & { readonly protocols: readonly string[] };

async function openTransport({ url, fingerprints, query }: Destination, signal: AbortSignal): Promise<Opened> {
  const hashes = fingerprints.map((hex) => ({ algorithm: "sha-256", value: decodeHex(hex) }));
  const options: TransportOptions = {
    allowPooling: false,
    congestionControl: "low-latency",
    protocols: [PROTOCOL],
    ...(hashes.length > 0 ? { serverCertificateHashes: hashes } : {}),
  };
  const withTicket = new URL(url);
  withTicket.search = query;
  const transport = new WebTransport(withTicket, options);
  transport.closed.catch(() => undefined);
  const close = () => transport.close();
  await opened(transport.ready, close, signal);
  return { isDirect: true, use: () => transport, close };
}

/** A WebSocket; the library's own type of it allows shared memory, too. */
type AcceptedSocket = Parameters<typeof Session.accept>[0];

async function openSocket({ socketUrl, query }: Destination, signal: AbortSignal): Promise<Opened> {
  const socket = new WebSocket(socketUrl, SUBPROTOCOL);
  const close = () => socket.close();
  const open = new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onclose = () => reject(new Error("the socket was not opened"));
  });
  await opened(open, close, signal);
  const use = () => {
    // What says who we are must not be part of the address: proxies write addresses down.
    socket.send(query);
    // The relay's library can only dial, so the other role is ours.
    return Session.accept(socket as AcceptedSocket, { protocol: `qmux-01.${PROTOCOL}` });
  };
  return { isDirect: false, use, close };
}

/** Wait for `ready`, but not for ever; whatever is opened too late is closed. */
async function opened(ready: Promise<unknown>, close: () => void, signal: AbortSignal): Promise<void> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(CONNECT_TIMEOUT_MS)]);
  deadline.addEventListener("abort", close, { once: true });
  if (deadline.aborted) close();
  try {
    await ready;
    deadline.throwIfAborted();
  } finally {
    deadline.removeEventListener("abort", close);
  }
}

const decodeHex = (hex: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
