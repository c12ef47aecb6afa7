/** One history of a meeting, drawn from a seed, and what must be true of every history. */

import { expect } from "vitest";
import { CONTEXT } from "../../src/e2ee/frames.ts";
import type { GroupInput, MeetingGroup } from "../../src/e2ee/group.ts";
import { deriveKeys, type MeetingKeys } from "../../src/e2ee/meeting_key.ts";
import { decodeHeader } from "../../src/e2ee/sframe.ts";
import { Browser, type Place } from "./browser.ts";
import { ROOM, Room } from "./room.ts";
import { World } from "./world.ts";

/** Presence times out, every member before has had its turn to commit, and heartbeats have gone round. */
const QUIET_MS = 40_000;
const FRAME_INTERVAL_MS = 3000;
/** In a large meeting not everyone shows something at a time. */
const FRAMES_AT_A_TIME = 8;
/** Frames that a later participant gets from whoever has stored everything. */
const STORED_FRAMES = 8;

let keys: Promise<MeetingKeys> | null = null;

export type Plan = {
  readonly seed: number;
  readonly people: number;
  readonly actions: number;
  readonly lengthMs: number;
  /** The share of them who come together at the beginning; the others come whenever. */
  readonly burst: number;
  /** How often an event of the group's life is lost or overtaken by the next; 0 is what TCP promises. */
  readonly faults: number;
};

type Frame = { readonly object: Uint8Array; readonly device: string; readonly at: Place };
/** Somebody who was put out, kept everything, and is given everything by a server that colludes. */
type Ghost = { readonly group: MeetingGroup; readonly device: string };

const isBefore = (a: Place, b: Place): boolean => a.group < b.group || (a.group === b.group && a.epoch < b.epoch);

