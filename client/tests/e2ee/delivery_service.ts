/**
 * A delivery service in memory that follows docs/protocol/room.md, and devices attached to it. Time stands still unless
 * a test moves it. Every event passes through `alter`, where mallory sits.
 */

import type { Identity } from "../../src/e2ee/credential.ts";
import { type GroupEffect, type GroupEntry, type GroupInput, MeetingGroup } from "../../src/e2ee/group.ts";
import { deriveKeys, type MeetingKeys } from "../../src/e2ee/meeting_key.ts";

export const ROOM = "481516234";
const WORDS = ["cobalt", "relay", "onion", "siren", "tulip", "zebra"];
export const OTHER_WORDS = ["abacus", "abdomen", "zoom", "zone", "zit", "zippy"];

const ids = { alice: "a", bob: "b", carol: "c", dave: "d", eve: "e", mallory: "f" } as const;
export type Name = keyof typeof ids;

const keysByWords = new Map<string, Promise<MeetingKeys>>();

export function keysOf(words: readonly string[] = WORDS): Promise<MeetingKeys> {
  const id = words.join("-");
  const keys = keysByWords.get(id) ?? deriveKeys(words, ROOM);
  keysByWords.set(id, keys);
  return keys;
}

/** Who `name` is, on the `nth` device. */
export const identityOf = (name: Name, nth = 0): Identity => ({
  participant: ids[name].repeat(16),
  device: ids[name].repeat(15) + nth.toString(16),
  name: name[0]?.toUpperCase() + name.slice(1),
});

/** Whatever can be in the room: a device of ours, or somebody who only listens and forges. */
export type Attached = {
  readonly identity: Identity;
  readonly group: Pick<MeetingGroup, "handle" | "handleTimer" | "nextTimerMs">;
  readonly effects: GroupEffect[];
};

/** Takes part in nothing, but keeps every event that came. */
export function listener(identity: Identity): Attached & { readonly events: GroupInput[] } {
  const events: GroupInput[] = [];
  const group = {
    handle: async (event: GroupInput): Promise<GroupEffect[]> => {
      events.push(event);
      return [];
    },
    handleTimer: async (): Promise<GroupEffect[]> => [],
    nextTimerMs: () => null,
  };
  return { identity, group, effects: [], events };
}

/** One device: its group, and everything the group told the room session. */
export class TestDevice implements Attached {
  readonly identity: Identity;
  readonly group: MeetingGroup;
  readonly effects: GroupEffect[] = [];

  constructor(identity: Identity, group: MeetingGroup) {
    this.identity = identity;
    this.group = group;
  }

  get id(): string {
    return this.identity.device;
  }

  get messages(): object[] {
    return this.effects.flatMap((effect) => (effect.type === "message" ? [effect.message] : []));
  }

  get epoch(): number | null {
    return this.effects.findLast((effect) => effect.type === "epoch")?.epoch ?? null;
  }

  get safetyWords(): string {
    return this.effects.findLast((effect) => effect.type === "epoch")?.safetyWords.join(" ") ?? "";
  }

  count(type: GroupEffect["type"]): number {
    return this.effects.filter((effect) => effect.type === type).length;
  }

  get commits(): Extract<GroupEffect, { type: "commit" }>[] {
    return this.effects.filter((effect) => effect.type === "commit");
  }
}

export type Commit = Extract<GroupEffect, { type: "commit" }>;
type Delivery = { readonly to: Attached; readonly event: GroupInput };

export class DeliveryService {
  nowMs = 0;
  group = 0;
  epoch = 0;
  /** What mallory does to an event on its way; may return several or none. */
  alter: (to: Attached, event: GroupInput) => readonly GroupInput[] = (_to, event) => [event];
  /** Devices whose commits get lost. */
  readonly silent = new Set<string>();
  readonly accepted: { from: string; commit: Commit }[] = [];
  #present: { device: Attached; entry: GroupEntry }[] = [];
  #members = new Set<string>();
  #queue: Delivery[] = [];
  #commands: { from: Attached; commit: Commit }[] = [];

  get roster(): GroupEntry[] {
    return this.#present.map(({ entry }) => ({ ...entry, member: this.#members.has(entry.device) }));
  }

  /** Make a device and let it enter, with the words of the meeting unless told otherwise. */
  async enter(name: Name, o: { nth?: number; words?: readonly string[]; as?: Partial<GroupEntry> } = {}) {
    const identity = identityOf(name, o.nth);
    const group = await MeetingGroup.create({ room: ROOM, keys: await keysOf(o.words), identity });
    const device = new TestDevice(identity, group);
    const entry = { ...identity, role: "attendee", member: false, keyPackage: group.keyPackage, ...o.as };
    this.attach(device, entry);
    return device;
  }

