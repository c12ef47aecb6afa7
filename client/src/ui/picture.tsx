import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { SharedScreen } from "../room/state.ts";
import { ActualSizeIcon } from "./icons.tsx";
import type { RoomModel } from "./room_model.ts";
import { pictureNote } from "./screens.ts";
import { fillSurface } from "./surface.ts";
import { FloatTool, FullScreenTool } from "./view_tools.tsx";

/** One shared screen. The worker fills it with pictures; this component only gives it its place. */
export function Picture({ screen, model }: { screen: SharedScreen; model: RoomModel }) {
  const figure = useRef<HTMLElement>(null);
  const isActualSize = useSignal(false);
  const note = pictureNote(screen);
  return (
    <figure ref={figure} class="picture">
      <div class={isActualSize.value ? "picture-frame picture-actual" : "picture-frame"}>
        <PictureSurface screen={screen} model={model} isActualSize={isActualSize.value} />
        {note && (
          <p class="picture-note">
            <span class="spinner" aria-hidden="true" />
            <span>{note}</span>
          </p>
        )}
      </div>
      <figcaption class="picture-bar">
        <span class="picture-name">
          Screen shared by <bdi>{screen.name}</bdi>
        </span>
        <FullScreenTool of={figure} />
        <FloatTool of={figure} />
        <button
          type="button"
          class="button button-plain"
          aria-label="Actual size"
          aria-pressed={isActualSize.value}
          onClick={() => (isActualSize.value = !isActualSize.value)}
        >
          <ActualSizeIcon />
          <span class="tool-label">Actual size</span>
        </button>
      </figcaption>
    </figure>
  );
}

interface PictureSurfaceProps {
  readonly screen: SharedScreen;
  readonly model: RoomModel;
  readonly isActualSize: boolean;
}

function PictureSurface({ screen, model, isActualSize }: PictureSurfaceProps) {
  const holder = useRef<HTMLDivElement>(null);
  const { device, widthPx, heightPx } = screen;
  useLayoutEffect(() => {
    return holder.current ? fillSurface(holder.current, { kind: "screen", device, model }) : undefined;
  }, [device, model]);
  useLayoutEffect(() => {
    if (holder.current) place(holder.current, { widthPx, heightPx, isActualSize });
  }, [widthPx, heightPx, isActualSize]);
  return (
    <div
      ref={holder}
      class={pictureNote(screen) ? "picture-surface picture-veiled" : "picture-surface"}
      role="img"
      aria-label={`Screen shared by ${screen.name}`}
    />
  );
}

interface Place {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly isActualSize: boolean;
}

/** The style sheet fits the picture by its proportions; at actual size, one pixel of it is one of the display. */
function place(holder: HTMLElement, { widthPx, heightPx, isActualSize }: Place): void {
  if (widthPx > 0 && heightPx > 0) holder.style.setProperty("--proportion", String(widthPx / heightPx));
  if (widthPx > 0) holder.style.setProperty("--native", `${widthPx / devicePixelRatio}px`);
  if (isActualSize) holder.style.setProperty("width", `${widthPx / devicePixelRatio}px`);
  else holder.style.removeProperty("width");
}
