/**
 * This device's MoQ session with the relay (docs/protocol/media.md, "MoQ"): publishes its one broadcast and subscribes
 * to others'. The only file that knows `@moq/net`. It connects again by itself; objects are opaque bytes.
 */

import { type Announce, Broadcast, Connection, type Group, Path, Time, type Track } from "@moq/net";
import { RECONNECT, waitMs } from "./backoff.ts";
import type { RelayAddress } from "./messages.ts";

/** The version of MoQ that the relay speaks; the browser offers no other. */
const PROTOCOLS = ["moq-lite-05"];
/** A QUIC handshake that takes longer will not come about: UDP is blocked. */
const CONNECT_TIMEOUT_MS = 5000;
/** A MoQ session that lived so long was good, so the next wait is short again. A refused one dies within 10 ms. */
const HEALTHY_MS = 5000;
/** How old a group may be and still be delivered once there is a newer one; 0, the library's default, loses bursts. */
const LATENCY_MAX_MS = 2000;

type TrackKind = {
  readonly name: string;
  /** Higher goes first where the network is narrow: a voice is small, and nothing is missed as much. */
  readonly priority: number;
  /** Groups replace each other, as pictures do; else every group is of use by itself, also one that comes late. */
  readonly isNewestOnly: boolean;
};

const TRACKS = {
  /** A relay may answer for a track named `catalog` itself, with a plain one of its own. */
  catalog: { name: "sealed-catalog", priority: 3, isNewestOnly: true },
  mic: { name: "mic", priority: 3, isNewestOnly: false },
  screen: { name: "screen", priority: 2, isNewestOnly: true },
  camera: { name: "camera", priority: 1, isNewestOnly: true },
  "camera-low": { name: "camera-low", priority: 1, isNewestOnly: true },
} as const satisfies Readonly<Record<string, TrackKind>>;

export type TrackName = keyof typeof TRACKS;
export type PictureTrack = Exclude<TrackName, "catalog" | "mic">;

const TRACK_NAMES = Object.keys(TRACKS) as readonly TrackName[];

export interface RelayListener {
  /** A MoQ session is up, with empty tracks: publish again. */
  connected(): void;
  /** There is no MoQ session; `attempt` counts from 1 since the last good one. */
  disconnected(attempt: number): void;
}

export interface ObjectReceiver {
  /**
   * An object. The next one of its group waits for the promise; `signal` is aborted when the rest of the group is
   * stale: a newer one has come on a track of pictures, or nobody reads any more.
   */
  receive(object: Uint8Array, signal: AbortSignal): Promise<void>;
  /** A group broke off: the rest of it will not come. */
  interrupted(): void;
}

export type RelayOptions = {
  readonly address: RelayAddress;
  readonly room: string;
  readonly participant: string;
  readonly device: string;
  /** Asked before every connection. */
  readonly ticket: (attempt: number) => Promise<string>;
  readonly listener: RelayListener;
};

export class Relay {
  readonly #options: RelayOptions;
  readonly #over = new AbortController();
  readonly #wanted = new Set<Subscription>();
  readonly #announced = new Set<string>();
  #link: Link | null = null;

  constructor(options: RelayOptions) {
    this.#options = options;
    void this.#run();
  }

  /** Publish `object` as a group of its own. */
  publish(track: TrackName, object: Uint8Array): void {
    this.#link?.publish(track, object, true);
    this.#link?.endGroup(track);
  }

  /** Publish `object` as the first of a new group, or the next of the last. */
  append(track: TrackName, object: Uint8Array, isFirst: boolean): void {
    this.#link?.publish(track, object, isFirst);
  }

  /** End the group that was begun last: nothing follows in it. */
  endGroup(track: TrackName): void {
    this.#link?.endGroup(track);
  }

  /** Whether the relay reads the track, which it does while somebody in the room wants it. */
  isWanted(track: TrackName): boolean {
    return this.#link?.isWanted(track) ?? false;
  }

  /** Read the track of another device whenever it is announced, until the returned function is called. */
  subscribe(from: { participant: string; device: string }, track: TrackName, receiver: ObjectReceiver): () => void {
    const subscription = new Subscription(pathOf(from), track, receiver);
    this.#wanted.add(subscription);
    this.#refresh(subscription);
    return () => {
      this.#wanted.delete(subscription);
      subscription.stop();
    };
  }

