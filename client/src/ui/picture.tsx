import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { SharedScreen } from "../room/state.ts";
import { ControlBar, ControllerName, RequestTool } from "./control_tools.tsx";
import type { RoomModel } from "./room_model.ts";
import { pictureNote } from "./screens.ts";
import { fillSurface } from "./surface.ts";
import { FloatTool, FullScreenTool } from "./view_tools.tsx";
import { listenToZoomKeys } from "./zoom_keys.ts";
import { ZoomTools } from "./zoom_tools.tsx";
import { ZoomView } from "./zoom_view.ts";

/** One shared screen. The worker fills it with pictures; this component only gives it its place. */
export function Picture({ screen, model }: { screen: SharedScreen; model: RoomModel }) {
  const figure = useRef<HTMLElement>(null);
  const view = useMemo(() => new ZoomView(), []);
  useEffect(() => listenToZoomKeys(view), [view]);
  return (
    <figure ref={figure} class="picture">
      <PictureFrame screen={screen} model={model} view={view} />
      <ControlBar screen={screen} model={model} of={figure} />
      <figcaption class="picture-bar">
        <span class="picture-name">
          Screen shared by <bdi>{screen.name}</bdi>
          <ControllerName screen={screen} model={model} />
        </span>
        <RequestTool screen={screen} model={model} />
        <ZoomTools view={view} />
        <FullScreenTool of={figure} letter="f" />
        <FloatTool of={figure} />
      </figcaption>
    </figure>
  );
}

interface PictureFrameProps {
  readonly screen: SharedScreen;
  readonly model: RoomModel;
  readonly view: ZoomView;
}

/** The place of the picture: what is larger is moved inside it. What lies over the picture belongs beside the surface. */
function PictureFrame({ screen, model, view }: PictureFrameProps) {
  const frame = useRef<HTMLDivElement>(null);
  const holder = useRef<HTMLDivElement>(null);
  const { device, name, widthPx, heightPx } = screen;
  const note = pictureNote(screen);
  const isZoomed = view.scale.value !== null;
  useLayoutEffect(() => {
    return holder.current ? fillSurface(holder.current, { kind: "screen", device, model }) : undefined;
  }, [device, model]);
  useLayoutEffect(() => {
    return frame.current && holder.current ? view.attach(frame.current, holder.current) : undefined;
  }, [view]);
  useLayoutEffect(() => {
    if (holder.current) proportion(holder.current, { widthPx, heightPx });
    view.resize(widthPx);
  }, [view, widthPx, heightPx]);
  return (
    <div ref={frame} class={isZoomed ? "picture-frame picture-zoomed" : "picture-frame"} tabIndex={isZoomed ? 0 : -1}>
      <div
        ref={holder}
        class={note ? "picture-surface picture-veiled" : "picture-surface"}
        role="img"
        aria-label={`Screen shared by ${name}`}
      />
      {note && (
        <p class="picture-note">
          <span class="spinner" aria-hidden="true" />
          <span>{note}</span>
        </p>
      )}
    </div>
  );
}

/** The style sheet fits the picture by its proportions, pixel by pixel where that is nearly as large. */
function proportion(holder: HTMLElement, { widthPx, heightPx }: Pick<SharedScreen, "widthPx" | "heightPx">): void {
  if (widthPx > 0 && heightPx > 0) holder.style.setProperty("--proportion", String(widthPx / heightPx));
  if (widthPx > 0) holder.style.setProperty("--native", `${widthPx / devicePixelRatio}px`);
}
