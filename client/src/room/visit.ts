/** One device of ours in the room, from entering to leaving or losing it: socket, MLS group, MoQ session, viewers. */

import type { DeviceRef } from "../e2ee/control_seal.ts";
import type { Identity } from "../e2ee/credential.ts";
import { proveWords } from "../e2ee/door.ts";
import { CONTEXT } from "../e2ee/frames.ts";
import { type GroupEffect, type GroupInput, MeetingGroup } from "../e2ee/group.ts";
import type { MeetingKeys } from "../e2ee/meeting_key.ts";
import type { Family } from "../media/codecs.ts";
import type { Surface } from "../media/easel.ts";
import type { ClientCommand, Entered, Entry, HouseEvent, ServerEvent } from "../transport/messages.ts";
import { Relay, type TrackName } from "../transport/relay.ts";
import { type Outcome, RoomSocket } from "../transport/room_socket.ts";
import type { Ticket } from "../transport/ticket_desk.ts";
import type { Way } from "../transport/ways.ts";
import { Alarm } from "./alarm.ts";
import { encodeCatalog, type Published } from "./catalog.ts";
import type { Sound } from "./hearer.ts";
import { House } from "./house.ts";
import { type Keys, Opener } from "./opener.ts";
import { reportIntervalMs } from "./reporter.ts";
import type { Camera, Grant, Person, PictureKind, SafetyChange, SharedScreen } from "./state.ts";
import { Viewer } from "./viewer.ts";

const DEVICE_ID_BYTES = 8;

export type VisitOptions = {
  readonly room: string;
  readonly ticket: Ticket;
  readonly keys: MeetingKeys;
  readonly decodes: Promise<readonly Family[]>;
  readonly renewTicket: () => Promise<string>;
  readonly sound: Sound;
  readonly listener: VisitListener;
};

/** `away`: there is no connection, or no key yet; `gone`: who shall read it is not in the group. */
export type Said = "sent" | "away" | "gone";

export interface VisitListener {
  /** We wait in the lobby. */
  knocking(): void;
  entered(): void;
  /** Somebody knocks, or is with us now in another role. */
  housed(): void;
  /** Something that a person can see has changed. */
  changed(): void;
  /** A new epoch is in force; with the first one we are in the group. */
  epoch(): void;
  message(message: object, from: Identity, isPrivate: boolean): void;
  /** What others decode has changed. */
  cataloged(): void;
  /** A new MoQ session is up, and nothing is published on it yet. */
  relayConnected(): void;
  /** The relay could not be reached `attempt` times in a row. */
  relayAway(attempt: number): void;
  wrongWords(): void;
  /** Called once, last. */
  closed(outcome: Outcome | "rejoin"): void;
}

export class Visit implements Keys {
  readonly device = drawId();
  readonly #options: VisitOptions;
  readonly #group: Promise<MeetingGroup>;
  readonly #socket: RoomSocket;
  readonly #alarm = new Alarm(() => this.#tick());
  readonly #roster = new Map<string, Entry>();
  readonly house = new House();
  readonly #viewers = new Map<string, Viewer>();
  #machine: MeetingGroup | null = null;
  #entered: Entered | null = null;
  #relay: Relay | null = null;
  #way: Way | null = null;
  #safetyWords: readonly string[] | null = null;
  #safetyChange: SafetyChange | null = null;
  #nextEpoch = Promise.withResolvers<void>();
  #isOver = false;
  /** Objects are sealed side by side and published in order, each track by itself. */
  readonly #published = new Map<TrackName, Promise<void>>();

