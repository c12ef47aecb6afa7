import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { MineView, SharedScreen } from "../room/state.ts";
import { ControlCapture } from "./control_capture.ts";
import { KEPT, stroke } from "./control_keys.ts";
import { untilText } from "./control_text.ts";
import { ControlIcon } from "./icons.tsx";
import type { RoomModel } from "./room_model.ts";

interface ControlToolsProps {
  readonly screen: SharedScreen;
  readonly model: RoomModel;
  /** What holds the picture. */
  readonly of: RefObject<HTMLElement | null>;
}

/** Under the picture of somebody's screen: that we have asked for control of it, or have it. */
export function ControlBar({ screen, model, of }: ControlToolsProps) {
  const { mine } = model.state.value.control;
  if (mine?.device !== screen.device) return null;
  if (!mine.isActive) return <Asked mine={mine} model={model} />;
  return <InControl screen={screen} model={model} of={of} mine={mine} />;
}

/** Everyone sees who controls a computer. */
export function ControllerName({ screen, model }: Omit<ControlToolsProps, "of">) {
  const { people, control } = model.state.value;
  const controller = people.find(({ device }) => device === screen.controller);
  if (controller === undefined || control.mine?.isActive) return null;
  return (
    <span class="control-by">
      , controlled by <bdi>{controller.name}</bdi>
    </span>
  );
}

/** Among the tools of the picture: ask for control of it. */
export function RequestTool({ screen, model }: Omit<ControlToolsProps, "of">) {
  const { mine } = model.state.value.control;
  if (screen.isSelf || screen.picture !== "shown" || mine?.device === screen.device) return null;
  const ask = (): void => model.send({ type: "ask-control", device: screen.device });
  return (
    <button
      type="button"
      class="button button-plain"
      aria-label="Request control"
      title="Ask for mouse and keyboard of this computer"
      onClick={ask}
    >
      <ControlIcon />
      <span class="tool-label tool-label-kept">Request control</span>
    </button>
  );
}

function Asked({ mine, model }: { mine: MineView; model: RoomModel }) {
  return (
    <div class="control-asked">
      <p>
        <span class="spinner" aria-hidden="true" />
        Asking <bdi>{mine.name}</bdi>. Your words: <Words words={mine.words} />
      </p>
      <button type="button" class="button button-plain" onClick={() => model.send({ type: "leave-control" })}>
        Cancel request
      </button>
    </div>
  );
}

/** Read out, they show the presenter that the name is true. */
export function Words({ words }: { words: readonly string[] }) {
  return <b class="control-words">{words.join(" ")}</b>;
}

function InControl({ screen, model, of, mine }: ControlToolsProps & { mine: MineView }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const capture = useRef<ControlCapture | null>(null);
  const shape = useRef(screen);
  const scope = useRef(mine.scope);
  [shape.current, scope.current] = [screen, mine.scope];
  const { isCaptured } = model.control;
  useEffect(() => {
    const surface = of.current?.querySelector<HTMLElement>(".picture-surface");
    if (!surface || !field.current) return undefined;
    surface.classList.add("picture-controlled");
    const taken = new ControlCapture({
      surface,
      field: field.current,
      proportion: () => shape.current.widthPx / shape.current.heightPx,
      mayPaste: () => scope.current.includes("paste"),
      send: (events) => model.send({ type: "input", events }),
      captured: (is) => {
        isCaptured.value = is;
      },
    });
    capture.current = taken;
    return () => {
      taken.close();
      surface.classList.remove("picture-controlled");
    };
  }, [model, of, isCaptured, screen.device]);
  return (
    // The picture keeps the keyboard: a button that took it would change the bar, and move away before it is released.
    // biome-ignore lint/a11y/noStaticElementInteractions: nothing happens; something does not.
    <div class="control-bar" onMouseDown={(event) => event.preventDefault()}>
      <p class="control-state">
        <ControlIcon />
        <span>
          You control <bdi>{mine.name}</bdi>'s computer
          <span class="control-hint">{hintOf(mine, isCaptured.value)}</span>
        </span>
      </p>
      <textarea
        ref={field}
        class="control-field"
        aria-label={`Keyboard of ${mine.name}'s computer`}
        autocomplete="off"
      />
      {!isCaptured.value && (
        <button type="button" class="button" onClick={() => capture.current?.capture()}>
          Type and point
        </button>
      )}
      {mine.scope.includes("keyboard") && <KeptKeys model={model} />}
      <button type="button" class="button button-bad" onClick={() => model.send({ type: "leave-control" })}>
        Stop control
      </button>
    </div>
  );
}

function hintOf({ held, untilMs, name }: MineView, isCaptured: boolean): string {
  if (held === "mouse") return `${name} is using the mouse: yours waits.`;
  if (held === "asking") return `${name} is being asked something: your input waits.`;
  if (isCaptured) return "Press Esc twice to let go.";
  return `Click the picture to point and type. Until ${untilText(untilMs)}.`;
}

const KEPT_ID = "control-kept";

/** What the browser or the system would keep for itself, were it pressed. */
function KeptKeys({ model }: { model: RoomModel }) {
  return (
    <>
      <button type="button" class="button" popoverTarget={KEPT_ID}>
        Keys
      </button>
      <div class="control-kept" id={KEPT_ID} popover="auto">
        <p>Keys that your browser or system keeps for itself:</p>
        {KEPT.map(({ label, codes }) => (
          <button
            key={label}
            type="button"
            class="button"
            onClick={() => model.send({ type: "input", events: stroke(codes) })}
          >
            {label}
          </button>
        ))}
      </div>
    </>
  );
}
