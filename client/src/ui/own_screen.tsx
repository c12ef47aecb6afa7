import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { SharedScreen } from "../room/state.ts";
import { EyeIcon, EyeOffIcon, RefreshIcon, ShareIcon } from "./icons.tsx";
import type { RoomModel } from "./room_model.ts";

interface OwnScreenProps {
  readonly own: SharedScreen;
  readonly model: RoomModel;
}

/** In place of our own screen, which would mirror itself without end where it shows this page. */
export function OwnScreen({ own, model }: OwnScreenProps) {
  const isLooking = useSignal(false);
  const track = model.shared.value;
  const isStarting = own.picture !== "shown";
  return (
    <section class="own-screen" aria-label="Your shared screen">
      {isLooking.value && track ? <Preview track={track} /> : <ShareIcon />}
      <h2>{`You are sharing ${surfaceName(track)}`}</h2>
      <p>
        {isStarting
          ? "The first picture is on its way to the others."
          : "The others see it. Here it stays out of sight: a screen that shows itself has no end."}
      </p>
      {track && (
        <button
          type="button"
          class="button"
          aria-pressed={isLooking.value}
          onClick={() => (isLooking.value = !isLooking.value)}
        >
          {isLooking.value ? <EyeOffIcon /> : <EyeIcon />}
          Look at what is shared
        </button>
      )}
    </section>
  );
}

/** What the others see: a tab as it moves, else as it was at this moment, for it may show this very page. */
function Preview({ track }: { readonly track: MediaStreamTrack }) {
  const video = useRef<HTMLVideoElement>(null);
  const isTab = surfaceOf(track) === "browser";
  const look = (): void => {
    const element = video.current;
    if (element === null) return;
    element.play().catch(() => undefined);
    if (!isTab) element.requestVideoFrameCallback(() => element.pause());
  };
  useEffect(() => {
    if (video.current) video.current.srcObject = new MediaStream([track]);
    look();
  }, [track]);
  return (
    <div class="own-preview">
      <video ref={video} muted playsInline aria-label="What you share" />
      {!isTab && (
        <button type="button" class="icon-button" aria-label="Look again" title="Look again" onClick={look}>
          <RefreshIcon />
        </button>
      )}
    </div>
  );
}

/** Not in the library's types yet. */
const surfaceOf = (track: MediaStreamTrack | null): string | undefined =>
  (track?.getSettings() as { displaySurface?: string } | undefined)?.displaySurface;

const SURFACES: Readonly<Record<string, string>> = {
  monitor: "your whole screen",
  window: "a window",
  browser: "a tab",
};

const surfaceName = (track: MediaStreamTrack | null): string => SURFACES[surfaceOf(track) ?? ""] ?? "your screen";
