/**
 * Which members hear each other (docs/protocol/media.md, "Heartbeats"): a fork of the group, or a server that holds
 * somebody back, shows as silence. Pure: time is an argument.
 */

/** In a small group everyone says so often that they are here. */
export const PERIOD_MS = 5000;
/** In a large one all together say five heartbeats a second, which costs each member a few milliseconds. */
const PERIOD_PER_MEMBER_MS = 200;
/** With two periods it is longer than the 15 s after which the server itself gives up a device that is gone. */
const PATIENCE_MS = 10_000;
/** So many ids fit into one step of a message's padding. */
export const MAX_UNHEARD = 8;

/**
 * `silent`: nothing of theirs comes; `unreadable`: what came does not open; `unheard`: they say that nothing of ours
 * comes to them.
 */
export type Doubt = "silent" | "unreadable" | "unheard";

type Heard = { atMs: number; isUnreadable: boolean; missesUs: boolean };
type Message = { readonly type: "heartbeat"; readonly unheard: readonly string[] };

export class Heartbeat {
  readonly #own: string;
  readonly #members = new Map<string, Heard>();
  readonly #doubts = new Map<string, Doubt>();
  #sayAtMs: number | null = null;
  #ranAtMs = 0;

  constructor(own: string) {
    this.#own = own;
  }

  doubtOf(device: string): Doubt | null {
    return this.#doubts.get(device) ?? null;
  }

  /** `devices` are in the group and in the room now, ourselves among them. */
  keep(devices: readonly string[], nowMs: number): void {
    const others = new Set(devices.filter((device) => device !== this.#own));
    for (const gone of [...this.#members.keys()].filter((device) => !others.has(device))) this.#members.delete(gone);
    for (const device of others) if (!this.#members.has(device)) this.#members.set(device, newcomer(nowMs));
    if (others.size === 0) this.#sayAtMs = null;
    else this.#sayAtMs ??= nowMs + this.#periodMs;
  }

  /** Say one at the next `tick`: we have begun an epoch, and whoever lacks the commit shall learn of it. */
  hasten(nowMs: number): void {
    if (this.#sayAtMs !== null) this.#sayAtMs = nowMs;
  }

  /** A message of a member has opened. */
  hear(device: string, message: object, nowMs: number): void {
    const heard = this.#members.get(device);
    if (heard === undefined) return;
    heard.atMs = nowMs;
    heard.isUnreadable = false;
    if (isHeartbeat(message)) heard.missesUs = message.unheard.includes(this.#own);
  }

  /** Something that the server says is theirs does not open; a flipped bit on the way is forgotten with the next message. */
  failToRead(device: string): void {
    const heard = this.#members.get(device);
    if (heard !== undefined) heard.isUnreadable = true;
  }

  /** Note who has been silent for too long; return the heartbeat to say, if it is time, and whether a doubt has changed. */
  tick(nowMs: number): { readonly say: Message | null; readonly isChanged: boolean } {
    if (nowMs - this.#ranAtMs > this.#patienceMs) this.#wake(nowMs);
    this.#ranAtMs = nowMs;
    const isChanged = this.#doubt(nowMs);
    if (this.#sayAtMs === null || this.#sayAtMs > nowMs) return { say: null, isChanged };
    this.#sayAtMs = nowMs + this.#periodMs;
    return { say: { type: "heartbeat", unheard: this.#unheard(nowMs) }, isChanged };
  }

  nextTimerMs(): number | null {
    const [sayAtMs, patienceMs] = [this.#sayAtMs, this.#patienceMs];
    if (sayAtMs === null) return null;
    const heard = [...this.#members.values()].map(({ atMs }) => atMs + patienceMs);
    return Math.min(sayAtMs, ...heard.filter((dueMs) => dueMs > this.#ranAtMs));
  }

  get #periodMs(): number {
    return Math.max(PERIOD_MS, (this.#members.size + 1) * PERIOD_PER_MEMBER_MS);
  }

  get #patienceMs(): number {
    return PATIENCE_MS + 2 * this.#periodMs;
  }

  /** The computer slept: that nobody was heard in the meantime tells nothing of them. */
  #wake(nowMs: number): void {
    for (const heard of this.#members.values()) heard.atMs = nowMs;
  }

  #doubt(nowMs: number): boolean {
    const before = new Map(this.#doubts);
    this.#doubts.clear();
    for (const [device, heard] of this.#members) {
      const doubt = this.#doubtOf(heard, nowMs);
      if (doubt !== null) this.#doubts.set(device, doubt);
    }
    return (
      before.size !== this.#doubts.size || [...this.#doubts].some(([device, doubt]) => before.get(device) !== doubt)
    );
  }

  #doubtOf({ atMs, isUnreadable, missesUs }: Heard, nowMs: number): Doubt | null {
    if (nowMs - atMs >= this.#patienceMs) return isUnreadable ? "unreadable" : "silent";
    return missesUs ? "unheard" : null;
  }

  /** The longest first. */
  #unheard(nowMs: number): string[] {
    const late = [...this.#members].filter(([, { atMs }]) => nowMs - atMs >= this.#patienceMs);
    const sorted = late.toSorted(([, a], [, b]) => a.atMs - b.atMs);
    return sorted.slice(0, MAX_UNHEARD).map(([device]) => device);
  }
}

const newcomer = (nowMs: number): Heard => ({ atMs: nowMs, isUnreadable: false, missesUs: false });

export function isHeartbeat(message: object): message is Message {
  const { type, unheard } = message as Record<string, unknown>;
  return type === "heartbeat" && Array.isArray(unheard) && unheard.length <= MAX_UNHEARD;
}
