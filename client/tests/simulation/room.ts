/** The live plane of docs/protocol/room.md as the simulated browsers meet it: roster, commit order, presence. */

import type { Identity } from "../../src/e2ee/credential.ts";
import type { GroupEffect, GroupEntry, GroupInput } from "../../src/e2ee/group.ts";
import type { World } from "./world.ts";

export const ROOM = "481516234";
/** The server gives a device up when nothing was heard of it for so long. */
const PRESENCE_TIMEOUT_MS = 15_000;

/** Whatever a device has sent before it fell silent is here by then. */
const ARRIVED_MS = 2000;

export type Closing = "left" | "removed" | "replaced" | "restart" | "lost" | "malformed";
export type Commit = Extract<GroupEffect, { type: "commit" }>;

/** One end of a connection: bytes arrive in order, later or never. */
export interface Seat {
  readonly identity: Identity;
  readonly keyPackage: Uint8Array;
  receive(event: GroupInput): void;
  close(why: Closing): void;
}

export class Room {
  readonly #world: World;
  readonly removed = new Set<string>();
  /** In which epoch of which group a device was no member any more. */
  readonly goneSince = new Map<string, { group: number; epoch: number }>();
  /** What mallory, or a fault, does to one event on its way. */
  alter: (to: Seat, event: GroupInput) => readonly GroupInput[] = (_to, event) => [event];
  group = 0;
  epoch = 0;
  #seats: Seat[] = [];
  #members = new Set<string>();
  #departed = new Set<string>();

  constructor(world: World) {
    this.#world = world;
  }

  get present(): readonly Seat[] {
    return this.#seats;
  }

  enter(seat: Seat): void {
    const { participant, device } = seat.identity;
    if (this.removed.has(participant)) return seat.close("removed");
    if (this.#seats.some((other) => other.identity.device === device)) return seat.close("malformed");
    const older = this.#seats.find((other) => other.identity.participant === participant);
    if (older !== undefined) this.putOut(older, "replaced");
    this.#seats.push(seat);
    const founder = this.#members.size === 0;
    if (founder) this.#found(device);
    const roster = this.#seats.map((each) => this.#entry(each));
    this.#tell([seat], { type: "entered", group: this.group, epoch: this.epoch, founder, roster });
    this.#tell(this.#besides(seat), { type: "joined", entry: this.#entry(seat) });
  }

  /** The connection broke without a word: the server notices when the presence times out. */
  lose(seat: Seat): void {
    this.#world.after(this.#world.between(ARRIVED_MS, PRESENCE_TIMEOUT_MS), () => this.putOut(seat, "lost"));
  }

  putOut(seat: Seat, why: Closing): void {
    if (!this.#seats.includes(seat)) return;
    const { device, participant } = seat.identity;
    this.#seats = this.#besides(seat);
    seat.close(why);
    this.#tell(this.#seats, { type: "left", device, participant, reason: why });
    if (this.#members.delete(device)) this.#departed.add(device);
    const first = this.#seats[0];
    if (this.#members.size > 0 || first === undefined) return;
    this.#found(first.identity.device);
    this.#tell([first], { type: "found", group: this.group });
  }

  remove(participant: string): void {
    this.removed.add(participant);
    const seat = this.#seats.find(({ identity }) => identity.participant === participant);
    if (seat !== undefined) this.putOut(seat, "removed");
  }

  /** The node restarts: everything it knew is gone, but not its count of groups, which tests tell groups by. */
  restart(): void {
    const seats = this.#seats;
    this.#seats = [];
    for (const device of [...this.#members, ...this.#departed]) this.#forget(device);
    this.#members.clear();
    this.#departed.clear();
    for (const seat of seats) seat.close("restart");
  }

  commit(from: Seat, { group, epoch, commit, welcome, adds, removes }: Commit): void {
    if (!this.#seats.includes(from)) return;
    const waits = (device: string) => !this.#members.has(device) && this.#seats.some((seat) => isOf(device)(seat));
    const isCurrent = group === this.group && epoch === this.epoch && this.#members.has(from.identity.device);
    if (!isCurrent || !adds.every(waits)) {
      return this.#tell([from], { type: "stale", group: this.group, epoch: this.epoch });
    }
    const informed = this.#besides(from).filter(({ identity }) => this.#members.has(identity.device));
    const gone = removes.filter((device) => this.#members.has(device) || this.#departed.has(device));
    this.epoch += 1;
    for (const device of gone) {
      this.goneSince.set(device, { group: this.group, epoch: this.epoch });
      this.#members.delete(device);
      this.#departed.delete(device);
    }
    for (const device of adds) this.#members.add(device);
    const common = { group: this.group, epoch: this.epoch };
    this.#tell([from], { type: "accepted", ...common });
    this.#tell(informed, { type: "commit", ...common, from: from.identity.device, commit, adds, removes: gone });
    const added = this.#seats.filter(({ identity }) => adds.includes(identity.device));
    if (welcome !== null) this.#tell(added, { type: "welcome", ...common, from: from.identity.device, welcome });
  }

  send(from: Seat, message: Uint8Array): void {
    if (!this.#members.has(from.identity.device)) return;
    const to = this.#besides(from).filter(({ identity }) => this.#members.has(identity.device));
    this.#tell(to, { type: "message", from: from.identity.device, epoch: this.epoch, message });
  }

  #found(device: string): void {
    for (const device of this.#departed) this.#forget(device);
    this.#departed.clear();
    this.group += 1;
    this.epoch = 0;
    this.#members = new Set([device]);
  }

  /** Whoever was in a group that is dead is in none that follows. */
  #forget(device: string): void {
    this.goneSince.set(device, { group: this.group + 1, epoch: 0 });
  }

  #besides(seat: Seat): Seat[] {
    return this.#seats.filter((other) => other !== seat);
  }

  #entry({ identity, keyPackage }: Seat): GroupEntry {
    return { ...identity, role: "attendee", member: this.#members.has(identity.device), keyPackage };
  }

  #tell(seats: readonly Seat[], event: GroupInput): void {
    for (const seat of seats) for (const altered of this.alter(seat, event)) seat.receive(altered);
  }
}

const isOf =
  (device: string) =>
  ({ identity }: Seat): boolean =>
    identity.device === device;
