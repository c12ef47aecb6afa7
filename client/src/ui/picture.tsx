import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { SharedScreen } from "../room/state.ts";
import { ActualSizeIcon, FitIcon } from "./icons.tsx";
import type { RoomModel } from "./room_model.ts";
import { pictureNote } from "./screens.ts";

/** One shared screen. The canvas belongs to the worker, which draws on it; this component only gives it its place. */
export function Picture({ screen, model }: { screen: SharedScreen; model: RoomModel }) {
  const isActualSize = useSignal(false);
  const note = pictureNote(screen);
  return (
    <figure class="picture">
      <div class={isActualSize.value ? "picture-frame picture-actual" : "picture-frame"}>
        <PictureCanvas screen={screen} model={model} isActualSize={isActualSize.value} />
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
        <button
          type="button"
          class="button button-plain"
          aria-pressed={isActualSize.value}
          onClick={() => (isActualSize.value = !isActualSize.value)}
        >
          {isActualSize.value ? <FitIcon /> : <ActualSizeIcon />}
          Actual size
        </button>
      </figcaption>
    </figure>
  );
}

interface PictureCanvasProps {
  readonly screen: SharedScreen;
  readonly model: RoomModel;
  readonly isActualSize: boolean;
}

function PictureCanvas({ screen, model, isActualSize }: PictureCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { device, widthPx, heightPx } = screen;
  useLayoutEffect(() => {
    // Once for each element: a canvas can be handed over only once, and the worker holds it until told otherwise.
    const offscreen = canvas.current?.transferControlToOffscreen();
    if (!offscreen) return;
    model.send({ type: "canvas", kind: "screen", device, canvas: offscreen }, [offscreen]);
    return () => model.send({ type: "canvas", kind: "screen", device, canvas: null });
  }, [device, model]);
  useLayoutEffect(() => {
    if (canvas.current) place(canvas.current, { widthPx, heightPx, isActualSize });
  }, [widthPx, heightPx, isActualSize]);
  return (
    <canvas
      ref={canvas}
      class={pictureNote(screen) ? "picture-veiled" : ""}
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
function place(canvas: HTMLCanvasElement, { widthPx, heightPx, isActualSize }: Place): void {
  if (widthPx > 0 && heightPx > 0) canvas.style.setProperty("--proportion", String(widthPx / heightPx));
  if (widthPx > 0) canvas.style.setProperty("--native", `${widthPx / devicePixelRatio}px`);
  if (isActualSize) canvas.style.setProperty("width", `${widthPx / devicePixelRatio}px`);
  else canvas.style.removeProperty("width");
}
