/** Draws one picture track, each picture at once and at its own size; keeps the last one for a canvas that comes late. */

import type { Size } from "./codecs.ts";
import { sizeOf } from "./picture_encoder.ts";

export class Easel {
  #picture: VideoFrame | null = null;
  #canvas: OffscreenCanvas | null = null;
  #context: OffscreenCanvasRenderingContext2D | null = null;

  /** Draw here from now on, beginning with the last picture. */
  place(canvas: OffscreenCanvas | null): void {
    this.#canvas = canvas;
    // Pictures are opaque, and waiting for the page's next frame would only add delay.
    this.#context = canvas?.getContext("2d", { alpha: false, desynchronized: true }) ?? null;
    this.#draw();
  }

  /** Show `picture`, which is the easel's from now on. Return its size. */
  show(picture: VideoFrame): Size {
    this.#picture?.close();
    this.#picture = picture;
    this.#draw();
    return sizeOf(picture);
  }

  clear(): void {
    this.#picture?.close();
    this.#picture = null;
  }

  #draw(): void {
    const [canvas, context, picture] = [this.#canvas, this.#context, this.#picture];
    if (canvas === null || context === null || picture === null) return;
    const { width, height } = sizeOf(picture);
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    context.drawImage(picture, 0, 0, width, height);
  }
}
