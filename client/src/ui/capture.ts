/** Capturing the person's screen. Its pictures are read here, in the window, because only here browsers offer it. */

import { framesOf } from "./frames.ts";

/** Enough for smooth scrolling; more would cost text its sharpness. */
const FRAME_RATE_HZ = 30;
/** Unasked, Chromium scales a screen down to the one that this page is on. Larger ones than this take too long to encode. */
const MOST = { width: 3840, height: 2160 } as const;

export interface Capture {
  readonly track: MediaStreamTrack;
  readonly frames: ReadableStream<VideoFrame>;
}

export type Captured = { ok: true; capture: Capture } | { ok: false; reason: "denied" | "unsupported" | "failed" };

/** Not in the library's types yet: newer choices of what to offer. */
type ScreenOptions = DisplayMediaStreamOptions & {
  readonly systemAudio: "exclude";
  readonly selfBrowserSurface: "exclude";
  readonly surfaceSwitching: "include";
  readonly monitorTypeSurfaces: "include";
};

const OPTIONS: ScreenOptions = {
  video: {
    frameRate: { ideal: FRAME_RATE_HZ, max: FRAME_RATE_HZ },
    width: { ideal: MOST.width, max: MOST.width },
    height: { ideal: MOST.height, max: MOST.height },
    cursor: "always",
  } as MediaTrackConstraints,
  audio: false,
  systemAudio: "exclude",
  // Our own tab would show itself in itself, without end.
  selfBrowserSurface: "exclude",
  surfaceSwitching: "include",
  monitorTypeSurfaces: "include",
};

/** Whether this device offers to share a screen at all; phones do not. */
export function canCapture(): boolean {
  return typeof navigator.mediaDevices?.getDisplayMedia === "function";
}

/** Let the person choose a screen, window or tab. Whoever gets the capture stops its track. */
export async function captureScreen(): Promise<Captured> {
  if (!canCapture()) return { ok: false, reason: "unsupported" };
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia(OPTIONS);
    const track = stream.getVideoTracks()[0];
    if (!track) return { ok: false, reason: "failed" };
    track.contentHint = "text";
    return { ok: true, capture: { track, frames: framesOf(track) } };
  } catch (error) {
    return {
      ok: false,
      reason: error instanceof DOMException && error.name === "NotAllowedError" ? "denied" : "failed",
    };
  }
}

/** Return what to tell the person when nothing could be captured. */
export function captureSentence(reason: "denied" | "unsupported" | "failed"): string {
  switch (reason) {
    case "denied":
      return "Nothing is shared: you closed the choice, or the browser or system does not allow it.";
    case "unsupported":
      return "This browser cannot share a screen. You can watch and chat; to share, use a browser on a computer.";
    case "failed":
      return "The screen could not be captured. Try again, or choose another window.";
    default:
      return reason satisfies never;
  }
}
