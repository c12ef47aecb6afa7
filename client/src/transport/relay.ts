/**
 * This device's MoQ session with the relay (docs/protocol/media.md, "MoQ"): publishes its one broadcast and subscribes
 * to others'. The only file that knows `@moq/net`. It connects again by itself; objects are opaque bytes.
 */

import { type Announce, Broadcast, type Connection, type Group, Path, Time, type Track } from "@moq/net";
// The library has no export for one version of MoQ alone; all of them together are 20 kB more to load.
import { Connection as LiteConnection, Version } from "../../node_modules/@moq/net/lite/index.js";
import { type Backoff, RECONNECT, waitMs } from "./backoff.ts";
import type { RelayAddress } from "./messages.ts";
import { pause } from "./pause.ts";
import { type Destination, type Reached, type Way, Ways } from "./ways.ts";

/** A MoQ session that lived so long was good, so the next wait is short again. A refused one dies within 10 ms. */
const HEALTHY_MS = 5000;
/** How old a group may be and still be delivered once there is a newer one; 0, the library's default, loses bursts. */
const LATENCY_MAX_MS = 2000;
/**
 * When a session over a WebSocket looks whether UDP comes through by now: soon, because it may only have been late, and
 * ever less often, for the person may have changed networks.
 */
const LOOK_AGAIN: Backoff = { initialMs: 10_000, maxMs: 5 * 60_000 };
/** The library writes the address it is given to the console, and makes no other use of it. */
const NO_ADDRESS = new URL("moq://relay");

/** Groups that are read side by side; the oldest gives way. A relay carries no more of one track either. */
const MAX_OPEN_GROUPS = 32;

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
  control: { name: "control", priority: 3, isNewestOnly: false },
  screen: { name: "screen", priority: 2, isNewestOnly: true },
  "screen-low": { name: "screen-low", priority: 2, isNewestOnly: true },
  camera: { name: "camera", priority: 1, isNewestOnly: true },
  "camera-low": { name: "camera-low", priority: 1, isNewestOnly: true },
  file: { name: "file", priority: 0, isNewestOnly: false },
} as const satisfies Readonly<Record<string, TrackKind>>;

export type TrackName = keyof typeof TRACKS;
export type PictureTrack = Exclude<TrackName, "catalog" | "mic" | "control" | "file">;

export const isPictureTrack = (value: unknown): value is PictureTrack =>
  typeof value === "string" && Object.hasOwn(TRACKS, value) && !["catalog", "mic", "control", "file"].includes(value);

const TRACK_NAMES = Object.keys(TRACKS) as readonly TrackName[];

export interface RelayListener {
  /** A MoQ session is up, by this way and with empty tracks: publish again. */
  connected(way: Way): void;
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
  /** Of the room socket; the relay's is on the same port. */
  readonly liveUrl: string;
  readonly room: string;
  readonly participant: string;
  readonly device: string;
  /** Asked before every connection. */
  readonly ticket: (attempt: number) => Promise<string>;
  readonly listener: RelayListener;
};

/** For the whole page: what was of no use for one connection will be of none for the next. */
const ways = new Ways();

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
      const reached = await this.#reach(attempt);
      const startedMs = performance.now();
      for (let next = reached; next !== null; ) next = await this.#serve(next);
      if (this.#over.signal.aborted) return;
      attempt = reached !== null && performance.now() - startedMs > HEALTHY_MS ? 1 : attempt + 1;
      this.#options.listener.disconnected(attempt);
      await pause(waitMs(RECONNECT, attempt - 1, Math.random()), this.#over.signal);
    }
  }

  async #reach(attempt: number): Promise<Reached | null> {
    try {
      return await ways.reach(await this.#destination(attempt), this.#over.signal);
    } catch {
      return null;
    }
  }

  async #destination(attempt: number): Promise<Destination> {
    const { address, liveUrl, room, device } = this.#options;
    const query = new URLSearchParams({ jwt: await this.#options.ticket(attempt), device }).toString();
    const socketUrl = new URL(`relay/${room}`, liveUrl);
    return { url: new URL(`${address.url}/${room}`), fingerprints: address.fingerprints, socketUrl, query };
  }

  /** Serve one session to its end; return the better way that was found meanwhile, else null. */
  async #serve({ way, transport }: Reached): Promise<Reached | null> {
    if (this.#over.signal.aborted) {
      transport.close();
      return null;
    }
    const session = new LiteConnection({ url: NO_ADDRESS, quic: transport, version: Version.DRAFT_05 });
    const link = new Link(session, pathOf(this.#options));
    this.#link = link;
    this.#options.listener.connected(way);
    const announcements = session.announced();
    void this.#follow(announcements);
    const better = await this.#outlast(session, way);
    announcements.close();
    link.close();
    this.#link = null;
    this.#announced.clear();
    for (const subscription of this.#wanted) subscription.stop();
    return better;
  }

  /** Wait for the end of a session. Over a WebSocket that is also when UDP comes through: return that way then. */
  async #outlast(session: Connection.Established, way: Way): Promise<Reached | null> {
    const end = new AbortController();
    const closed = session.closed.catch(() => undefined).then(() => end.abort());
    if (way !== "blocked") return closed.then(() => null);
    const signal = AbortSignal.any([this.#over.signal, end.signal]);
    for (let attempt = 0; ; attempt++) {
      await pause(waitMs(LOOK_AGAIN, attempt, Math.random()), signal);
      const direct = signal.aborted ? null : await this.#reachDirectly();
      if (direct !== null || signal.aborted) return direct;
    }
  }

  /** The relay ends the session that we have as soon as it admits another: that does not end the attempt. */
  #reachDirectly(): Promise<Reached | null> {
    return this.#destination(1)
      .then((to) => ways.reachDirectly(to, this.#over.signal))
      .catch(() => null);
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
    const open = new Set<AbortController>();
    try {
      for (let group = await subscriber.recvGroup(); group; group = await subscriber.recvGroup()) {
        const [oldest] = open;
        if (oldest !== undefined && open.size >= MAX_OPEN_GROUPS) oldest.abort();
        const over = new AbortController();
        open.add(over);
        void this.#drain(group, over.signal).then(() => open.delete(over));
      }
    } finally {
      for (const over of open) over.abort();
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
