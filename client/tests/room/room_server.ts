/**
 * A live node in memory, as far as docs/protocol/room.md lets a client see it, and the site that gives tickets. The
 * relay is out of reach. `installWorld` puts both where the worker's code looks for them.
 */

import { vi } from "vitest";
import { deriveKeys } from "../../src/e2ee/meeting_key.ts";
import { Session } from "../../src/room/session.ts";
import type { RoomCommand, RoomEvent, RoomState } from "../../src/room/state.ts";

export const ROOM = "481516234";
const KEY_URL = "/meetings/481516234/key";
export const WORDS = "cobalt-relay-onion-siren-tulip-zebra";

type Command = {
  type: string;
  ticket: string;
  device: string;
  key_package: string;
  group: number;
  epoch: number;
  commit: string;
  welcome: string | null;
  adds: string[];
  removes: string[];
  message: string;
  participant: string;
  participants: string[];
  locked: boolean;
  role: string;
};
type Seat = { socket: FakeWebSocket; participant: string; name: string; device: string; keyPackage: string };
/** Sits in the lobby. */
type Guest = { socket: FakeWebSocket; command: Command; participant: string; name: string };

const PARTICIPANTS: Readonly<Record<string, string>> = { Alice: "a", Bob: "b", Carol: "c", Dave: "d" };
const participantOf = (name: string) => (PARTICIPANTS[name] ?? "f").repeat(16);

/** The client's end of a socket whose other end is the server below. */
class FakeWebSocket {
  static server: RoomServer;
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onerror: (() => void) | null = null;

  constructor(url: string | URL) {
    const isRelay = new URL(url).pathname.startsWith("/relay/");
    queueMicrotask(() => {
      if (isRelay || !FakeWebSocket.server.isUp) return this.hangUp(1006);
      this.readyState = 1;
      this.onopen?.();
    });
  }
  send(text: string): void {
    queueMicrotask(() => FakeWebSocket.server.receive(this, JSON.parse(text)));
  }
  close(): void {
    this.readyState = 2;
    queueMicrotask(() => FakeWebSocket.server.leave(this, "left"));
  }
  tell(event: object): void {
    queueMicrotask(() => this.readyState === 1 && this.onmessage?.({ data: JSON.stringify(event) }));
  }
  hangUp(code: number): void {
    this.readyState = 3;
    queueMicrotask(() => this.onclose?.({ code }));
  }
}

export class RoomServer {
  isUp = true;
  isSiteUp = true;
  /** The door key of the meeting's words, as the site has it and as the room has. */
  door = "";
  #roomDoor = "";
  tickets = 0;
  refusesKeys = false;
  /** Messages that members have sent. */
  sent = 0;
  holdsCommits = false;
  readonly #held: [Seat, Command][] = [];
  /** The device that the next commit does not reach. */
  #missesCommit = "";
  /** Tickets that the live node refuses. */
  refusesTickets = 0;
  /** Everyone but Alice, who organizes, knocks. */
  hasLobby = false;
  /** What attendees may do. */
  grants = ["chat", "share", "speak"];
  #guests: Guest[] = [];
  #roles = new Map<string, { role: string; grants: string[] }>();
  #seats: Seat[] = [];
  #members = new Set<string>();
  #group = 0;
  #epoch = 0;

