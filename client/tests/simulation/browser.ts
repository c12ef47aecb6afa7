/** One person's browser: the client's own group and reconnection code, on a network that delays, breaks and sleeps. */

import type { Identity } from "../../src/e2ee/credential.ts";
import { type GroupEffect, type GroupInput, MeetingGroup } from "../../src/e2ee/group.ts";
import type { MeetingKeys } from "../../src/e2ee/meeting_key.ts";
import { Reconnect } from "../../src/room/reconnect.ts";
import { type Closing, ROOM, type Room, type Seat } from "./room.ts";
import type { World } from "./world.ts";

/** A broken connection is noticed by the browser after at most so long. */
const NOTICE_MS = 10_000;

/** Where a device stands in the history of the meeting's groups. */
export type Place = { readonly group: number; readonly epoch: number };

export class Browser {
  readonly participant: string;
  readonly #world: World;
  readonly #room: Room;
  readonly #keys: MeetingKeys;
  readonly #reconnect: Reconnect;
  /** Runs whenever this browser enters an epoch. */
  readonly #advanced: (browser: Browser) => Promise<void>;
  #devices = 0;
  #link: Link | null = null;
  #isOver = false;
  #wakesAtMs = 0;
  #timerNth = 0;
  /** The number of the group that we are in, or wait for. */
  #groupNumber = 0;
  group: MeetingGroup | null = null;
  place: Place | null = null;
  safetyWords = "";
  rejoins = 0;

  constructor(
    nth: number,
    o: { world: World; room: Room; keys: MeetingKeys; advanced: (browser: Browser) => Promise<void> },
  ) {
    this.participant = nth.toString(16).padStart(16, "0");
    this.#world = o.world;
    this.#room = o.room;
    this.#keys = o.keys;
    this.#advanced = o.advanced;
    this.#reconnect = new Reconnect(o.world.nowMs);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get isMember(): boolean {
    return this.group?.isMember() ?? false;
  }

  get device(): string {
    return this.#link?.identity.device ?? "";
  }