  close(): void {
    this.#over.abort();
    for (const subscription of this.#wanted) subscription.stop();
    this.#wanted.clear();
    this.#link?.close();
  }

  async #run(): Promise<void> {
    for (let attempt = 0; !this.#over.signal.aborted; ) {
      const startedMs = performance.now();
      const session = await this.#connect(attempt);
      if (session !== null) await this.#serve(session);
      if (this.#over.signal.aborted) return;
      attempt = session !== null && performance.now() - startedMs > HEALTHY_MS ? 1 : attempt + 1;
      this.#options.listener.disconnected(attempt);
      await pause(waitMs(RECONNECT, attempt - 1, Math.random()), this.#over.signal);
    }
  }

  async #connect(attempt: number): Promise<Connection.Established | null> {
    try {
      const { address, room, device } = this.#options;
      const url = new URL(`${address.url}/${room}`);
      const withTicket = new URL(url);
      withTicket.search = new URLSearchParams({ jwt: await this.#options.ticket(attempt), device }).toString();
      const transport = await openTransport(withTicket, address.fingerprints, this.#over.signal);
      // The library writes the address it is given to the console: it gets the one without the ticket.
      return await Connection.connect(url, { transport, signal: this.#over.signal });
    } catch {
      return null;
    }
  }

  async #serve(session: Connection.Established): Promise<void> {
    const link = new Link(session, pathOf(this.#options));
    this.#link = link;
    this.#options.listener.connected();
    const announcements = session.announced();
    void this.#follow(announcements);
    await session.closed.catch(() => undefined);
    announcements.close();
    link.close();
    this.#link = null;
    this.#announced.clear();
    for (const subscription of this.#wanted) subscription.stop();
  }

  async #follow(announcements: Announce.Consumer): Promise<void> {
    try {
      for (let event = await announcements.next(); event; event = await announcements.next()) {
        if (event.active) this.#announced.add(event.path);
        else this.#announced.delete(event.path);
        for (const subscription of this.#wanted) if (subscription.path === event.path) this.#refresh(subscription);
      }
    } catch {
      // The MoQ session is closing; `#run` goes on from there.
    }
  }

  #refresh(subscription: Subscription): void {
    const session = this.#link?.session;
    if (session && this.#announced.has(subscription.path)) subscription.start(session);
    else subscription.stop();
  }
}

/** One MoQ session and the broadcast that this device publishes on it. */
class Link {
  readonly session: Connection.Established;
  readonly #broadcast = new Broadcast.Producer();
  readonly #tracks: Readonly<Record<TrackName, Track.Producer>>;
  readonly #groups: Partial<Record<TrackName, Group.Producer>> = {};

  constructor(session: Connection.Established, path: Path.Valid) {
    this.session = session;
    const created = TRACK_NAMES.map((track) => [track, this.#broadcast.createTrack(TRACKS[track].name)]);
    this.#tracks = Object.fromEntries(created);
    session.publish(path, this.#broadcast);
  }

  publish(track: TrackName, payload: Uint8Array, isFirst: boolean): void {
    if (this.#broadcast.closed.peek() !== undefined) return;
    if (isFirst) {
      this.endGroup(track);
      this.#groups[track] = this.#tracks[track].appendGroup();
    }
    this.#groups[track]?.writeFrame({ payload, timestamp: Time.Timestamp.now() });
  }

  isWanted(track: TrackName): boolean {
    return this.#tracks[track].used.peek();
  }

  endGroup(track: TrackName): void {
    this.#groups[track]?.close();
    delete this.#groups[track];
  }

  close(): void {
    this.#broadcast.close();
    this.session.close();
  }
}

/** A track that this device wants to read, over all MoQ sessions and all times it is announced. */
class Subscription {
  readonly path: Path.Valid;
  readonly #track: TrackName;
  readonly #receiver: ObjectReceiver;
  #running: AbortController | null = null;

  constructor(path: Path.Valid, track: TrackName, receiver: ObjectReceiver) {
    this.path = path;
    this.#track = track;
    this.#receiver = receiver;
  }

  start(session: Connection.Established): void {
    if (this.#running !== null) return;
    this.#running = new AbortController();
    void this.#run(session, this.#running.signal);
  }

  stop(): void {
    this.#running?.abort();
    this.#running = null;
  }

  async #run(session: Connection.Established, signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt++) {
      const broadcast = session.consume(this.path);
      const { name, priority } = TRACKS[this.#track];
      const subscriber = broadcast.track(name).subscribe({ latencyMax: LATENCY_MAX_MS, priority });
      const close = () => {
        subscriber.close();
        broadcast.close();
      };
      signal.addEventListener("abort", close, { once: true });
      const reading = TRACKS[this.#track].isNewestOnly ? this.#readNewest(subscriber) : this.#readAll(subscriber);
      await reading.catch(() => undefined);
      signal.removeEventListener("abort", close);
      close();
      // The publisher ended the track, or the relay knows it no more or not yet.
      await pause(waitMs(RECONNECT, attempt, Math.random()), signal);
    }
  }

  async #readNewest(subscriber: Track.Subscriber): Promise<void> {
    let newest = new AbortController();
    try {
      for (let group = await subscriber.nextGroup(); group; group = await subscriber.nextGroup()) {
        newest.abort();
        newest = new AbortController();
        void this.#drain(group, newest.signal);
      }
    } finally {
      newest.abort();
    }
  }

  /** Read groups side by side, so that one which is held up by a loss holds up no other. */
  async #readAll(subscriber: Track.Subscriber): Promise<void> {
    const over = new AbortController();
    try {
      for (let group = await subscriber.recvGroup(); group; group = await subscriber.recvGroup()) {
        void this.#drain(group, over.signal);
      }
    } finally {
      over.abort();
    }
  }

  async #drain(group: Group.Consumer, signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => group.close(), { once: true });
    try {
      for (let frame = await group.readFrame(); frame && !signal.aborted; frame = await group.readFrame()) {
        await this.#receiver.receive(frame.payload, signal);
      }
    } catch {
      if (!signal.aborted) this.#receiver.interrupted();
    }
  }
}

const pathOf = (from: { participant: string; device: string }): Path.Valid => Path.from(from.participant, from.device);

/** Not in the library's types yet: the choice of protocol. */
type TransportOptions = WebTransportOptions & { readonly protocols: readonly string[] };

async function openTransport(url: URL, fingerprints: readonly string[], signal: AbortSignal): Promise<WebTransport> {
  const hashes = fingerprints.map((hex) => ({ algorithm: "sha-256", value: decodeHex(hex) }));
  const options: TransportOptions = {
    allowPooling: false,
    congestionControl: "low-latency",
    protocols: PROTOCOLS,
    ...(hashes.length > 0 ? { serverCertificateHashes: hashes } : {}),
  };
  const transport = new WebTransport(url, options);
  transport.closed.catch(() => undefined);
  const close = () => transport.close();
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(CONNECT_TIMEOUT_MS)]);
  deadline.addEventListener("abort", close, { once: true });
  try {
    await transport.ready;
    return transport;
  } finally {
    deadline.removeEventListener("abort", close);
  }
}

const decodeHex = (hex: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
  });
}
