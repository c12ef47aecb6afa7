/** What the page shows pictures with; the worker fills it. */

import type { PictureKind, Surface } from "../room/state.ts";
import type { RoomModel } from "./room_model.ts";

interface OpenSurface {
  readonly element: HTMLElement;
  close(): void;
}

interface Shown {
  readonly kind: PictureKind;
  readonly device: string;
  readonly model: RoomModel;
}

/** Show a device's pictures in `holder` until the returned function is called. */
export function fillSurface(holder: HTMLElement, { kind, device, model }: Shown): () => void {
  const { element, close } = openSurface((surface) => {
    model.send({ type: "surface", kind, device, surface }, [surface]);
  });
  holder.replaceChildren(element);
  return () => {
    model.send({ type: "surface", kind, device, surface: null });
    close();
  };
}

/** Not in the library's types: a track whose pictures are written to it. Only Chromium has it. */
type GeneratorConstructor = new (init: {
  kind: "video";
}) => MediaStreamTrack & { readonly writable: WritableStream<VideoFrame> };

/** Called once, with what is to be transferred to the worker. */
type Ready = (surface: Surface & Transferable) => void;

/** A video where the browser lets us feed one, because it shows pictures sooner and costs less; else a canvas. */
function openSurface(ready: Ready): OpenSurface {
  const Generator = (globalThis as { MediaStreamTrackGenerator?: GeneratorConstructor }).MediaStreamTrackGenerator;
  return Generator ? openVideo(new Generator({ kind: "video" }), ready) : openCanvas(ready);
}

function openVideo(track: InstanceType<GeneratorConstructor>, ready: Ready): OpenSurface {
  const element = document.createElement("video");
  Object.assign(element, { autoplay: true, muted: true, playsInline: true, disableRemotePlayback: true });
  // Before it has begun to load, a video loses what it is given: on a still screen, the only picture.
  const closed = new AbortController();
  element.addEventListener("loadstart", () => ready(track.writable), { once: true, signal: closed.signal });
  element.srcObject = new MediaStream([track]);
  const close = (): void => {
    closed.abort();
    // A window above the others would stay, with the last picture.
    if (document.pictureInPictureElement === element) void document.exitPictureInPicture().catch(() => undefined);
    track.stop();
    element.srcObject = null;
  };
  return { element, close };
}

function openCanvas(ready: Ready): OpenSurface {
  const element = document.createElement("canvas");
  ready(element.transferControlToOffscreen());
  return { element, close: () => undefined };
}