export class Meeting {
  readonly #plan: Plan;
  readonly #world: World;
  readonly #room: Room;
  readonly #browsers: Browser[] = [];
  readonly #ghosts: Ghost[] = [];
  readonly #sealed = new Set<string>();
  readonly #first = new Map<string, Place>();
  #stored: Frame[] = [];
  #isQuiet = false;
  opened = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#world = new World(plan.seed);
    this.#room = new Room(this.#world);
  }

  get rejoins(): number {
    return this.#browsers.reduce((sum, { rejoins }) => sum + rejoins, 0);
  }

  async run(): Promise<void> {
    const { people, actions, lengthMs } = this.#plan;
    keys ??= deriveKeys(["cobalt", "relay", "onion", "siren", "tulip", "zebra"], ROOM);
    this.#alter();
    const all = await keys;
    for (let nth = 0; nth < people; nth += 1) this.#invite(nth, all);
    for (let nth = 0; nth < actions; nth += 1) this.#world.at(this.#world.between(0, lengthMs), () => this.#act());
    for (let atMs = 0; atMs < lengthMs + QUIET_MS; atMs += FRAME_INTERVAL_MS) this.#world.at(atMs, () => this.#film());
    await this.#world.runUntil(lengthMs);
    this.#isQuiet = true;
    await this.#world.runUntil(lengthMs + QUIET_MS);
    await this.#expectOneMeeting();
  }

  #invite(nth: number, all: MeetingKeys): void {
    const browser = new Browser(nth + 1, {
      world: this.#world,
      room: this.#room,
      keys: all,
      advanced: (each) => this.#expectNothingOfBefore(each),
    });
    this.#browsers.push(browser);
    const { burst, lengthMs } = this.#plan;
    const atMs = this.#world.between(0, this.#world.isLucky(burst) ? 300 : lengthMs);
    this.#world.at(atMs, () => browser.open());
  }

  async #act(): Promise<void> {
    const who = this.#world.pick(this.#browsers.filter(({ isOver, group }) => !isOver && group !== null));
    if (who === undefined) return;
    const chance = this.#world.random();
    if (chance < 0.12) who.leave();
    else if (chance < 0.3) await who.reload();
    else if (chance < 0.4) await who.crash(this.#world.isLucky(0.5));
    else if (chance < 0.6) who.lose();
    else if (chance < 0.8) who.sleep(this.#world.between(500, 25_000));
    else if (chance < 0.93) this.#remove(who);
    else this.#room.restart();
  }

  /** The organizer removes somebody who keeps all keys; from now on the server tells them everything. */
  #remove(who: Browser): void {
    const { group, device } = who;
    this.#room.remove(who.participant);
    if (group !== null) this.#ghosts.push({ group, device });
  }

  /** Events get lost, or one overtakes another; and ghosts hear what everyone hears. */
  #alter(): void {
    const isFault = () => !this.#isQuiet && this.#world.isLucky(this.#plan.faults);
    let last: GroupInput | null = null;
    this.#room.alter = (to, event) => {
      // One event goes to many.
      if (event !== last) for (const { group } of this.#ghosts) void group.handle(event, this.#world.nowMs);
      last = event;
      const isOfGroup = event.type === "commit" || event.type === "accepted" || event.type === "welcome";
      if (!(isOfGroup || event.type === "message") || !isFault()) return [event];
      if (this.#world.isLucky(0.5)) return [];
      this.#world.after(this.#world.between(0, 400), () => to.receive(event));
      return [];
    };
  }

  /** Everyone shows a picture. No two are sealed with the same key and counter, and no ghost sees any. */
  async #film(): Promise<void> {
    const members = this.#browsers.filter(({ isMember, isOver }) => isMember && !isOver);
    const from = Math.floor(this.#world.between(0, members.length));
    for (const browser of [...members.slice(from), ...members.slice(0, from)].slice(0, FRAMES_AT_A_TIME)) {
      const { group, place, device } = browser;
      const object = (await group?.frames.seal(CONTEXT.screen, Uint8Array.of(1))) ?? null;
      if (object === null || place === null) continue;
      const header = decodeHeader(object);
      const nonce = `${place.group}/${place.epoch}/${header?.kid}/${header?.ctr}`;
      expect(this.#sealed.has(nonce), `a key and counter for the second time: ${nonce}`).toBe(false);
      this.#sealed.add(nonce);
      const frame = { object, device, at: place };
      this.#stored = [...this.#stored, frame].slice(-STORED_FRAMES);
      await this.#show(frame);
    }
  }

  async #show(frame: Frame): Promise<void> {
    for (const { group } of this.#browsers) {
      if (group !== null && (await opens(group, frame))) this.opened += 1;
    }
    for (const ghost of this.#ghosts) {
      const since = this.#room.goneSince.get(ghost.device);
      if (since === undefined || isBefore(frame.at, since)) continue;
      // It has taken in everything that it was told.
      await ghost.group.handleTimer(this.#world.nowMs);
      expect(await opens(ghost.group, frame), "opened after removal").toBe(false);
    }
  }

  /** Who enters the group opens nothing that was sealed before their first epoch. */
  async #expectNothingOfBefore({ group, device, place }: Browser): Promise<void> {
    if (group === null || place === null || this.#first.has(device)) return;
    this.#first.set(device, place);
    for (const frame of this.#stored.filter(({ at }) => isBefore(at, place))) {
      expect(await opens(group, frame), "opened from before").toBe(false);
    }
  }

  /** Everyone who is there, and nobody else, is in one group and epoch, in no doubt of anyone, and sees everyone. */
  async #expectOneMeeting(): Promise<void> {
    const there = this.#browsers.filter(({ isOver }) => !isOver);
    expect(there.map(({ isMember }) => isMember)).toEqual(there.map(() => true));
    expect(new Set(there.map(({ safetyWords }) => safetyWords)).size).toBeLessThan(2);
    for (const { place } of there) expect(place).toEqual({ group: this.#room.group, epoch: this.#room.epoch });
    for (const { group } of there) {
      expect(group?.isSettled()).toBe(true);
      for (const { device } of there) {
        expect([group?.trustOf(device), group?.doubtOf(device)]).toEqual(["verified", null]);
      }
    }
    await this.#expectAllSee(there);
  }

  async #expectAllSee(there: readonly Browser[]): Promise<void> {
    for (const from of there.slice(0, FRAMES_AT_A_TIME)) {
      const object = (await from.group?.frames.seal(CONTEXT.camera, Uint8Array.of(2))) ?? null;
      if (object === null) throw new Error("a member that cannot seal");
      for (const to of there) {
        if (to === from || to.group === null) continue;
        expect(await opens(to.group, { object, device: from.device }, CONTEXT.camera)).toBe(true);
      }
      for (const { group } of this.#ghosts) {
        expect(await opens(group, { object, device: from.device }, CONTEXT.camera), "opened after removal").toBe(false);
      }
    }
  }
}

async function opens(group: MeetingGroup, { object, device }: Omit<Frame, "at">, context: 1 | 2 = CONTEXT.screen) {
  return (await group.frames.unseal({ device, context }, object)).ok;
}
