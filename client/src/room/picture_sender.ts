/** One picture track of ours, from pictures to the plaintext of objects; it outlives connections and devices. */

import type { Family, Size } from "../media/codecs.ts";
import { Fineness } from "../media/fineness.ts";
import { allocateFrame, type PictureFormat } from "../media/frame.ts";
import { GroupSpan } from "../media/group_span.ts";
import { CutPace } from "../media/pace.ts";
import { Pacing } from "../media/pacing.ts";
import { PictureEncoder, sizeOf } from "../media/picture_encoder.ts";
import { fine, type Profile } from "../media/profile.ts";
import type { Reception } from "../media/reception.ts";
import { Stillness } from "../media/stillness.ts";
import { Alarm } from "./alarm.ts";

/** An encoder fails for instance when the graphics processor is taken away; one that keeps failing is of no use. */
const MAX_FAILURES = 3;

/** So long may a change take to be encoded finely: three pictures at 30 Hz are not missed. */
const MAX_LATE_MS = 100;
/** How soon to see again whether the link has room. */
const ROOM_AGAIN_MS = 2000;
const BITS_PER_BYTE = 8;

export interface SenderListener {
  /** Return the family to encode pictures of `size` in, or null when there is none that everyone can show. */
  chooseFamily(size: Size): Promise<Family | null>;
  /** Return the family to encode a still picture in as fine as it is, or null. */
  chooseFine(size: Size): Promise<Family | null>;
  /** `tookMs` after the picture was taken. */
  encoded(frame: Uint8Array, isKey: boolean, tookMs: number): void;
  /** Whether what is sent is as good as a better rendition would be. */
  isAmple?(): boolean;
  /** There is no encoder that serves. Called once, last, unless it was closed. */
  failed(): void;
}

export class PictureSender {
  readonly #listener: SenderListener;
  readonly #startUnixUs = Math.round((performance.timeOrigin + performance.now()) * 1000);
  readonly #stillness = new Stillness();
  readonly #repeatAlarm = new Alarm(() => this.#repeat());
  readonly #span: GroupSpan;
  readonly #cutPace = new CutPace();
  readonly #cutAlarm = new Alarm(() => this.cutKeyFrame());
  /** For a track whose viewers tell how it comes. */
  #pacing: Pacing | null;
  readonly #heldAlarm = new Alarm(() => this.#encode());
  #profile: Profile;
  #encoder: PictureEncoder | null = null;
  /** What is encoded while the screen moves. */
  #family: Family | null = null;
  /** The screen hardly moves, and is encoded as fine as it is. */
  #isFine = false;
  /** Makes a first fine picture, beside what goes on. */
  #finer: PictureEncoder | null = null;
  #refined: VideoFrame | null = null;
  /** It has changed much since it became so. */
  #isMoving = false;
  readonly #fineness = new Fineness();
  readonly #fineAlarm = new Alarm(() => void this.#refine());
  readonly #lateAlarm = new Alarm(() => this.#coarsen());
  #isChoosing = false;
  #last: VideoFrame | null = null;
  /** When the last picture was taken, or was found to be still the same. */
  #takenUs = 0;
  #lastUs = 0;
  #size: Size = { width: 0, height: 0 };
  #wantsKey = true;
  /** The encoder was busy when the last picture came: it takes it, or a newer one, as soon as it is free. */
  #isWaiting = false;
  /** No object is sent before the key frame that begins the numbering anew. */
  #group = -1;
  #index = 0;
  #failures = 0;
  #isOver = false;

  constructor(profile: Profile, listener: SenderListener) {
    this.#profile = profile;
    this.#listener = listener;
    this.#span = new GroupSpan(profile.groupPictures);
    this.#pacing = openPacing(profile);
  }