  /** A device enters with the entry that the server shows of it. */
  attach(device: Attached, entry: GroupEntry): void {
    const older = this.#present.filter((present) => present.entry.participant === entry.participant);
    for (const { device: old } of older) this.leave(old, "replaced");
    for (const { device: other } of this.#present) this.post(other, { type: "joined", entry });
    const founder = this.#members.size === 0;
    if (founder) this.#newGroup(device.identity.device);
    this.#present.push({ device, entry });
    const { group, epoch, roster } = this;
    this.post(device, { type: "entered", group, epoch, founder, roster });
  }

  leave(device: Attached, reason = "left"): void {
    const { participant } = device.identity;
    this.#present = this.#present.filter((present) => present.device !== device);
    this.#queue = this.#queue.filter(({ to }) => to !== device);
    const wasMember = this.#members.delete(device.identity.device);
    for (const { device: to } of this.#present)
      this.post(to, { type: "left", device: device.identity.device, participant, reason });
    const next = this.#present[0];
    if (!wasMember || this.#members.size > 0 || next === undefined) return;
    this.#newGroup(next.device.identity.device);
    this.post(next.device, { type: "found", group: this.group });
  }

  #newGroup(founder: string): void {
    this.group += 1;
    this.epoch = 0;
    this.#members = new Set([founder]);
  }

  /** Put an event into the queue of `to`, through mallory's hands. */
  post(to: Attached, event: GroupInput): void {
    for (const altered of this.alter(to, event)) this.#queue.push({ to, event: altered });
  }

  /** Deliver what is under way to `device` only; its commits stay under way. */
  async deliverOnly(device: Attached): Promise<void> {
    const mine = this.#queue.filter(({ to }) => to === device);
    this.#queue = this.#queue.filter(({ to }) => to !== device);
    for (const { event } of mine) await this.deliver(device, event);
  }

  /** Deliver one event at once, past mallory. */
  async deliver(to: Attached, event: GroupInput): Promise<void> {
    await this.#perform(to, await to.group.handle(event, this.nowMs));
  }

  /** Let the timers of all `devices` fire before anything is delivered. */
  async together(devices: readonly Attached[]): Promise<void> {
    for (const device of devices) {
      await this.deliverOnly(device);
      await this.#perform(device, await device.group.handleTimer(this.nowMs));
    }
  }

  /** A commit that got lost arrives after all. */
  resend(from: Attached, commit: Commit | undefined): void {
    if (commit !== undefined) this.#commands.push({ from, commit });
  }

  /** Deliver everything, and everything that follows from it, without letting time pass. */
  async settle(): Promise<void> {
    for (;;) {
      const delivery = this.#queue.shift();
      if (delivery !== undefined) {
        await this.#perform(delivery.to, await delivery.to.group.handle(delivery.event, this.nowMs));
        continue;
      }
      const command = this.#commands.shift();
      if (command === undefined) return;
      this.#submit(command.from, command.commit);
    }
  }

  /** Let `ms` pass, calling each timer when it is due. */
  async pass(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    await this.settle();
    for (;;) {
      const due = this.#nextTimer();
      if (due === null || due.atMs > endMs) break;
      this.nowMs = Math.max(this.nowMs, due.atMs);
      await this.#perform(due.device, await due.device.group.handleTimer(this.nowMs));
      await this.settle();
    }
    this.nowMs = endMs;
  }

  #nextTimer(): { device: Attached; atMs: number } | null {
    const timers = this.#present.flatMap(({ device }) => {
      const atMs = device.group.nextTimerMs();
      return atMs === null ? [] : [{ device, atMs }];
    });
    return timers.toSorted((a, b) => a.atMs - b.atMs)[0] ?? null;
  }

  async #perform(device: Attached, effects: readonly GroupEffect[]): Promise<void> {
    device.effects.push(...effects);
    if (this.silent.has(device.identity.device)) return;
    for (const effect of effects) {
      if (effect.type === "commit") this.#commands.push({ from: device, commit: effect });
      if (effect.type === "send") this.forward(device, effect.message);
    }
  }

  /** First come, first served, one for each epoch. */
  #submit(from: Attached, commit: Commit): void {
    const { group } = this;
    const isWaiting = (device: string) => this.roster.some((entry) => entry.device === device && !entry.member);
    const isCurrent = commit.group === group && commit.epoch === this.epoch && this.#members.has(from.identity.device);
    if (!isCurrent || !commit.adds.every(isWaiting)) {
      this.post(from, { type: "stale", group, epoch: this.epoch });
      return;
    }
    this.epoch += 1;
    this.accepted.push({ from: from.identity.device, commit });
    const { epoch } = this;
    const others = this.#present.filter(({ device }) => this.#members.has(device.identity.device) && device !== from);
    const added = this.#present.filter(
      ({ device }) => commit.adds.includes(device.identity.device) && !this.#members.has(device.identity.device),
    );
    for (const { device } of added) this.#members.add(device.identity.device);
    this.post(from, { type: "accepted", group, epoch });
    const event = {
      group,
      epoch,
      from: from.identity.device,
      commit: commit.commit,
      adds: commit.adds,
      removes: commit.removes,
    };
    for (const { device } of others) this.post(device, { type: "commit", ...event });
    const { welcome } = commit;
    for (const { device } of added)
      if (welcome !== null) this.post(device, { type: "welcome", group, epoch, from: from.identity.device, welcome });
  }

  /** `from` says something to all other members. */
  async say(from: TestDevice, message: object): Promise<Uint8Array> {
    const sealed = await from.group.sealMessage(message);
    if (sealed === null) throw new Error("not a member");
    this.forward(from, sealed);
    return sealed;
  }

  forward(from: Attached, message: Uint8Array): void {
    for (const { device } of this.#present) {
      if (device !== from && this.#members.has(device.identity.device))
        this.post(device, { type: "message", from: from.identity.device, epoch: this.epoch, message });
    }
  }
}
