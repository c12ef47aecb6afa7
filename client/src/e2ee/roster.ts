/** Who the server says is in the room, and whom of them the meeting's words confirm. */

import type { Identity } from "./credential.ts";
import type { MeetingKeys } from "./meeting_key.ts";
import { verifyKeyPackageBytes } from "./member.ts";

/** Devices in a room, as docs/protocol/room.md says; what a server claims beyond is ignored. */
const MAX_DEVICES = 250;
/** Devices remembered after they left: a commit that adds one may still be under way. */
const MAX_GONE = 1000;

export type GroupEntry = Identity & {
  readonly role: string;
  readonly member: boolean;
  readonly keyPackage: Uint8Array;
};

export class Roster {
  readonly #keys: MeetingKeys;
  readonly #entries = new Map<string, { entry: GroupEntry; isVerified: boolean }>();
  readonly #gone = new Map<string, GroupEntry>();

  constructor(keys: MeetingKeys) {
    this.#keys = keys;
  }

  async add(entry: GroupEntry): Promise<void> {
    if (this.#entries.size >= MAX_DEVICES && !this.#entries.has(entry.device)) return;
    const identity = await verifyKeyPackageBytes(this.#keys, entry.keyPackage);
    this.#entries.set(entry.device, { entry, isVerified: identity !== null && isSame(identity, entry) });
  }

  remove(device: string): void {
    const known = this.#entries.get(device);
    if (known === undefined) return;
    this.#entries.delete(device);
    this.#gone.set(device, known.entry);
    const oldest = this.#gone.keys().next();
    if (this.#gone.size > MAX_GONE && !oldest.done) this.#gone.delete(oldest.value);
  }

  /** The key package could not be used after all. */
  distrust(device: string): void {
    const known = this.#entries.get(device);
    if (known !== undefined) known.isVerified = false;
  }

  get devices(): ReadonlySet<string> {
    return new Set(this.#entries.keys());
  }

  /** Devices whose key packages the words confirm and who are the ones the roster says, in order of entering. */
  get verified(): readonly string[] {
    return [...this.#entries].filter(([, { isVerified }]) => isVerified).map(([device]) => device);
  }

  keyPackageOf(device: string): Uint8Array | null {
    return this.#entries.get(device)?.entry.keyPackage ?? null;
  }

  /** Whether exactly this identity is present. */
  shows(identity: Identity): boolean {
    const known = this.#entries.get(identity.device);
    return known !== undefined && isSame(identity, known.entry);
  }

  /** Whether a commit may add this identity: it is present, or was until a moment ago. */
  admits(identity: Identity): boolean {
    const gone = this.#gone.get(identity.device);
    return this.shows(identity) || (gone !== undefined && isSame(identity, gone));
  }
}

const isSame = (a: Identity, b: Identity): boolean =>
  a.participant === b.participant && a.device === b.device && a.name === b.name;
