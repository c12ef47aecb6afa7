import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useCallback, useEffect } from "preact/hooks";
import { FitIcon, FloatIcon } from "./icons.tsx";
import { listenToKey } from "./keys.ts";

interface ViewToolProps {
  /** What the picture is in. */
  readonly of: RefObject<HTMLElement | null>;
}

interface FullScreenToolProps extends ViewToolProps {
  /** The key that does the same. */
  readonly letter: string;
}

/** Fill the display with the picture. */
export function FullScreenTool({ of, letter }: FullScreenToolProps) {
  const isFull = useSignal(false);
  useEffect(() => {
    const look = (): void => {
      isFull.value = document.fullscreenElement !== null && document.fullscreenElement === of.current;
    };
    document.addEventListener("fullscreenchange", look);
    return () => document.removeEventListener("fullscreenchange", look);
  }, [isFull, of]);
  const toggle = useCallback((): void => {
    const changed = isFull.value ? document.exitFullscreen() : of.current?.requestFullscreen();
    void changed?.catch(() => undefined);
  }, [isFull, of]);
  useEffect(() => listenToKey(letter, toggle), [letter, toggle]);
  if (!document.fullscreenEnabled) return null;
  return (
    <button
      type="button"
      class="button button-plain"
      aria-pressed={isFull.value}
      aria-label="Full screen"
      title="Full screen"
      aria-keyshortcuts={letter.toUpperCase()}
      onClick={toggle}
    >
      <FitIcon />
      <span class="tool-label">Full screen</span>
    </button>
  );
}

/** Whether pictures can stay in sight above other windows: where a video shows them, and the browser offers it. */
const canFloat = (): boolean => document.pictureInPictureEnabled && "MediaStreamTrackGenerator" in globalThis;

interface FloatToolProps extends ViewToolProps {
  floated?(): void;
}

/** Keep the picture above other windows while the person works in them. */
export function FloatTool({ of, floated }: FloatToolProps) {
  if (!canFloat()) return null;
  const toggle = async (): Promise<void> => {
    const video = of.current?.querySelector("video");
    if (!video) return;
    if (document.pictureInPictureElement === video) return document.exitPictureInPicture();
    await video.requestPictureInPicture();
    floated?.();
  };
  return (
    <button
      type="button"
      class="button button-plain"
      aria-label="Picture in picture"
      title="Keep it in sight above other windows"
      // Before the first picture there is nothing to keep in sight.
      onClick={() => void toggle().catch(() => undefined)}
    >
      <FloatIcon />
      <span class="tool-label">Picture in picture</span>
    </button>
  );
}
