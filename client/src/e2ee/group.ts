/**
 * One meeting's MLS group as this device sees it. A machine: the room session feeds it the events of the room protocol
 * (docs/protocol/room.md) with the time, and performs the effects that it returns, in order. Nothing that comes in makes
 * it throw: what does not verify is as if it had not come.
 */

import { decodeMessage, encodeMessage } from "./application_message.ts";
import { decodeHex, encodeHex, owned } from "./bytes.ts";
import { Candidate } from "./candidate.ts";
import { Committer, findWork, type Work } from "./committer.ts";
import type { Identity } from "./credential.ts";
import { FrameCrypto } from "./frames.ts";
import { type Doubt, Heartbeat, isHeartbeat } from "./heartbeat.ts";
import type { MeetingKeys } from "./meeting_key.ts";
import { type Draft, type Member, type OpenedMessage, wipeDraft } from "./member.ts";
import { type GroupEntry, Roster } from "./roster.ts";
import { readSafetyWords, SAFETY_BYTES, SAFETY_LABEL } from "./safety_words.ts";
import { importBaseKey } from "./sframe.ts";
import type { Leaf } from "./tree.ts";

export type { GroupEntry } from "./roster.ts";

/** Frames and messages of an epoch that has ended are still on their way for a moment. */
const OLD_EPOCH_MS = 5000;
/** How long we wait for what is missing before we leave and enter again: within 3 s we shall see everyone's pictures. */
const REPAIR_MS = 2000;
/** A commit that does not verify may be a forgery with the true one right behind it. */
const REFUSE_MS = 1000;
/** The server answers every commit; 256 KiB are on their way to it for some seconds on a slow link. */
const ANSWER_MS = 10_000;
/** Commits and messages that came before the commit they depend on; more can only be a flood. */
const MAX_EARLY = 64;
/** The type of a message that one member alone can read. */
const PRIVATE = "private";
const BASE_KEY_LABEL = "SFrame 1.0 Base Key";
const BASE_KEY_BYTES = 16;

export type GroupInput =
  | { type: "entered"; group: number; epoch: number; founder: boolean; roster: readonly GroupEntry[] }
  | { type: "joined"; entry: GroupEntry }
  | { type: "left"; device: string; participant: string; reason: string }
  | { type: "found"; group: number }
  | { type: "accepted"; group: number; epoch: number }
  | {
      type: "commit";
      group: number;
      epoch: number;
      from: string;
      commit: Uint8Array;
      adds: readonly string[];
      removes: readonly string[];
    }
  | { type: "welcome"; group: number; epoch: number; from: string; welcome: Uint8Array }
  | { type: "stale"; group: number; epoch: number }
  | { type: "message"; from: string; epoch: number; message: Uint8Array };

export type GroupEffect =
  /** Send this to the server. */
  | {
      type: "commit";
      group: number;
      epoch: number;
      commit: Uint8Array;
      welcome: Uint8Array | null;
      adds: string[];
      removes: string[];
    }
  /** Tell the server that the commit which began this epoch, with this SHA-256, does not verify. */
  | { type: "refuse"; group: number; epoch: number; digest: Uint8Array }
  /** Send this to all other members. */
  | { type: "send"; message: Uint8Array }
  /** A new epoch is in force, since the named came and went: publish the catalog again and cut a key frame. */
  | { type: "epoch"; epoch: number; safetyWords: string[]; came: string[]; went: string[] }
  /** A member's application message, decrypted. */
  | { type: "message"; from: Identity; message: object; isPrivate: boolean }
  /** The answers of `trustOf` and `doubtOf` have changed. */
  | { type: "trust" }
  /** None of those present can be verified with our words. */
  | { type: "wrong-words" }
  /** Our state is beyond repair: leave, and enter again as a new device. */
  | { type: "rejoin" };

type Event<T extends GroupInput["type"]> = Extract<GroupInput, { type: T }>;
type Pending = {
  readonly draft: Draft;
  readonly effect: Extract<GroupEffect, { type: "commit" }>;
  readonly answerByMs: number;
};