  receive(socket: FakeWebSocket, command: Command): void {
    const seat = this.#seats.find((known) => known.socket === socket);
    if (command.type === "enter") return this.#enter(socket, command);
    if (seat === undefined) return this.#leaveLobby(socket);
    this.#moderate(seat, command);
    if (command.type === "send") this.sent += 1;
    if (command.type === "commit" && this.holdsCommits) this.#held.push([seat, command]);
    else if (command.type === "commit") this.#commit(seat, command);
    else if (command.type === "send")
      this.#others(seat, { type: "message", from: seat.device, epoch: this.#epoch, message: command.message });
    else if (command.type === "leave") this.putOut(seat.name, 4000);
    else if (command.type === "end") for (const { name } of [...this.#seats]) this.putOut(name, 4410);
  }

  leave(socket: FakeWebSocket, reason: string): void {
    const seat = this.#seats.find((known) => known.socket === socket);
    if (seat === undefined) return;
    this.#seats = this.#seats.filter((known) => known !== seat);
    this.#members.delete(seat.device);
    for (const { socket: other } of this.#seats) {
      other.tell({ type: "left", device: seat.device, participant: seat.participant, reason });
    }
  }

  #moderate(by: Seat, { type, participant, participants, locked, role }: Command): void {
    if (type === "lock") this.#toAll({ type: "locked", locked, participant: by.participant });
    if (type === "deny") for (const { socket } of this.#answer([participant])) socket.hangUp(4406);
    if (type === "admit") for (const { socket, command } of this.#answer(participants)) this.#seat(socket, command);
    if (type !== "appoint") return;
    const standing = { role, grants: ["chat", "share", "speak"] };
    this.#roles.set(participant, standing);
    this.#toAll({ type: "appointed", participant, ...standing });
  }

  putOut(name: string, code: number): void {
    const seat = this.#seats.find((known) => known.name === name);
    if (seat === undefined) return;
    this.leave(seat.socket, "removed");
    seat.socket.hangUp(code);
  }

  /** The node goes down at once and comes back when the test says so; nothing of a room survives. */
  goDown(): void {
    this.isUp = false;
    const seats = [...this.#seats, ...this.#guests];
    this.#seats = [];
    this.#guests = [];
    this.#members.clear();
    for (const { socket } of seats) socket.hangUp(1012);
  }

  holdBackNextCommitFrom(name: string): void {
    this.#missesCommit = this.#seats.find((seat) => seat.name === name)?.device ?? "";
  }

  releaseCommits(): void {
    this.holdsCommits = false;
    for (const [seat, command] of this.#held) this.#commit(seat, command);
  }

  takeKey(door: string): Response {
    if (this.refusesKeys) return Response.json({ error: "Not now." }, { status: 409 });
    this.door = door;
    return Response.json({ door_key: door });
  }

  ticketFor(name: string): Response {
    this.tickets += 1;
    if (!this.isSiteUp) throw new TypeError("no site");
    const claims = btoa(JSON.stringify({ name, door: this.door }));
    const participant = participantOf(name);
    return Response.json({
      ticket: `e30.${claims}.sig`,
      live_url: "ws://localhost:8443/room",
      participant,
      role: "attendee",
    });
  }

  #enter(socket: FakeWebSocket, command: Command): void {
    if (this.refusesTickets > 0) {
      this.refusesTickets -= 1;
      return socket.hangUp(4401);
    }
    const { name, door } = claimsIn(command);
    if (door !== this.#roomDoor) for (const seat of [...this.#seats]) this.putOut(seat.name, 4401);
    this.#roomDoor = door;
    if (this.hasLobby && name !== "Alice") this.#knock({ socket, command, name, participant: participantOf(name) });
    else this.#seat(socket, command);
  }

  #knock(guest: Guest): void {
    this.#guests.push(guest);
    guest.socket.tell({ type: "knocking" });
    this.#toAdmitters({ type: "knocked", knock: describe(guest) });
  }

  #answer(participants: string[]): Guest[] {
    const answered = this.#guests.filter(({ participant }) => participants.includes(participant));
    this.#guests = this.#guests.filter((guest) => !answered.includes(guest));
    for (const { participant } of answered) this.#toAdmitters({ type: "answered", participant });
    return answered;
  }

  #leaveLobby(socket: FakeWebSocket): void {
    const guest = this.#guests.find((known) => known.socket === socket);
    if (guest !== undefined) this.#answer([guest.participant]);
  }

  #toAll(event: object): void {
    for (const { socket } of this.#seats) socket.tell(event);
  }

  #toAdmitters(event: object): void {
    for (const { socket, name } of this.#seats) if (name === "Alice") socket.tell(event);
  }

  #seat(socket: FakeWebSocket, command: Command): void {
    const { name } = claimsIn(command);
    this.#replace(name);
    const founder = this.#members.size === 0;
    if (founder) [this.#group, this.#epoch] = [this.#group + 1, 0];
    const seat = {
      socket,
      participant: participantOf(name),
      name,
      device: command.device,
      keyPackage: command.key_package,
    };
    for (const { socket: other } of this.#seats) other.tell({ type: "joined", entry: this.#entry(seat) });
    this.#seats.push(seat);
    if (founder) this.#members.add(seat.device);
    socket.tell({
      type: "entered",
      participant: seat.participant,
      device: seat.device,
      ...this.#standing(name),
      group: this.#group,
      epoch: this.#epoch,
      founder,
      roster: this.#seats.map((known) => this.#entry(known)),
      relay: { url: "https://localhost:8443", fingerprints: [] },
      locked: false,
      knocks: name === "Alice" ? this.#guests.map(describe) : [],
    });
  }

  #replace(name: string): void {
    const older = this.#seats.find((known) => known.name === name);
    if (older === undefined) return;
    this.leave(older.socket, "replaced");
    older.socket.hangUp(4409);
  }

  #commit(from: Seat, { group, epoch, commit, welcome, adds, removes }: Command): void {
    if (group !== this.#group || epoch !== this.#epoch) {
      return from.socket.tell({ type: "stale", group: this.#group, epoch: this.#epoch });
    }
    this.#epoch += 1;
    const where = { group, epoch: this.#epoch };
    from.socket.tell({ type: "accepted", ...where });
    for (const { socket, device } of this.#seats) {
      if (device === from.device) continue;
      if (this.#members.has(device) && device === this.#missesCommit) this.#missesCommit = "";
      else if (this.#members.has(device))
        socket.tell({ type: "commit", ...where, from: from.device, commit, adds, removes });
      else if (adds.includes(device)) socket.tell({ type: "welcome", ...where, from: from.device, welcome });
    }
    for (const device of adds) this.#members.add(device);
    for (const device of removes) this.#members.delete(device);
  }

  #others(from: Seat, event: object): void {
    for (const { socket, device } of this.#seats) {
      if (device !== from.device && this.#members.has(device)) socket.tell(event);
    }
  }

  #entry({ participant, device, name, keyPackage }: Seat): object {
    const member = this.#members.has(device);
    return { participant, device, name, ...this.#standing(name), member, key_package: keyPackage };
  }

  #standing(name: string): { role: string; grants: string[] } {
    if (name === "Alice")
      return { role: "organizer", grants: ["admit", "appoint", "chat", "end", "remove", "share", "speak"] };
    return this.#roles.get(participantOf(name)) ?? { role: "attendee", grants: this.grants };
  }
}

const claimsIn = (command: Command): { name: string; door: string } =>
  JSON.parse(atob(command.ticket.split(".")[1] ?? ""));

const describe = ({ participant, name }: Guest) => ({ participant, name, account: false });

/** A browser that decodes nothing, a site, and a live node. */
export async function installWorld(): Promise<RoomServer> {
  const server = new RoomServer();
  server.door = (await deriveKeys(WORDS.split("-"), ROOM)).door.publicKey;
  FakeWebSocket.server = server;
  vi.stubGlobal("WebSocket", FakeWebSocket);
  vi.stubGlobal("fetch", async (url: string, init: { body: string }) => {
    const body = JSON.parse(init.body);
    return url === KEY_URL ? server.takeKey(body.door_key) : server.ticketFor(body.name);
  });
  vi.stubGlobal(
    "VideoDecoder",
    Object.assign(() => undefined, { isConfigSupported: async () => ({ supported: false }) }),
  );
  vi.stubGlobal("OffscreenCanvas", class {});
  return server;
}

/** One tab of a person: a session, and what its page sees. */
export class Tab {
  readonly name: string;
  readonly reactions: string[] = [];
  /** Who has muted us. */
  readonly mutedBy: (string | null)[] = [];
  /** What the page was told of new words. */
  readonly newWords: string[] = [];
  readonly #session: Session;
  #state: RoomState | null = null;

  constructor(name: string, words = WORDS) {
    this.name = name;
    this.#session = new Session((event: RoomEvent) => {
      if (event.type === "state") this.#state = event.state;
      else if (event.type === "words") this.newWords.push(event.words);
      else if (event.type === "muted") this.mutedBy.push(event.by);
      else if (event.type === "reaction") this.reactions.push(`${event.name}: ${event.reaction}`);
    });
    this.#session.receive({
      type: "enter",
      room: ROOM,
      words,
      name,
      ticketUrl: "/j/481516234/ticket",
      keyUrl: KEY_URL,
      csrfToken: "x",
    });
  }

  get state(): RoomState {
    if (this.#state === null) throw new Error("nothing seen yet");
    return this.#state;
  }

  /** The phase in one word, with the reason at the end. */
  get phase(): string {
    const { phase } = this.state;
    return phase.name === "over" ? `over: ${phase.reason}` : phase.name;
  }

  get chat(): string[] {
    return this.state.chat.map(({ fromName, text, delivery }) => `${fromName}: ${text} (${delivery})`);
  }

  get verified(): string[] {
    return this.state.people.filter(({ trust }) => trust === "verified").map(({ name }) => name);
  }

  /** Write to everyone, or to the person of that name alone. */
  write(text: string, name: string | null = null): void {
    const reader = this.#state?.people.find((person) => person.name === name);
    this.writeTo(reader?.participant ?? null, text);
  }

  writeTo(to: string | null, text: string): void {
    this.#session.receive({ type: "chat", text, to, reply: null });
  }

  /** Whose hands are up, in order. */
  get hands(): string[] {
    const raised = this.state.people.filter(({ hand }) => hand > 0);
    return raised.sort((a, b) => a.hand - b.hand).map(({ name }) => name);
  }

  do(type: "leave" | "end"): void {
    this.#session.receive({ type });
  }

  ask(command: RoomCommand): void {
    this.#session.receive(command);
  }
}
