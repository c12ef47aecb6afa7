/** Who the server says is in the room, and whom of them the meeting's words confirm. */

import { verifyKeyPackageBytes } from "./candidate.ts";
import type { Identity } from "./credential.ts";
import type { MeetingKeys } from "./meeting_key.ts";

/** Devices in a room, as docs/protocol/room.md says; what a server claims beyond is ignored. */
const MAX_DEVICES = 250;

export type GroupEntry = Identity & {
  readonly role: string;
  readonly member: boolean;
  readonly keyPackage: Uint8Array;
};

export class Roster {
  readonly #keys: MeetingKeys;
  readonly #entries = new Map<string, { entry: GroupEntry; isVerified: boolean }>();

  constructor(keys: MeetingKeys) {
    this.#keys = keys;
  }

  async add(entry: GroupEntry): Promise<void> {
    if (this.#entries.size >= MAX_DEVICES && !this.#entries.has(entry.device)) return;
    const identity = await verifyKeyPackageBytes(this.#keys, entry.keyPackage);
    this.#entries.set(entry.device, { entry, isVerified: identity !== null && isSame(identity, entry) });
  }

  remove(device: string): void {
    this.#entries.delete(device);
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

  isVerified(device: string): boolean {
    return this.#entries.get(device)?.isVerified ?? false;
  }

  keyPackageOf(device: string): Uint8Array | null {
    return this.#entries.get(device)?.entry.keyPackage ?? null;
  }

  /** Whether exactly this identity is present. */
  shows(identity: Identity): boolean {
    const known = this.#entries.get(identity.device);
    return known !== undefined && isSame(identity, known.entry);
  }
}

const isSame = (a: Identity, b: Identity): boolean =>
  a.participant === b.participant && a.device === b.device && a.name === b.name;