  constructor(options: VisitOptions) {
    this.#options = options;
    const { room, keys, ticket } = options;
    const identity = { participant: ticket.participant, device: this.device, name: ticket.name };
    this.#group = MeetingGroup.create({ room, keys, identity });
    this.#socket = new RoomSocket(ticket.liveUrl, {
      opened: () => void this.#enter(),
      received: (event) => void this.#receive(event),
      closed: (outcome) => this.#end(outcome),
    });
  }

  get entry(): Entered | null {
    return this.#entered;
  }

  get isMember(): boolean {
    return this.#machine?.isMember() ?? false;
  }

  /** Whether what is said now is read by those present alone. */
  get isSettled(): boolean {
    return this.#machine?.isSettled() ?? false;
  }

  get isAlone(): boolean {
    return this.#roster.size <= 1;
  }

  /** How we reach the relay; null while we do not. */
  get way(): Way | null {
    return this.#way;
  }

  get safetyWords(): readonly string[] | null {
    return this.#safetyWords;
  }

  get safetyChange(): SafetyChange | null {
    return this.#safetyChange;
  }

  get frames() {
    if (this.#machine === null) throw new Error("frames before the room was entered");
    return this.#machine.frames;
  }

  nextEpoch(): Promise<void> {
    return this.#nextEpoch.promise;
  }

  people(handsUp: readonly string[]): Person[] {
    return [...this.#roster.values()].map(({ participant, device, name, role }) => {
      const trust = this.#machine?.trustOf(device) ?? "waiting";
      const doubt = this.#machine?.doubtOf(device) ?? null;
      const isMuted = (this.#viewers.get(device)?.catalog?.mic ?? null) === null || !this.may(device, "speak");
      const hand = handsUp.indexOf(participant) + 1;
      return { participant, device, name, role, isSelf: device === this.device, hand, trust, doubt, isMuted };
    });
  }

  /** Whether a device may do something, as the server says. */
  may(device: string, grant: Grant): boolean {
    return this.#roster.get(device)?.grants.includes(grant) ?? false;
  }

  isOrganizer(device: string): boolean {
    return this.#roster.get(device)?.role === "organizer";
  }

  /** Whether a device is with us in the MLS group. */
  isTogether(device: string): boolean {
    return (
      this.#machine?.isMember() === true && this.#machine.trustOf(device) === "verified" && this.#roster.has(device)
    );
  }

  find(device: string): Entry | null {
    return this.#roster.get(device) ?? null;
  }

  /** Who we are in which MLS group, and its epoch; null while we are in none. */
  get own(): { participant: string; device: string; group: string; epoch: number } | null {
    const [place, participant] = [this.#machine?.place ?? null, this.#entered?.participant];
    return place === null || participant === undefined ? null : { participant, device: this.device, ...place };
  }

  /** The screens of those who may share. */
  screens(): SharedScreen[] {
    return [...this.#viewers].flatMap(([device, { screen, catalog }]) => {
      if (screen === null || !this.may(device, "share")) return [];
      const name = this.#roster.get(device)?.name ?? "";
      return [{ device, name, isSelf: false, controller: catalog?.control ?? null, ...screen }];
    });
  }

  cameras(): Camera[] {
    return [...this.#viewers].flatMap(([device, { camera }]) => (camera === null ? [] : [{ device, ...camera }]));
  }

  /** What the others decode, as far as they have said. */
  othersDecode(): (readonly Family[])[] {
    return [...this.#viewers.values()].flatMap(({ catalog }) => (catalog === null ? [] : [catalog.decode]));
  }

  place(kind: PictureKind, device: string, surface: Surface | null): void {
    this.#viewers.get(device)?.place(kind, surface);
  }

  watchCamera(device: string, heightPx: number): void {
    this.#viewers.get(device)?.watchCamera(heightPx);
  }

  isWanted(track: TrackName): boolean {
    return this.#relay?.isWanted(track) ?? false;
  }

  /** Ask the server for what only an organizer may. */
  command(command: Extract<ClientCommand, { type: "admit" | "deny" | "lock" | "appoint" | "remove" | "end" }>): void {
    this.#socket.send(command);
  }

  leave(): void {
    this.#socket.send({ type: "leave" });
    this.close();
  }

  /** Send to all other members, or so that one participant alone can read it. */
  async say(message: object, to: string | null = null): Promise<Said> {
    const machine = this.#machine;
    if (machine === null || !machine.isMember()) return "away";
    const sealed = await (to === null ? machine.sealMessage(message) : this.#sealFor(machine, message, to));
    if (sealed === null) return "gone";
    return this.#socket.send({ type: "send", message: sealed }) ? "sent" : "away";
  }

  async #sealFor(machine: MeetingGroup, message: object, to: string): Promise<Uint8Array | null> {
    const entry = [...this.#roster.values()].find(({ participant }) => participant === to);
    return entry === undefined ? null : machine.sealPrivately(message, entry.device);
  }

  /** Seal and publish a frame, as the first of a new group or the next of the last. */
  publish(track: Exclude<TrackName, "catalog" | "file">, frame: Uint8Array, isFirst: boolean): void {
    this.#publish(track, frame, (object) => this.#relay?.append(track, object, isFirst));
  }

  publishFile(piece: Uint8Array): void {
    this.#publish("file", piece, (object) => this.#relay?.publish("file", object));
  }

  /** Read the pieces of files that a participant publishes; null when they are not here. */
  readFiles(participant: string, receive: (piece: Uint8Array) => Promise<void>): (() => void) | null {
    const from = [...this.#roster.values()].find((entry) => entry.participant === participant);
    if (from === undefined || this.#relay === null) return null;
    const opener = new Opener({ keys: this, device: from.device, context: CONTEXT.file, lacksKey: () => undefined });
    return this.#relay.subscribe(from, "file", {
      receive: async (object, signal) => {
        const piece = await opener.open(object, signal);
        if (piece !== null && !signal.aborted) await receive(piece);
      },
      // Every piece stands alone: what is missing is asked for again.
      interrupted: () => undefined,
    });
  }

  /** Read what a device publishes on its track `control`; null when we have no session with the relay. */
  readControl(from: DeviceRef, receive: (input: Uint8Array) => Promise<void>): (() => void) | null {
    if (this.#relay === null) return null;
    const opener = new Opener({ keys: this, device: from.device, context: CONTEXT.control, lacksKey: () => undefined });
    return this.#relay.subscribe(from, "control", {
      receive: async (object, signal) => {
        const input = await opener.open(object, signal);
        if (input !== null && !signal.aborted) await receive(input);
      },
      // The helper sees the gap, and lets go of what is held down.
      interrupted: () => undefined,
    });
  }

  /** Nothing follows in the group that was begun last. */
  endGroup(track: TrackName): void {
    const before = this.#published.get(track);
    this.#published.set(
      track,
      Promise.resolve(before).then(() => this.#relay?.endGroup(track)),
    );
  }

  async publishCatalog(published: Published): Promise<void> {
    const decode = await this.#options.decodes;
    const catalog = encodeCatalog({ decode, ...published });
    this.#publish("catalog", catalog, (object) => this.#relay?.publish("catalog", object));
  }

  close(outcome: Outcome | "rejoin" = "left"): void {
    this.#end(outcome);
    this.#socket.close();
  }

  async #enter(): Promise<void> {
    const { keyPackage } = await this.#group;
    const entry = { ticket: this.#options.ticket.jwt, device: this.device, keyPackage };
    const proof = await proveWords(this.#options.keys.door, entry);
    this.#socket.send({ type: "enter", ...entry, proof });
  }

  async #receive(event: ServerEvent): Promise<void> {
    const group = await this.#group;
    if (this.#isOver) return;
    this.#machine = group;
    if (isOfHouse(event)) return this.#hearOfHouse(event);
    if (event.type === "entered") this.#begin(event);
    else if (event.type === "joined") this.#join(event.entry);
    else if (event.type === "left") this.#drop(event.device);
    await this.#perform(group.handle(event satisfies GroupInput, performance.now()));
  }

  #hearOfHouse(event: HouseEvent): void {
    if (event.type === "appointed") this.#appoint(event);
    else this.house.receive(event);
    if (event.type === "knocking") this.#options.listener.knocking();
    else this.#options.listener.housed();
    this.#options.listener.changed();
  }

  #appoint({ participant, role, grants }: Extract<HouseEvent, { type: "appointed" }>): void {
    for (const [device, entry] of this.#roster) {
      if (entry.participant === participant) this.#roster.set(device, { ...entry, role, grants });
    }
    if (this.#entered?.participant === participant) this.#entered = { ...this.#entered, role, grants };
  }

  #begin(entered: Entered): void {
    this.#entered = entered;
    this.house.enter(entered);
    const { room, renewTicket, ticket, listener } = this.#options;
    this.#relay = new Relay({
      address: entered.relay,
      liveUrl: ticket.liveUrl,
      room,
      participant: entered.participant,
      device: this.device,
      ticket: (attempt) => (attempt === 0 ? Promise.resolve(ticket.jwt) : renewTicket()),
      listener: {
        connected: (way) => {
          this.#way = way;
          listener.relayConnected();
        },
        disconnected: (attempt) => {
          this.#way = null;
          listener.relayAway(attempt);
        },
      },
    });
    for (const entry of entered.roster) this.#join(entry);
    listener.entered();
  }

  #join(entry: Entry): void {
    this.#drop(entry.device);
    this.#roster.set(entry.device, entry);
    if (entry.device !== this.device && this.#relay !== null) {
      this.#viewers.set(entry.device, this.#watch(entry, this.#relay));
    }
  }

  #watch(from: Entry, relay: Relay): Viewer {
    const { changed, cataloged } = this.#options.listener;
    return new Viewer({
      from,
      maySpeak: () => this.may(from.device, "speak"),
      keys: this,
      relay,
      sound: this.#options.sound,
      changed: () => changed.call(this.#options.listener),
      cataloged: () => cataloged.call(this.#options.listener),
      refresh: (device, track) => void this.say({ type: "refresh", device, track }),
      report: (device, track, reception) => void this.say({ type: "reception", device, track, reception }),
      reportIntervalMs: () => reportIntervalMs(this.#roster.size),
    });
  }

  #drop(device: string): void {
    this.#roster.delete(device);
    this.#viewers.get(device)?.close();
    this.#viewers.delete(device);
  }

  async #perform(effects: Promise<readonly GroupEffect[]>): Promise<void> {
    for (const effect of await effects) if (!this.#isOver) this.#effect(effect);
    if (this.#isOver) return;
    this.#alarm.set(this.#machine?.nextTimerMs() ?? null);
    this.#options.listener.changed();
  }

  #effect(effect: GroupEffect): void {
    const { listener } = this.#options;
    switch (effect.type) {
      case "commit":
      case "refuse":
      case "send":
        this.#socket.send(effect);
        return;
      case "epoch":
        this.#noteSafetyWords(effect);
        this.#nextEpoch.resolve();
        this.#nextEpoch = Promise.withResolvers<void>();
        return listener.epoch();
      case "message":
        return listener.message(effect.message, effect.from, effect.isPrivate);
      case "trust":
        return;
      case "wrong-words":
        return listener.wrongWords();
      case "rejoin":
        return this.close("rejoin");
      default:
        return effect satisfies never;
    }
  }

  #noteSafetyWords({ safetyWords, came, went }: Extract<GroupEffect, { type: "epoch" }>): void {
    this.#safetyWords = safetyWords;
    if (came.length + went.length > 0) this.#safetyChange = { atMs: Date.now(), came, went };
  }

  #tick(): void {
    const machine = this.#machine;
    if (machine !== null) void this.#perform(machine.handleTimer(performance.now()));
  }

  #publish(track: TrackName, plaintext: Uint8Array, send: (object: Uint8Array) => void): void {
    const sealing = this.#machine?.frames.seal(CONTEXT[track], plaintext);
    if (sealing === undefined) return;
    const before = this.#published.get(track);
    const published = async () => {
      const object = await sealing.catch(() => null);
      await before;
      if (object !== null && !this.#isOver) send(object);
    };
    this.#published.set(track, published());
  }

  #end(outcome: Outcome | "rejoin"): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#alarm.set(null);
    for (const viewer of this.#viewers.values()) viewer.close();
    this.#viewers.clear();
    this.#relay?.close();
    void this.#group.then((group) => group.close());
    this.#options.listener.closed(outcome);
  }
}

const HOUSE: ReadonlySet<string> = new Set<HouseEvent["type"]>([
  "knocking",
  "knocked",
  "answered",
  "locked",
  "appointed",
]);

const isOfHouse = (event: ServerEvent): event is HouseEvent => HOUSE.has(event.type);

/** Return 16 random hex digits: a device's id, drawn anew for every connection, or a message's. */
export function drawId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(DEVICE_ID_BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
