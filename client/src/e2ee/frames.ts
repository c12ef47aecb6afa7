/** Seals what this device publishes and opens what others publish (docs/protocol/media.md, "SFrame profile"). */

import {
  Counter,
  CTR_LIMIT,
  decodeHeader,
  deriveFrameKey,
  type FrameKey,
  type Header,
  openFrame,
  ReplayWindow,
  sealFrame,
} from "./sframe.ts";

/** The context value of each kind of track. */
export const CONTEXT = {
  catalog: 0,
  screen: 1,
  camera: 2,
  mic: 3,
  cursor: 4,
  control: 5,
  "camera-low": 6,
  file: 7,
  "screen-low": 8,
} as const;
export type Context = (typeof CONTEXT)[keyof typeof CONTEXT];

/** E and S of the KID: 256 epochs before it repeats, 1,024 leaves. */
const EPOCH_BITS = 8;
const LEAF_BITS = 10;
const EPOCHS = 2 ** EPOCH_BITS;
const LEAVES = 2 ** LEAF_BITS;

/** As docs/protocol/media.md says of an object. */
export const MAX_OBJECT_BYTES = 4 * 1024 * 1024;

export type Opened =
  | { ok: true; payload: Uint8Array }
  /**
   * `key`: sealed in an epoch that we do not know, or no longer; `sender`: names another device or track than it came
   * from; `replay`: came before; `forged`: does not open; `malformed`: is no SFrame ciphertext.
   */
  | { ok: false; reason: "key" | "sender" | "replay" | "forged" | "malformed" };

export type FrameEpoch = {
  readonly epoch: number;
  readonly baseKey: CryptoKey;
  readonly ownLeaf: number;
  /** The leaf of each device in the group. */
  readonly leaves: ReadonlyMap<string, number>;
};

export class FrameCrypto {
  readonly #ctrLimit: number;
  /** Oldest first; the last one seals. */
  #epochs: EpochKeys[] = [];
  #missesKey = false;

  constructor(ctrLimit: number = CTR_LIMIT) {
    this.#ctrLimit = ctrLimit;
  }

  /** Seal with the keys of `epoch` from now on; those of earlier ones still open. Called by the group. */
  enterEpoch(epoch: FrameEpoch): void {
    this.#missesKey = false;
    this.#epochs.push(new EpochKeys(epoch, this.#ctrLimit));
  }

  /** Let go of the keys of every epoch before `epoch`. Called by the group. */
  forgetBefore(epoch: number): void {
    this.#epochs = this.#epochs.filter((kept) => kept.epoch >= epoch);
  }

  /** Whether frames of an unknown epoch have come since the last epoch began. */
  get missesKey(): boolean {
    return this.#missesKey;
  }

  /** Return the object to publish; null while we are in no group, or when the counter is used up. */
  async seal(context: Context, payload: Uint8Array): Promise<Uint8Array | null> {
    const newest = this.#epochs.at(-1);
    return newest === undefined ? null : newest.seal(context, payload);
  }

  /** Open an object that came on the track of `context` in the broadcast of `device`. */
  async unseal(from: { readonly device: string; readonly context: Context }, object: Uint8Array): Promise<Opened> {
    const header = object.length > MAX_OBJECT_BYTES ? null : decodeHeader(object);
    if (header === null || header.kid >= KID_END || header.ctr >= CTR_LIMIT) return { ok: false, reason: "malformed" };
    const kid = readKid(header.kid);
    const keys = this.#epochs.findLast(({ epoch }) => epoch % EPOCHS === kid.epoch);
    if (keys === undefined) {
      this.#missesKey = true;
      return { ok: false, reason: "key" };
    }
    if (kid.context !== from.context || kid.leaf !== keys.leafOf(from.device)) return { ok: false, reason: "sender" };
    return keys.open(header, object);
  }
}

/** The keys of one epoch, derived when they are first needed. */
class EpochKeys {
  readonly #of: FrameEpoch;
  readonly #ctrLimit: number;
  readonly #senders = new Map<Context, { key: Promise<FrameKey>; counter: Counter }>();
  /** At most one for each track of each leaf: only KIDs of members come here. */
  readonly #receivers = new Map<bigint, { key: Promise<FrameKey>; window: ReplayWindow }>();

  constructor(of: FrameEpoch, ctrLimit: number) {
    this.#of = of;
    this.#ctrLimit = ctrLimit;
  }

  get epoch(): number {
    return this.#of.epoch;
  }

  leafOf(device: string): number | undefined {
    return this.#of.leaves.get(device);
  }

  async seal(context: Context, payload: Uint8Array): Promise<Uint8Array | null> {
    if (this.#of.ownLeaf >= LEAVES) return null;
    const kid = writeKid(context, this.#of.ownLeaf, this.#of.epoch);
    const sender = this.#senders.get(context) ?? {
      key: deriveFrameKey(this.#of.baseKey, kid),
      counter: new Counter(this.#ctrLimit),
    };
    this.#senders.set(context, sender);
    // Taken before anything is awaited, so that two calls can never have the same.
    const ctr = sender.counter.take();
    return ctr === null ? null : sealFrame(await sender.key, [kid, BigInt(ctr)], payload);
  }

  async open(header: Header, object: Uint8Array): Promise<Opened> {
    const receiver = this.#receivers.get(header.kid) ?? {
      key: deriveFrameKey(this.#of.baseKey, header.kid),
      window: new ReplayWindow(),
    };
    this.#receivers.set(header.kid, receiver);
    const ctr = Number(header.ctr);
    if (!receiver.window.isFresh(ctr)) return { ok: false, reason: "replay" };
    const payload = await openFrame(await receiver.key, header, object);
    if (payload === null) return { ok: false, reason: "forged" };
    // Asked again: the same object may have been opened while we awaited.
    if (!receiver.window.isFresh(ctr)) return { ok: false, reason: "replay" };
    receiver.window.mark(ctr);
    return { ok: true, payload };
  }
}

const CONTEXTS = Object.keys(CONTEXT).length;
const KID_END = BigInt(CONTEXTS * LEAVES * EPOCHS);

const writeKid = (context: Context, leaf: number, epoch: number): bigint =>
  BigInt((context * LEAVES + leaf) * EPOCHS + (epoch % EPOCHS));

function readKid(kid: bigint): { context: number; leaf: number; epoch: number } {
  const number = Number(kid);
  const leaf = Math.floor(number / EPOCHS);
  return { context: Math.floor(leaf / LEAVES), leaf: leaf % LEAVES, epoch: number % EPOCHS };
}
