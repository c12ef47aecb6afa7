/** A capture of ours, a screen or a camera, and the picture tracks that it feeds. */

import type { Family, Size } from "../media/codecs.ts";
import type { Governor } from "../media/governor.ts";
import { FramePace } from "../media/pace.ts";
import { sizeOf } from "../media/picture_encoder.ts";
import { CAMERA, CAMERA_LOW, type Profile, SCREEN, SCREEN_LOW } from "../media/profile.ts";
import type { Reception } from "../media/reception.ts";
import type { PictureTrack } from "../transport/relay.ts";
import type { CameraTrack } from "./catalog.ts";
import { PictureSender } from "./picture_sender.ts";

type Profiles = Readonly<Partial<Record<PictureTrack, Profile>>>;

export const SCREEN_TRACKS: Profiles = { screen: SCREEN, "screen-low": SCREEN_LOW };
export const CAMERA_TRACKS = { camera: CAMERA, "camera-low": CAMERA_LOW } as const satisfies Profiles;

/** So much of the rate of the full rendition is as good to the eye. */
const AMPLE_SHARE = 0.9;

export interface SourceListener {
  /** Return the family to encode pictures of `size` in, or null when there is none that everyone can show. */
  chooseFamily(size: Size): Promise<Family | null>;
  /** Return the family to encode a still picture in as fine as it is, or null. */
  chooseFine(size: Size): Promise<Family | null>;
  /** Whether anybody reads the track. */
  isWanted(track: PictureTrack): boolean;
  encoded(track: PictureTrack, frame: Uint8Array, isKey: boolean): void;
  /** Nobody reads the track any more: nothing comes on it until somebody does. */
  paused(track: PictureTrack): void;
  resized(): void;
  /** Called once, last, unless it was closed. */
  ended(reason: "source" | "no-codec"): void;
}

export class PictureSource {
  readonly #listener: SourceListener;
  readonly #reader: ReadableStreamDefaultReader<VideoFrame>;
  readonly #senders: ReadonlyMap<PictureTrack, PictureSender>;
  readonly #governor: Governor | null;
  readonly #pace = new FramePace();
  readonly #wanted = new Set<PictureTrack>();
  #size: Size | null = null;
  #isOver = false;

  /** With a `governor` as many pictures are encoded, and as large ones, as it says; else all. */
  constructor(
    source: ReadableStream<VideoFrame>,
    profiles: Profiles,
    listener: SourceListener,
    governor: Governor | null = null,
  ) {
    this.#listener = listener;
    this.#reader = source.getReader();
    this.#governor = governor;
    const tracks = Object.entries(profiles) as [PictureTrack, Profile][];
    this.#senders = new Map(tracks.map(([track, profile]) => [track, this.#open(track, profile)]));
    void this.#run();
  }

  /** The size of the pictures that are captured; null before the first. */
  get size(): Size | null {
    return this.#size;
  }

  /** We are a new device: its objects are numbered from 0, beginning with the next key frame. */
  restart(): void {
    for (const sender of this.#senders.values()) sender.restart();
  }

  /** Cut a key frame now. */
  cutKeyFrame(): void {
    for (const sender of this.#senders.values()) sender.cutKeyFrame();
  }

  /** Cut a key frame because a viewer asked: at most once a second. */
  refresh(track: unknown): void {
    for (const [known, sender] of this.#senders) if (known === track && this.#wanted.has(known)) sender.refresh();
  }

  /** The viewer `from` has told how our pictures come. */
  heard(track: PictureTrack, from: string, reception: Reception): void {
    for (const [known, sender] of this.#senders) {
      if (known === track) sender.heard(from, reception);
      // Whoever reads one rendition reads no other.
      else sender.forget(from);
    }
  }

  /** Those who watch have changed: perhaps another codec is right now. */
  reconsider(): void {
    for (const sender of this.#senders.values()) sender.reconsider();
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const [track, sender] of this.#senders) {
      sender.close();
      this.#listener.paused(track);
    }
    this.#reader.cancel().catch(() => undefined);
  }

  #open(track: PictureTrack, profile: Profile): PictureSender {
    return new PictureSender(profile, {
      chooseFamily: (size) => this.#listener.chooseFamily(size),
      chooseFine: (size) => this.#listener.chooseFine(size),
      encoded: (frame, isKey, tookMs) => {
        this.#listener.encoded(track, frame, isKey);
        if (this.#governor?.encoded(tookMs, performance.now())) this.#govern(this.#governor.effort.isLarge);
      },
      isAmple: () => track === "screen-low" && this.#isAmple(),
      failed: () => this.#end("no-codec"),
    });
  }

  #isAmple(): boolean {
    const [full, low] = [this.#senders.get("screen"), this.#senders.get("screen-low")];
    return full !== undefined && low !== undefined && low.targetBps >= full.targetBps * AMPLE_SHARE;
  }

  #govern(isLarge: boolean): void {
    this.#senders.get("camera")?.adopt(isLarge ? CAMERA : CAMERA_LOW);
  }

  async #run(): Promise<void> {
    try {
      for (let next = await this.#reader.read(); !next.done; next = await this.#reader.read()) this.#take(next.value);
    } catch {
      // The capture broke off, which is an end like any other.
    }
    this.#end("source");
  }

  #take(picture: VideoFrame): void {
    this.#measure(sizeOf(picture));
    const rateHz = this.#governor?.effort.frameRateHz;
    if (!this.#isOver && (rateHz === undefined || this.#pace.take(performance.now(), rateHz))) this.#give(picture);
    picture.close();
  }

  #give(picture: VideoFrame): void {
    for (const [track, sender] of this.#senders) {
      if (this.#listener.isWanted(track)) {
        this.#wanted.add(track);
        sender.send(picture.clone());
      } else if (this.#wanted.delete(track)) {
        sender.pause();
        this.#listener.paused(track);
      }
    }
  }

  #measure(size: Size): void {
    if (size.width === this.#size?.width && size.height === this.#size.height) return;
    this.#size = size;
    this.#listener.resized();
  }

  #end(reason: "source" | "no-codec"): void {
    if (this.#isOver) return;
    this.close();
    this.#listener.ended(reason);
  }
}

/** Return what the catalog says of a camera that takes pictures of `size`. */
export function cameraTracks(size: Size | null): CameraTrack[] {
  if (size === null) return [];
  return Object.entries(CAMERA_TRACKS).map(([track, profile]) => ({
    track: track as CameraTrack["track"],
    ...profile.fit(size),
  }));
}