  /** Send in another size from now on. */
  adopt(profile: Profile): void {
    if (profile === this.#profile) return;
    this.#profile = profile;
    if (this.#encoder !== null) this.#encoder.profile = profile;
    this.#wantsKey = true;
  }

  /** Send `picture`, which is the sender's from now on. */
  send(picture: VideoFrame): void {
    if (this.#isOver) return picture.close();
    this.#last?.close();
    this.#last = picture;
    this.#takenUs = this.#nowUs();
    if (this.#encoder === null) void this.#choose();
    else if (this.#isMoving) this.#coarsen();
    else this.#encode();
    this.#expectStillness();
  }

  /** We are a new device: its objects are numbered from 0, beginning with the next key frame. */
  restart(): void {
    this.#group = -1;
    this.#wantsKey = true;
  }

  /** Cut a key frame now, as quickly as can be: somebody waits for it. */
  cutKeyFrame(): void {
    if (this.#isFine) this.#coarsen();
    else this.#cut();
  }

  #cut(): void {
    this.#cutAlarm.set(null);
    this.#cutPace.cut(performance.now());
    this.#wantsKey = true;
    this.#takenUs = this.#nowUs();
    this.#encode();
    this.#expectStillness();
  }

  /** Cut a key frame because a viewer asked: at most once a second. */
  refresh(): void {
    const now = performance.now();
    this.#cutAlarm.set(now + this.#cutPace.waitMs(now, this.#pacing?.keyFrameMs));
  }

  /** A viewer has told how our pictures come. */
  heard(from: string, reception: Reception): void {
    this.#pacing?.heard(from, reception, unixMs());
  }

  forget(viewer: string): void {
    this.#pacing?.forget(viewer);
  }

  /** Those who watch have changed: perhaps another codec is right now. */
  reconsider(): void {
    if (this.#last !== null) void this.#choose();
  }

  /** As good as that are the pictures. */
  get targetBps(): number {
    return this.#pacing?.rate.bitrateBps ?? 0;
  }

  /** Nobody looks: hold no encoder and no picture until the next one is given, which will be a key frame. */
  pause(): void {
    this.#repeatAlarm.set(null);
    this.#cutAlarm.set(null);
    this.#heldAlarm.set(null);
    this.#fineAlarm.set(null);
    this.#lateAlarm.set(null);
    this.#dropFiner();
    this.#encoder?.close();
    this.#encoder = null;
    this.#isFine = false;
    this.#last?.close();
    this.#last = null;
    if (this.#profile.startBps === undefined) return;
    // Those who will look have other links than those who did.
    this.#pacing = openPacing(this.#profile);
    this.#size = { width: 0, height: 0 };
  }

  close(): void {
    this.#isOver = true;
    this.pause();
  }

  async #choose(): Promise<void> {
    if (this.#isChoosing || this.#last === null) return;
    this.#isChoosing = true;
    const family = await this.#listener.chooseFamily(sizeOf(this.#last));
    this.#isChoosing = false;
    if (this.#last === null) return;
    if (family === null) return this.#end();
    const isSame = this.#encoder !== null && family === this.#family;
    this.#family = family;
    if (!isSame || (this.#isFine && !(await this.#isFineStill()))) this.#swap(family);
  }

  /** Whether those who watch can still show what is encoded finely. */
  async #isFineStill(): Promise<boolean> {
    return this.#last !== null && (await this.#listener.chooseFine(sizeOf(this.#last))) === this.#encoder?.family;
  }

  /** The screen is calm: encode it anew, as fine as it is, if the link has room for that and everyone can show it. */
  async #refine(): Promise<void> {
    if (this.#last === null || this.#isFine) return;
    if (!this.#hasRoom(sizeOf(this.#last))) return this.#fineAlarm.set(performance.now() + ROOM_AGAIN_MS);
    const family = await this.#listener.chooseFine(sizeOf(this.#last));
    if (family === null || this.#last === null || this.#encoder === null || this.#isFine || this.#fineAlarm.isSet)
      return;
    this.#dropFiner();
    this.#finer = this.#openEncoder(family, fine(this.#profile));
    this.#refined = this.#last;
    this.#finer.encode(this.#last, this.#nowUs(), true);
  }

  /** The first fine picture is there. */
  #becomeFine(finer: PictureEncoder): void {
    this.#finer = null;
    this.#encoder?.close();
    this.#encoder = finer;
    this.#isFine = true;
    this.#fineness.began(performance.now());
    this.#takenUs = this.#nowUs();
    // What is new since it was begun follows as a small change.
    this.#isWaiting = this.#last !== this.#refined;
    this.#wantsKey = false;
    this.#repeatAlarm.set(null);
  }

  #dropFiner(): void {
    this.#finer?.close();
    this.#finer = null;
  }

  /** The screen moves, or somebody waits for a key frame: what was quick before is quick enough again. */
  #coarsen(): void {
    if (!this.#isFine || this.#family === null) return;
    this.#fineness.lost(performance.now());
    this.#swap(this.#family);
  }

  #swap(family: Family): void {
    this.#lateAlarm.set(null);
    this.#isMoving = false;
    this.#isFine = false;
    this.#encoder?.close();
    this.#encoder = this.#openEncoder(family, this.#profile);
    this.#cut();
  }

  /** Whether the link carries all that pictures of `size` are worth. */
  #hasRoom(size: Size): boolean {
    const rate = this.#pacing?.rate;
    return rate !== undefined && rate.scale === 1 && rate.bitrateBps >= this.#profile.bitrateBps(size);
  }

  #openEncoder(family: Family, profile: Profile): PictureEncoder {
    const encoder: PictureEncoder = new PictureEncoder(family, profile, {
      encoded: (chunk, format) => {
        if (this.#finer === encoder) this.#becomeFine(encoder);
        if (this.#encoder !== encoder) return;
        this.#lateAlarm.set(null);
        this.#encoded(chunk, format);
        if (this.#profile.refines && format === null) this.#weigh(chunk.byteLength);
        if (this.#isWaiting) this.#encode();
      },
      failed: () => this.#failed(encoder),
    });
    return encoder;
  }

  /** See by what a change has cost whether the screen moves. */
  #weigh(sizeBytes: number): void {
    const [now, rateBps] = [performance.now(), this.#pacing?.rate.bitrateBps ?? 0];
    const isMoving = this.#fineness.changed(sizeBytes * BITS_PER_BYTE, rateBps, this.#isFine, now);
    if (this.#isFine) this.#isMoving = isMoving;
    else if (isMoving) this.#expectCalm(now);
  }

  #expectCalm(nowMs: number): void {
    this.#dropFiner();
    this.#fineAlarm.set(nowMs + this.#fineness.patienceMs(nowMs));
  }

  #failed(encoder: PictureEncoder): void {
    if (this.#finer === encoder) this.#finer = null;
    if (this.#encoder !== encoder) return;
    this.#failures += 1;
    if (this.#failures > MAX_FAILURES || this.#family === null) return this.#end();
    this.#swap(this.#family);
  }

  #encode(): void {
    if (this.#last === null || this.#encoder === null) return;
    const size = sizeOf(this.#last);
    if (size.width !== this.#size.width || size.height !== this.#size.height) {
      this.#size = size;
      this.#wantsKey = true;
      this.#pacing?.resize(size, this.#profile.bitrateBps(size));
    }
    if (this.#pacing !== null && !this.#isTurn(this.#pacing, this.#encoder)) return;
    this.#isWaiting = !this.#encoder.encode(this.#last, this.#nextUs(), this.#wantsKey);
    if (!this.#isWaiting) this.#wantsKey = false;
    if (this.#isFine && !this.#lateAlarm.isSet) this.#lateAlarm.set(performance.now() + MAX_LATE_MS);
  }

  /** Whether a picture may be sent now; else the newest is, as soon as it may. A key frame always is. */
  #isTurn(pacing: Pacing, encoder: PictureEncoder): boolean {
    const waitMs = this.#wantsKey ? 0 : pacing.waitMs(unixMs());
    this.#heldAlarm.set(waitMs > 0 ? performance.now() + waitMs : null);
    if (!this.#isFine) encoder.adapt(pacing.rate);
    return waitMs === 0;
  }

  /** Return when the picture was taken, always later than the one before. */
  #nextUs(): number {
    this.#lastUs = Math.max(this.#lastUs + 1, this.#takenUs);
    return this.#lastUs;
  }

  /** Return the time since the start. */
  #nowUs(): number {
    return Math.round((performance.timeOrigin + performance.now()) * 1000) - this.#startUnixUs;
  }

  #encoded(chunk: EncodedVideoChunk, format: PictureFormat | null): void {
    if (this.#isOver || (format === null && this.#group < 0)) return;
    this.#index = format === null ? this.#index + 1 : 0;
    if (format !== null) this.#group += 1;
    // A fine picture takes its time, and was found to be still the same when it was ready.
    const takenUs = this.#isFine && format !== null ? this.#nextUs() : chunk.timestamp;
    const capturedUs = this.#startUnixUs + takenUs;
    const isAmple = this.#listener.isAmple?.() ?? false;
    const header = { group: this.#group, index: this.#index, capturedUs, format, isAmple };
    const [frame, picture] = allocateFrame(header, chunk.byteLength);
    chunk.copyTo(picture);
    this.#pacing?.sent(frame.byteLength, capturedUs / 1000, format !== null);
    if (this.#span.add(frame.byteLength, format !== null)) this.#wantsKey = true;
    this.#listener.encoded(frame, format !== null, (this.#nowUs() - takenUs) / 1000);
    if (format !== null && !this.#isFine && this.#profile.refines) this.#expectCalm(performance.now());
  }

  #expectStillness(): void {
    if (!this.#profile.refines) return;
    const now = performance.now();
    this.#stillness.moved(now);
    this.#repeatAlarm.set(this.#isFine ? null : this.#stillness.nextTimerMs());
  }

  #repeat(): void {
    if (this.#stillness.repeat(performance.now())) {
      this.#takenUs = this.#nowUs();
      this.#encode();
    }
    this.#repeatAlarm.set(this.#stillness.nextTimerMs());
  }

  #end(): void {
    if (this.#isOver) return;
    this.close();
    this.#listener.failed();
  }
}

const openPacing = ({ follows, startBps }: Profile): Pacing | null =>
  follows === null ? null : new Pacing(follows, Number.POSITIVE_INFINITY, startBps);

const unixMs = (): number => performance.timeOrigin + performance.now();