export class MeetingGroup {
  readonly frames = new FrameCrypto();
  readonly #room: string;
  readonly #identity: Identity;
  readonly #candidate: Candidate;
  readonly #roster: Roster;
  readonly #committer = new Committer();
  readonly #heartbeat: Heartbeat;
  /** Who was in the group before the present epoch; null until there is one. */
  #leaves: readonly Leaf[] | null = null;
  #queue: Promise<unknown> = Promise.resolve();
  #group = -1;
  #member: Member | null = null;
  /** Our commit that the server has not answered yet. There is at most one in an epoch. */
  #pending: Pending | null = null;
  #commitAtMs: number | null = null;
  #early: (Event<"commit"> | Event<"message">)[] = [];
  /** When the keys of epochs before `epoch` go, in order. */
  #expiries: { epoch: number; atMs: number }[] = [];
  /** Something is missing. Only what is certain makes us leave; suspicion alone is looked at again. */
  #repair: { atMs: number; isCertain: boolean } | null = null;
  /** The commit that would begin the next epoch, and when we refuse it. */
  #refusal: { commit: Uint8Array; atMs: number } | null = null;
  #sawNewerEpoch = false;
  #hasWrongWords = false;
  #isOver = false;

  private constructor(o: { room: string; keys: MeetingKeys; identity: Identity }, candidate: Candidate) {
    this.#room = o.room;
    this.#identity = o.identity;
    this.#candidate = candidate;
    this.#roster = new Roster(o.keys);
    this.#heartbeat = new Heartbeat(o.identity.device);
  }

  static async create(o: { room: string; keys: MeetingKeys; identity: Identity }): Promise<MeetingGroup> {
    return new MeetingGroup(o, await Candidate.create(o.keys, o.identity));
  }

  get keyPackage(): Uint8Array {
    return this.#candidate.keyPackage;
  }

  /** Take one event of the room protocol. Never rejects. */
  handle(event: GroupInput, nowMs: number): Promise<GroupEffect[]> {
    return this.#run(nowMs, (effects) => this.#receive(event, nowMs, effects));
  }

  handleTimer(nowMs: number): Promise<GroupEffect[]> {
    return this.#run(nowMs, async () => {});
  }

