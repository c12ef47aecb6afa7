/** One picture track of ours, from pictures to the plaintext of objects; it outlives connections and devices. */

import type { Family, Size } from "../media/codecs.ts";
import { allocateFrame, type PictureFormat } from "../media/frame.ts";
import { GroupSpan } from "../media/group_span.ts";
import { CutPace } from "../media/pace.ts";
import { Pacing } from "../media/pacing.ts";
import { PictureEncoder, sizeOf } from "../media/picture_encoder.ts";
import type { Profile } from "../media/profile.ts";
import type { Reception } from "../media/reception.ts";
import { Stillness } from "../media/stillness.ts";
import { Alarm } from "./alarm.ts";

/** An encoder fails for instance when the graphics processor is taken away; one that keeps failing is of no use. */
const MAX_FAILURES = 3;

export interface SenderListener {
  /** Return the family to encode pictures of `size` in, or null when there is none that everyone can show. */
  chooseFamily(size: Size): Promise<Family | null>;
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
    else this.#encode();
    this.#expectStillness();
  }

  /** We are a new device: its objects are numbered from 0, beginning with the next key frame. */
  restart(): void {
    this.#group = -1;
    this.#wantsKey = true;
  }

  /** Cut a key frame now. */
  cutKeyFrame(): void {
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
    this.#encoder?.close();
    this.#encoder = null;
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
    if (this.#last === null || family === this.#encoder?.family) return;
    if (family === null) return this.#end();
    this.#encoder?.close();
    this.#encoder = this.#openEncoder(family);
    this.cutKeyFrame();
  }

  #openEncoder(family: Family): PictureEncoder {
    const encoder: PictureEncoder = new PictureEncoder(family, this.#profile, {
      encoded: (chunk, format) => {
        if (this.#encoder !== encoder) return;
        this.#encoded(chunk, format);
        if (this.#isWaiting) this.#encode();
      },
      failed: () => this.#encoder === encoder && this.#fail(family),
    });
    return encoder;
  }

  #fail(family: Family): void {
    this.#failures += 1;
    if (this.#failures > MAX_FAILURES) return this.#end();
    this.#encoder = this.#openEncoder(family);
    this.cutKeyFrame();
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
  }

  /** Whether a picture may be sent now; else the newest is, as soon as it may. A key frame always is. */
  #isTurn(pacing: Pacing, encoder: PictureEncoder): boolean {
    const waitMs = this.#wantsKey ? 0 : pacing.waitMs(unixMs());
    this.#heldAlarm.set(waitMs > 0 ? performance.now() + waitMs : null);
    encoder.adapt(pacing.rate);
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
    const capturedUs = this.#startUnixUs + chunk.timestamp;
    const isAmple = this.#listener.isAmple?.() ?? false;
    const header = { group: this.#group, index: this.#index, capturedUs, format, isAmple };
    const [frame, picture] = allocateFrame(header, chunk.byteLength);
    chunk.copyTo(picture);
    this.#pacing?.sent(frame.byteLength, capturedUs / 1000, format !== null);
    if (this.#span.add(frame.byteLength, format !== null)) this.#wantsKey = true;
    this.#listener.encoded(frame, format !== null, (this.#nowUs() - chunk.timestamp) / 1000);
  }

  #expectStillness(): void {
    if (!this.#profile.refines) return;
    this.#stillness.moved(performance.now());
    this.#repeatAlarm.set(this.#stillness.nextTimerMs());
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