  async open(): Promise<void> {
    if (this.#isOver) return;
    const id = Number.parseInt(this.participant, 16) * 4096 + this.#devices;
    this.#devices += 1;
    const identity = { participant: this.participant, device: id.toString(16).padStart(16, "d"), name: "Somebody" };
    const group = await MeetingGroup.create({ room: ROOM, keys: this.#keys, identity });
    this.group = group;
    this.place = null;
    const link = new Link(this.#world, identity, group.keyPackage, this);
    this.#link = link;
    link.send(() => this.#room.enter(link));
  }

  /** Unless its person has loaded the page again in the meantime. */
  async #openAgain(): Promise<void> {
    if (this.#link === null) await this.open();
  }

  /** The person leaves, for good. */
  leave(): void {
    const link = this.#link;
    link?.send(() => this.#room.putOut(link, "left"));
    this.#isOver = true;
  }

  /** The computer is gone, without a word; perhaps its person comes back with it. */
  async crash(comesBack: boolean): Promise<void> {
    this.#break();
    if (comesBack) await this.open();
    else this.#isOver = true;
  }

  /** The page is loaded again: the old connection closes, and a new device enters at once. */
  async reload(): Promise<void> {
    const old = this.#link;
    old?.send(() => this.#room.putOut(old, "left"));
    old?.sever();
    await this.open();
  }

  /** The network goes away under the connection. */
  lose(): void {
    const link = this.#link;
    this.#break();
    this.#world.after(this.#world.between(0, NOTICE_MS), () => this.closed(link, "lost"));
  }

  sleep(ms: number): void {
    if (this.#world.nowMs < this.#wakesAtMs) return;
    const link = this.#link;
    this.#wakesAtMs = this.#world.nowMs + ms;
    // Who answers no ping is given up.
    if (ms > NOTICE_MS && link !== null) this.#room.lose(link);
  }

  #break(): void {
    const link = this.#link;
    link?.sever();
    if (link !== null) this.#room.lose(link);
    this.#link = null;
  }

  async hear(link: Link, event: GroupInput): Promise<void> {
    if (this.#isAsleep(() => this.hear(link, event)) || link !== this.#link || this.group === null) return;
    if (event.type === "entered") this.#reconnect.entered(this.#world.nowMs);
    if (event.type === "entered" || event.type === "found" || event.type === "welcome") this.#groupNumber = event.group;
    const [group, nowMs] = [this.group, this.#world.nowMs];
    await this.#perform(link, await group.handle(event, nowMs));
  }

  async closed(link: Link | null, why: Closing | "rejoin"): Promise<void> {
    if (this.#isAsleep(() => this.closed(link, why)) || (this.#link !== null && link !== this.#link)) return;
    if (this.#isOver) return;
    this.#link = null;
    const next = this.#reconnect.closed(why, this.#world.nowMs, this.#world.random());
    // Who is put out for good keeps what it has; an honest page wipes it.
    if (next.type === "over") this.#isOver = true;
    else this.#world.after(next.waitMs, () => this.#openAgain());
  }

  async #perform(link: Link, effects: readonly GroupEffect[]): Promise<void> {
    const { group } = this;
    for (const effect of effects) {
      if (effect.type === "commit") link.send(() => this.#room.commit(link, effect));
      if (effect.type === "send") link.send(() => this.#room.send(link, effect.message));
      if (effect.type === "epoch") {
        this.place = { group: this.#groupNumber, epoch: effect.epoch };
        this.safetyWords = effect.safetyWords.join(" ");
        await this.#advanced(this);
      }
      if (effect.type === "rejoin") {
        this.rejoins += 1;
        link.send(() => this.#room.putOut(link, "lost"));
        link.sever();
        await this.closed(link, "rejoin");
      }
    }
    if (this.group === group) this.#setTimer(link);
  }

  #setTimer(link: Link): void {
    this.#timerNth += 1;
    const [nth, atMs] = [this.#timerNth, this.group?.nextTimerMs() ?? null];
    if (atMs !== null) this.#world.at(atMs, () => this.#tick(link, nth));
  }

  async #tick(link: Link, nth: number): Promise<void> {
    if (this.#isAsleep(() => this.#tick(link, nth))) return;
    if (link !== this.#link || this.group === null || nth !== this.#timerNth) return;
    await this.#perform(link, await this.group.handleTimer(this.#world.nowMs));
  }

  /** Whatever comes to a browser that sleeps waits for its waking. */
  #isAsleep(act: () => Promise<void>): boolean {
    const isAsleep = this.#world.nowMs < this.#wakesAtMs;
    if (isAsleep) this.#world.at(this.#wakesAtMs, act);
    return isAsleep;
  }
}

/** A connection: in order both ways, each message as late as chance has it, nothing at all once it is severed. */
class Link implements Seat {
  readonly identity: Identity;
  readonly keyPackage: Uint8Array;
  readonly #world: World;
  readonly #browser: Browser;
  readonly #delayMs: number;
  #isSevered = false;
  #upMs = 0;
  #downMs = 0;

  constructor(world: World, identity: Identity, keyPackage: Uint8Array, browser: Browser) {
    this.#world = world;
    this.identity = identity;
    this.keyPackage = keyPackage;
    this.#browser = browser;
    this.#delayMs = world.isLucky(0.1) ? world.between(200, 1500) : world.between(5, 100);
  }

  /** What is already under way arrives; nothing follows. */
  sever(): void {
    this.#isSevered = true;
  }

  send(act: () => void): void {
    if (this.#isSevered) return;
    this.#upMs = Math.max(this.#upMs, this.#world.nowMs + this.#world.between(0, this.#delayMs));
    this.#world.at(this.#upMs, act);
  }

  receive(event: GroupInput): void {
    this.#down(() => this.#browser.hear(this, event));
  }

  close(why: Closing): void {
    this.#down(() => this.#browser.closed(this, why));
    this.#isSevered = true;
  }

  #down(act: () => Promise<void>): void {
    if (this.#isSevered) return;
    this.#downMs = Math.max(this.#downMs, this.#world.nowMs + this.#world.between(0, this.#delayMs));
    this.#world.at(this.#downMs, act);
  }
}