  /** When `handleTimer` wants to be called next, by the clock of `nowMs`. */
  nextTimerMs(): number | null {
    const [expiry, repair] = [this.#expiries[0]?.atMs ?? null, this.#repair?.atMs ?? null];
    const answer = this.#pending?.answerByMs ?? null;
    const times = [
      this.#commitAtMs,
      answer,
      expiry,
      repair,
      this.#refusal?.atMs ?? null,
      this.#heartbeat.nextTimerMs(),
    ];
    const set = times.filter((time) => time !== null);
    return set.length === 0 || this.#isOver ? null : Math.min(...set);
  }

  /** Seal an application message; null while we are not a member, or when it is too long. */
  sealMessage(message: object): Promise<Uint8Array | null> {
    return this.#serialize(null, async () => {
      const padded = encodeMessage(message);
      return padded === null || this.#member === null ? null : this.#member.seal(padded);
    });
  }

  /** The same, but only the device `to` can read it, though all members get it; null when it is no member. */
  sealPrivately(message: object, to: string): Promise<Uint8Array | null> {
    return this.#serialize(null, async () => {
      const padded = encodeMessage(message);
      const sealed = padded === null ? null : ((await this.#member?.sealFor(to, padded)) ?? null);
      const outer = sealed === null ? null : encodeMessage({ type: PRIVATE, sealed: encodeHex(sealed) });
      return outer === null || this.#member === null ? null : this.#member.seal(outer);
    });
  }

  isMember(): boolean {
    return this.#member !== null;
  }

  /** Whether nobody is in the group who has left the room: what is said now, is read by those present alone. */
  isSettled(): boolean {
    const present = this.#roster.devices;
    return this.#member?.leaves.every(({ identity }) => present.has(identity.device)) ?? false;
  }

  /** Which group we are in (hex), and its epoch; null while we are in none. */
  get place(): { readonly group: string; readonly epoch: number } | null {
    return this.#member && { group: encodeHex(this.#member.groupId), epoch: this.#member.epoch };
  }

  trustOf(device: string): "verified" | "waiting" | "unverified" {
    const leaf = this.#member?.leaves.find(({ identity }) => identity.device === device);
    if (leaf !== undefined) return this.#roster.shows(leaf.identity) ? "verified" : "unverified";
    const isOurs = device === this.#identity.device;
    return isOurs || this.#roster.isVerified(device) ? "waiting" : "unverified";
  }

  /** Why not to rely on that a member hears what we hear; null when nothing speaks against it. */
  doubtOf(device: string): Doubt | null {
    return this.#heartbeat.doubtOf(device);
  }

  /** Overwrite what secrets we can and answer nothing any more. */
  close(): Promise<void> {
    return this.#serialize(undefined, async () => this.#wipe());
  }

  #run(nowMs: number, step: (effects: GroupEffect[]) => Promise<void>): Promise<GroupEffect[]> {
    return this.#serialize([], async () => {
      const effects: GroupEffect[] = [];
      if (this.#isOver) return effects;
      await step(effects);
      await this.#tick(nowMs, effects);
      return effects;
    });
  }

  /** One after the other; a failure of ours must not stop what comes after it. */
  #serialize<T>(fallback: T, step: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(step).catch(() => fallback);
    this.#queue = result;
    return result;
  }

  async #receive(event: GroupInput, nowMs: number, effects: GroupEffect[]): Promise<void> {
    switch (event.type) {
      case "entered":
        return this.#entered(event, nowMs, effects);
      case "joined":
        return this.#rosterChanged(nowMs, effects, () => this.#roster.add(event.entry));
      case "left":
        if (event.reason === "replaced") this.#committer.hold(event.device, nowMs);
        return this.#rosterChanged(nowMs, effects, () => this.#roster.remove(event.device));
      case "found":
        return this.#found(event.group, nowMs, effects);
      case "accepted":
        return this.#accepted(event, nowMs, effects);
      case "commit":
        return this.#commit(event, nowMs, effects);
      case "welcome":
        return this.#welcome(event, nowMs, effects);
      case "stale":
        return this.#stale(event, nowMs);
      case "message":
        return this.#message(event, nowMs, effects);
      default:
        return event satisfies never;
    }
  }

  async #entered(event: Event<"entered">, nowMs: number, effects: GroupEffect[]): Promise<void> {
    this.#group = event.group;
    await this.#rosterChanged(nowMs, effects, async () => {
      for (const entry of event.roster) await this.#roster.add(entry);
    });
    if (event.founder) await this.#found(event.group, nowMs, effects);
  }

  async #rosterChanged(nowMs: number, effects: GroupEffect[], change: () => Promise<void> | void): Promise<void> {
    await change();
    this.#keepHeartbeats(nowMs);
    effects.push({ type: "trust" });
    const isOther = (device: string) => device !== this.#identity.device;
    const others = [...this.#roster.devices].filter(isOther);
    const isWrong = this.#member === null && others.length > 0 && !this.#roster.verified.some(isOther);
    if (isWrong && !this.#hasWrongWords) effects.push({ type: "wrong-words" });
    this.#hasWrongWords = isWrong;
  }

  async #found(group: number, nowMs: number, effects: GroupEffect[]): Promise<void> {
    if (this.#member !== null) return;
    this.#group = group;
    this.#member = await this.#candidate.found(this.#room);
    this.#candidate.wipe();
    await this.#enterEpoch(this.#member, nowMs, effects);
  }

  async #welcome(event: Event<"welcome">, nowMs: number, effects: GroupEffect[]): Promise<void> {
    if (this.#member !== null) return;
    const member = await this.#candidate.join(this.#room, event.welcome);
    if (member === null || member.epoch !== event.epoch) {
      this.#suspect(nowMs, true);
      return;
    }
    this.#group = event.group;
    this.#member = member;
    this.#candidate.wipe();
    this.#committer.noteEpoch(nowMs);
    await this.#enterEpoch(member, nowMs, effects);
  }

  async #accepted(event: Event<"accepted">, nowMs: number, effects: GroupEffect[]): Promise<void> {
    const pending = this.#pending;
    if (this.#member === null || pending === null || event.group !== this.#group) return;
    if (event.epoch !== this.#member.epoch + 1) return;
    this.#member.accept(pending.draft);
    this.#pending = null;
    await this.#advance(this.#member, nowMs, effects);
    this.#heartbeat.hasten(nowMs);
  }

  async #commit(event: Event<"commit">, nowMs: number, effects: GroupEffect[]): Promise<void> {
    const member = this.#member;
    if (member === null) return this.#missWelcome(event, nowMs);
    if (event.group !== this.#group || event.epoch <= member.epoch) return;
    if (event.epoch > member.epoch + 1) {
      this.#keepEarly(event);
      // Its header agrees with what the server says, so the commit in between has been lost.
      if (member.epochOf(event.commit, "commit") === event.epoch - 1) this.#suspect(nowMs, true);
      return;
    }
    const applied = await member.apply(event.commit, (identity) => this.#roster.shows(identity));
    if (applied === "applied") await this.#advance(member, nowMs, effects);
    else if (applied === "removed") this.#rejoin(effects);
    else this.#doubt(event.commit, nowMs);
  }

  async #stale(event: Event<"stale">, nowMs: number): Promise<void> {
    if (this.#member === null) return;
    // Later: we lack a commit. Earlier: one that we have applied was undone, because most could not.
    if (event.group !== this.#group || event.epoch !== this.#member.epoch) return this.#suspect(nowMs, true);
    const pending = this.#pending;
    // The server is where we are: whatever we had missed, doubted or kept for later is undone.
    this.#repair = null;
    this.#refusal = null;
    this.#early = [];
    if (pending === null) return;
    // Somebody whom it adds has left in the meantime: make another one soon, without them.
    this.#pending = null;
    this.#committer.noteEpoch(nowMs);
    await this.#member.abandon(pending.draft);
  }

  async #message(event: Event<"message">, nowMs: number, effects: GroupEffect[]): Promise<void> {
    const member = this.#member;
    if (member === null) return this.#missWelcome(event, nowMs);
    if (event.epoch > member.epoch) this.#suspect(nowMs, true);
    const epoch = member.epochOf(event.message, "application");
    if (epoch === null) return;
    if (epoch > member.epoch) {
      this.#sawNewerEpoch = true;
      return this.#keepEarly(event);
    }
    const opened = await member.open(event.message);
    const message = opened === null ? null : decodeMessage(opened.payload);
    if (opened === null || message === null || opened.from.device !== event.from) {
      return this.#heartbeat.failToRead(event.from);
    }
    this.#heartbeat.hear(event.from, message, nowMs);
    if (isHeartbeat(message)) return;
    const isPrivate = "type" in message && message.type === PRIVATE;
    const read = isPrivate ? await this.#readPrivate(member, message, opened) : message;
    if (read !== null) effects.push({ type: "message", from: opened.from, message: read, isPrivate });
  }

  /** Return what was sealed for us alone; null when it is for somebody else. */
  async #readPrivate(member: Member, outer: object, { from, epoch }: OpenedMessage): Promise<object | null> {
    const sealed = "sealed" in outer && typeof outer.sealed === "string" ? decodeHex(outer.sealed) : null;
    const padded = sealed === null ? null : await member.openFor(sealed, from.device, epoch);
    return padded === null ? null : decodeMessage(padded);
  }

  /** Only members are told this: we are one for the server, and our Welcome has not come. */
  #missWelcome(event: Event<"commit"> | Event<"message">, nowMs: number): void {
    this.#keepEarly(event);
    this.#suspect(nowMs, true);
  }

  #keepEarly(event: Event<"commit"> | Event<"message">): void {
    if (this.#early.length < MAX_EARLY) this.#early.push(event);
  }

  /** A commit is in force: leave the old epoch and look at what came too early for it. */
  async #advance(member: Member, nowMs: number, effects: GroupEffect[]): Promise<void> {
    this.#committer.noteEpoch(nowMs);
    await this.#enterEpoch(member, nowMs, effects);
  }

  async #enterEpoch(member: Member, nowMs: number, effects: GroupEffect[]): Promise<void> {
    if (this.#pending !== null) wipeDraft(this.#pending.draft);
    this.#pending = null;
    this.#repair = null;
    this.#refusal = null;
    this.#sawNewerEpoch = false;
    this.#hasWrongWords = false;
    const { epoch, ownLeaf } = member;
    const baseKey = await importBaseKey(await member.export(BASE_KEY_LABEL, BASE_KEY_BYTES));
    const leaves = new Map(member.leaves.map(({ leaf, identity }) => [identity.device, leaf]));
    this.frames.enterEpoch({ epoch, baseKey, ownLeaf, leaves });
    this.#expiries.push({ epoch, atMs: nowMs + OLD_EPOCH_MS });
    const safetyWords = readSafetyWords(await member.export(SAFETY_LABEL, SAFETY_BYTES));
    effects.push({ type: "epoch", epoch, safetyWords, ...this.#noteLeaves(member.leaves) }, { type: "trust" });
    this.#keepHeartbeats(nowMs);
    const early = this.#early;
    this.#early = [];
    for (const event of early) await this.#receive(event, nowMs, effects);
  }

  /** Return the names of those who came into the group with this epoch, and of those who went. */
  #noteLeaves(leaves: readonly Leaf[]): { came: string[]; went: string[] } {
    const before = this.#leaves ?? leaves;
    this.#leaves = leaves;
    const missing = (from: readonly Leaf[], those: readonly Leaf[]) => {
      const known = new Set(from.map(({ identity }) => identity.device));
      return those.filter(({ identity }) => !known.has(identity.device)).map(({ identity }) => identity.name);
    };
    return { came: missing(before, leaves), went: missing(leaves, before) };
  }

  #keepHeartbeats(nowMs: number): void {
    const members = this.#member?.leaves.map(({ identity }) => identity.device) ?? [];
    const present = this.#roster.devices;
    this.#heartbeat.keep(
      members.filter((device) => present.has(device)),
      nowMs,
    );
  }

  async #beat(member: Member, nowMs: number, effects: GroupEffect[]): Promise<void> {
    const { say, isChanged } = this.#heartbeat.tick(nowMs);
    if (isChanged) effects.push({ type: "trust" });
    const padded = say === null ? null : encodeMessage(say);
    if (padded !== null) effects.push({ type: "send", message: await member.seal(padded) });
  }

  async #tick(nowMs: number, effects: GroupEffect[]): Promise<void> {
    this.#forgetOldEpochs(nowMs);
    this.#repairIfDue(nowMs, effects);
    await this.#refuseIfDue(nowMs, effects);
    if (this.#member !== null) await this.#beat(this.#member, nowMs, effects);
    if (this.#member !== null && this.#pending === null) await this.#commitIfDue(this.#member, nowMs, effects);
  }

  #forgetOldEpochs(nowMs: number): void {
    const due = this.#expiries.filter(({ atMs }) => atMs <= nowMs);
    this.#expiries = this.#expiries.slice(due.length);
    const epoch = due.at(-1)?.epoch;
    if (epoch === undefined) return;
    this.frames.forgetBefore(epoch);
    this.#member?.forgetBefore(epoch);
  }

  #doubt(commit: Uint8Array, nowMs: number): void {
    this.#suspect(nowMs, false);
    this.#refusal ??= { commit, atMs: nowMs + REFUSE_MS };
  }

  /** Nobody can go on from a commit that most of us cannot verify: the server undoes it then, and names whose it was. */
  async #refuseIfDue(nowMs: number, effects: GroupEffect[]): Promise<void> {
    const refusal = this.#refusal;
    if (this.#member === null || refusal === null || refusal.atMs > nowMs) return;
    this.#refusal = null;
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", owned(refusal.commit)));
    effects.push({ type: "refuse", group: this.#group, epoch: this.#member.epoch + 1, digest });
  }

  #suspect(nowMs: number, isCertain: boolean): void {
    const known = this.#repair ?? { atMs: nowMs + REPAIR_MS, isCertain };
    this.#repair = { atMs: known.atMs, isCertain: known.isCertain || isCertain };
  }

  /** A commit that does not verify may be a forgery that concerns nobody; it matters once others have gone on. */
  #repairIfDue(nowMs: number, effects: GroupEffect[]): void {
    if (this.#pending !== null && this.#pending.answerByMs <= nowMs) return this.#rejoin(effects);
    if (this.#repair === null || this.#repair.atMs > nowMs) return;
    if (this.#repair.isCertain || this.#sawNewerEpoch || this.frames.missesKey) this.#rejoin(effects);
    else this.#repair = { atMs: nowMs + REPAIR_MS, isCertain: false };
  }

  #rejoin(effects: GroupEffect[]): void {
    this.#wipe();
    effects.push({ type: "rejoin" });
  }

  #wipe(): void {
    this.#isOver = true;
    this.#candidate.wipe();
    this.#member?.wipe();
    this.#member = null;
    if (this.#pending !== null) wipeDraft(this.#pending.draft);
    this.#pending = null;
    this.#early = [];
    this.frames.forgetBefore(Number.POSITIVE_INFINITY);
  }

  async #commitIfDue(member: Member, nowMs: number, effects: GroupEffect[]): Promise<void> {
    const work = this.#work(member);
    this.#commitAtMs = this.#committer.dueMs(work, nowMs);
    if (this.#commitAtMs === null || this.#commitAtMs > nowMs) return;
    this.#commitAtMs = null;
    const pending = await this.#draft(member, work, nowMs);
    this.#pending = pending;
    if (pending !== null) effects.push(pending.effect);
    // Nothing of it could be committed: look again later, not at once.
    else this.#committer.noteEpoch(nowMs);
  }

  #work(member: Member): Work {
    const { ownLeaf, leaves } = member;
    return findWork({ ownLeaf, leaves, present: this.#roster.devices, addable: this.#roster.verified });
  }

  async #draft(member: Member, work: Work, nowMs: number): Promise<Pending | null> {
    const removes = work.removes.map(({ leaf }) => leaf);
    const draft =
      (await member.draft(this.#keyPackages(work.adds), removes)) ??
      (await member.draft(this.#keyPackages(await this.#findUsable(member, work.adds)), removes));
    if (draft === null) return null;
    const { commit, welcome } = draft;
    const adds = this.#roster.verified.filter((device) => work.adds.includes(device));
    const gone = work.removes.map(({ identity }) => identity.device);
    return {
      draft,
      answerByMs: nowMs + ANSWER_MS,
      effect: { type: "commit", group: this.#group, epoch: member.epoch, commit, welcome, adds, removes: gone },
    };
  }

  /** Key packages that look sound but cannot be added, or not together, must not keep the others out: find them. */
  async #findUsable(member: Member, adds: readonly string[]): Promise<readonly string[]> {
    const usable: string[] = [];
    for (const device of adds) {
      if ((await member.draft(this.#keyPackages([...usable, device]), [])) === null) this.#roster.distrust(device);
      else usable.push(device);
    }
    return usable;
  }

  #keyPackages(devices: readonly string[]): Uint8Array[] {
    return devices.map((device) => this.#roster.keyPackageOf(device)).filter((bytes) => bytes !== null);
  }
}
