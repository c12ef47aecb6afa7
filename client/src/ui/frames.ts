/** The pictures of a captured track, as they are handed to the worker. */

import tickerUrl from "./ticker.worker.ts?worker&url";
import { trustedScriptUrl } from "./trusted.ts";

/** Not in the library's types yet: what reads a track's pictures. */
type ProcessorConstructor = new (init: {
  track: MediaStreamTrack;
}) => { readonly readable: ReadableStream<VideoFrame> };

export function framesOf(track: MediaStreamTrack): ReadableStream<VideoFrame> {
  const Processor = (globalThis as { MediaStreamTrackProcessor?: ProcessorConstructor }).MediaStreamTrackProcessor;
  return Processor ? new Processor({ track }).readable : framesOfVideo(track);
}

const MICROS_PER_MS = 1000;

/** For browsers that do not read a track, such as Firefox: a video plays it, and its pictures are copied. */
function framesOfVideo(track: MediaStreamTrack): ReadableStream<VideoFrame> {
  const video = document.createElement("video");
  Object.assign(video, { muted: true, playsInline: true, srcObject: new MediaStream([track]) });
  const moments = new Moments(video);
  let last: VideoFrame | null = null;
  const end = (): void => {
    last?.close();
    moments.end();
    video.srcObject = null;
  };
  return new ReadableStream<VideoFrame>(
    {
      start: async (controller) => {
        track.addEventListener("ended", () => {
          end();
          controller.close();
        });
        await video.play();
      },
      pull: async (controller) => {
        await moments.next();
        // The worker has a copy of the one before by now: a picture that is handed over stays ours, too.
        last?.close();
        last = new VideoFrame(video, { timestamp: performance.now() * MICROS_PER_MS });
        controller.enqueue(last);
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
}

/** When there is a new picture: whenever the video shows one, and at ticks while the page is hidden and shows none. */
class Moments {
  readonly #video: HTMLVideoElement;
  /** A worker's timer goes on in a hidden page, which is how the page is while another window is shared. */
  readonly #ticker = new Worker(trustedScriptUrl(tickerUrl), { type: "module" });
  #arrived: () => void = () => undefined;

  constructor(video: HTMLVideoElement) {
    this.#video = video;
    this.#ticker.onmessage = () => document.hidden && this.#arrived();
  }

  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#arrived = resolve;
      this.#video.requestVideoFrameCallback(() => resolve());
    });
  }

  end(): void {
    this.#ticker.terminate();
  }
}
