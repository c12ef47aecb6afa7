/** Shows one picture track, each picture at once and at its own size; keeps the last one for a surface that comes late. */

import type { Size } from "./codecs.ts";
import { sizeOf } from "./picture_encoder.ts";

/** What the page shows pictures with: the writable end of a track that a video plays, or a canvas where there is none. */
export type Surface = WritableStream<VideoFrame> | OffscreenCanvas;

interface Sink {
  /** Show `picture`, which stays the caller's. */
  show(picture: VideoFrame): void;
  close(): void;
}

export class Easel {
  #picture: VideoFrame | null = null;
  #sink: Sink | null = null;

  /** Show here from now on, beginning with the last picture. */
  place(surface: Surface | null): void {
    this.#sink?.close();
    this.#sink = surface === null ? null : openSink(surface);
    if (this.#picture !== null) this.#sink?.show(this.#picture);
  }

  /** Show `picture`, which is the easel's from now on. Return its size. */
  show(picture: VideoFrame): Size {
    this.#picture?.close();
    this.#picture = picture;
    this.#sink?.show(picture);
    return sizeOf(picture);
  }

  clear(): void {
    this.#picture?.close();
    this.#picture = null;
  }
}

const openSink = (surface: Surface): Sink =>
  "getWriter" in surface ? new TrackSink(surface.getWriter()) : new CanvasSink(surface);

/** A video shows pictures as they were decoded; converting and drawing them is left to the browser's compositor. */
class TrackSink implements Sink {
  readonly #writer: WritableStreamDefaultWriter<VideoFrame>;
  /** The newest picture, while the track still has the one before. */
  #next: VideoFrame | null = null;
  #isFree = true;

  constructor(writer: WritableStreamDefaultWriter<VideoFrame>) {
    this.#writer = writer;
  }

  show(picture: VideoFrame): void {
    this.#next?.close();
    this.#next = picture.clone();
    void this.#write();
  }

  close(): void {
    this.#next?.close();
    this.#next = null;
    // Only let go: the surface belongs to whoever placed it, and may be placed again after a reconnect.
    this.#writer.releaseLock();
  }

  async #write(): Promise<void> {
    if (!this.#isFree) return;
    this.#isFree = false;
    for (let picture = this.#take(); picture !== null; picture = this.#take()) {
      // The track closes what it has taken; what it refuses is ours.
      await this.#writer.write(picture).catch(() => picture?.close());
    }
    this.#isFree = true;
  }

  #take(): VideoFrame | null {
    const picture = this.#next;
    this.#next = null;
    return picture;
  }
}

class CanvasSink implements Sink {
  readonly #canvas: OffscreenCanvas;
  readonly #context: OffscreenCanvasRenderingContext2D | null;

  constructor(canvas: OffscreenCanvas) {
    this.#canvas = canvas;
    // Pictures are opaque, and waiting for the page's next frame would only add delay.
    this.#context = canvas.getContext("2d", { alpha: false, desynchronized: true });
  }

  show(picture: VideoFrame): void {
    const { width, height } = sizeOf(picture);
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
    this.#context?.drawImage(picture, 0, 0, width, height);
  }

  close(): void {
    // The canvas keeps its last picture; whoever placed it takes it away.
  }
}
