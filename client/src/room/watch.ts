/** One track of another device's pictures as we watch it, from the relay to the easel. */

import { CONTEXT } from "../e2ee/frames.ts";
import type { Easel } from "../media/easel.ts";
import type { FrameHeader } from "../media/frame.ts";
import { AskPace } from "../media/pace.ts";
import { PictureDecoder } from "../media/picture_decoder.ts";
import { PicturePlayout } from "../media/picture_playout.ts";
import type { PictureTrack, Relay } from "../transport/relay.ts";
import { Alarm } from "./alarm.ts";
import { type Keys, Opener } from "./opener.ts";
import { Reporter, type ReporterOptions } from "./reporter.ts";
import type { Picture } from "./state.ts";

export type WatchOptions = {
  readonly from: { readonly participant: string; readonly device: string };
  readonly track: PictureTrack;
  readonly keys: Keys;
  readonly relay: Relay;
  readonly easel: Easel;
  /** What the easel shows already, from another track of the same pictures. */
  readonly view?: Picture | undefined;
  /** Tell the publisher how the pictures come, if it wants to know. */
  readonly reports?: ReporterOptions | undefined;
  /** Something that a person can see has changed. */
  readonly changed: () => void;
  /** Ask the publisher for a key frame. */
  readonly refresh: (device: string, track: PictureTrack) => void;
};

/** What is seen before the first picture. */
export const NOTHING: Picture = { picture: "starting", widthPx: 0, heightPx: 0 };

export class Watch {
  readonly #options: WatchOptions;
  readonly #pace = new AskPace();
  readonly #decoder: PictureDecoder;
  readonly #unsubscribe: () => void;
  readonly #reporter: Reporter | null;
  readonly #playout = new PicturePlayout<VideoFrame>(
    (picture) => this.#show(picture),
    (picture) => picture.close(),
  );
  readonly #playAlarm = new Alarm(() => this.#playAlarm.set(this.#playout.play(performance.now())));
  #view = NOTHING;
  #isAmple = false;
  #isOver = false;

  constructor(options: WatchOptions) {
    this.#options = options;
    const { relay, from, keys, track, view } = options;
    this.#view = view ?? NOTHING;
    this.#reporter = options.reports === undefined ? null : new Reporter(options.reports);
    this.#decoder = new PictureDecoder({
      arrived: (header, sizeBytes) => this.#arrive(header, sizeBytes),
      decoded: (picture) => this.#playAlarm.set(this.#playout.take(picture, performance.now())),
      needsKeyFrame: () => this.#ask(),
    });
    const lacksKey = (isOverdue: boolean) => this.#lackKey(isOverdue);
    const opener = new Opener({ keys, device: from.device, context: CONTEXT[track], lacksKey });
    this.#unsubscribe = relay.subscribe(from, track, {
      receive: async (object, signal) => {
        const plaintext = await opener.open(object, signal);
        if (plaintext !== null && !signal.aborted) this.#decoder.receive(plaintext);
      },
      interrupted: () => this.#decoder.interrupt(),
    });
  }

  get track(): PictureTrack {
    return this.#options.track;
  }

  /** Whether the pictures are as good as those of a better rendition. */
  get isAmple(): boolean {
    return this.#isAmple;
  }

  get view(): Picture {
    return this.#view;
  }

  close(): void {
    this.#isOver = true;
    this.#unsubscribe();
    this.#decoder.close();
    this.#reporter?.close();
    this.#playAlarm.set(null);
    this.#playout.clear();
    this.#options.easel.clear();
  }

  #arrive({ capturedUs, isAmple = false }: FrameHeader, sizeBytes: number): void {
    this.#isAmple = isAmple;
    this.#reporter?.arrived(capturedUs, sizeBytes);
  }

  #ask(): void {
    const { from, track, refresh } = this.#options;
    if (this.#pace.ask(performance.now())) refresh(from.device, track);
  }

  #lackKey(isOverdue: boolean): void {
    // A commit is often a moment behind the first frame of its epoch: that is nothing to tell.
    if (isOverdue || this.#view.picture === "starting") this.#see({ ...this.#view, picture: "waiting-key" });
    if (isOverdue) this.#ask();
  }

  #show(picture: VideoFrame): void {
    if (this.#isOver) return picture.close();
    this.#pace.satisfied();
    const { width, height } = this.#options.easel.show(picture);
    this.#see({ picture: "shown", widthPx: width, heightPx: height });
  }

  #see(view: Picture): void {
    const { picture, widthPx, heightPx } = this.#view;
    if (view.picture === picture && view.widthPx === widthPx && view.heightPx === heightPx) return;
    this.#view = view;
    this.#options.changed();
  }
}
