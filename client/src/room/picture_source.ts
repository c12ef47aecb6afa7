/** A capture of ours, a screen or a camera, and the picture track that it feeds. */

import type { Size } from "../media/codecs.ts";
import type { Profile } from "../media/profile.ts";
import { PictureSender, type SenderListener } from "./picture_sender.ts";

export interface SourceListener extends Omit<SenderListener, "failed"> {
  /** Called once, last, unless it was closed. */
  ended(reason: "source" | "no-codec"): void;
}

export class PictureSource {
  readonly #listener: SourceListener;
  readonly #reader: ReadableStreamDefaultReader<VideoFrame>;
  readonly #sender: PictureSender;
  #isOver = false;

  constructor(source: ReadableStream<VideoFrame>, profile: Profile, listener: SourceListener) {
    this.#listener = listener;
    this.#reader = source.getReader();
    this.#sender = new PictureSender(profile, {
      chooseFamily: (size) => listener.chooseFamily(size),
      encoded: (frame, isKey) => listener.encoded(frame, isKey),
      resized: () => listener.resized(),
      failed: () => this.#end("no-codec"),
    });
    void this.#run();
  }

  get size(): Size | null {
    return this.#sender.size;
  }

  /** We are a new device: its objects are numbered from 0, beginning with the next key frame. */
  restart(): void {
    this.#sender.restart();
  }

  /** Cut a key frame now. */
  cutKeyFrame(): void {
    this.#sender.cutKeyFrame();
  }

  /** Cut a key frame because a viewer asked: at most once a second. */
  refresh(): void {
    this.#sender.refresh();
  }

  /** Those who watch have changed: perhaps another codec is right now. */
  reconsider(): void {
    this.#sender.reconsider();
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#sender.close();
    this.#reader.cancel().catch(() => undefined);
  }

  async #run(): Promise<void> {
    try {
      for (let next = await this.#reader.read(); !next.done; next = await this.#reader.read()) {
        this.#sender.send(next.value);
      }
    } catch {
      // The capture broke off, which is an end like any other.
    }
    this.#end("source");
  }

  #end(reason: "source" | "no-codec"): void {
    if (this.#isOver) return;
    this.close();
    this.#listener.ended(reason);
  }
}
