import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { CameraTool } from "./camera_tool.tsx";
import { canCapture } from "./capture.ts";
import { ConfirmDialog } from "./dialog.tsx";
import { HandTool, ReactTool } from "./hand_tool.tsx";
import {
  ChatIcon,
  EndIcon,
  KeyboardIcon,
  LeaveIcon,
  MoreIcon,
  PeopleIcon,
  ShareIcon,
  ShieldIcon,
  SignalIcon,
  StopShareIcon,
} from "./icons.tsx";
import { useMedia } from "./media_query.ts";
import { panelId, toolId } from "./panel.tsx";
import type { PanelName, RoomModel } from "./room_model.ts";
import { badgeText } from "./unread.ts";
import { VoiceTool } from "./voice_tool.tsx";

/** There is no room for all in one row. */
const NARROW = "(width < 58rem)";

export function Toolbar({ model }: { model: RoomModel }) {
  const { people, knocks } = model.state.value;
  const unread = model.unread.value;
  const isNarrow = useMedia(NARROW);
  return (
    <nav class="toolbar" aria-label="Meeting controls">
      <div class="tools">
        <VoiceTool model={model} />
        <CameraTool model={model} />
        <ShareTool model={model} />
        <PanelTool model={model} name="chat" label="Chat" letter="C" count={unread} counted={`${unread} unread`} isLoud>
          <ChatIcon />
        </PanelTool>
        <PanelTool
          model={model}
          name="people"
          label="Participants"
          letter="P"
          count={knocks.length || people.length}
          counted={knocks.length > 0 ? `${knocks.length} in the lobby` : inRoom(people.length)}
          isLoud={knocks.length > 0}
        >
          <PeopleIcon />
        </PanelTool>
        {!isNarrow && <RarerTools model={model} />}
        <MoreTools>
          {isNarrow && <RarerTools model={model} />}
          <button type="button" class="tool" onClick={() => (model.sheet.value = "connection")}>
            <SignalIcon />
            <span class="tool-label">Connection</span>
          </button>
          <button type="button" class="tool" onClick={() => (model.sheet.value = "shortcuts")}>
            <KeyboardIcon />
            <span class="tool-label">Keyboard shortcuts</span>
          </button>
        </MoreTools>
      </div>
      <div class="tools tools-end">
        <button type="button" class="tool tool-leave" onClick={() => model.send({ type: "leave" })}>
          <LeaveIcon />
          <span class="tool-label">Leave</span>
        </button>
        {model.state.value.self?.grants.includes("end") && <EndTool model={model} />}
      </div>
    </nav>
  );
}

/** What is needed less often: in the row where there is room, else behind "More". */
function RarerTools({ model }: { model: RoomModel }) {
  return (
    <>
      <HandTool model={model} />
      <ReactTool model={model} />
      <PanelTool model={model} name="security" label="Security">
        <ShieldIcon />
      </PanelTool>
    </>
  );
}

const MORE = "tools-more";

/** What stands behind one button; what it opens stays open when it is put away again. */
function MoreTools({ children }: { readonly children: ComponentChildren }) {
  const putAway = (event: Event): void => {
    const pressed = event.target instanceof Element ? event.target.closest("button") : null;
    const more = document.getElementById(MORE);
    if (pressed && !pressed.hasAttribute("popovertarget") && more?.matches(":popover-open")) more.hidePopover();
  };
  return (
    <>
      <button type="button" class="tool tool-more" popoverTarget={MORE}>
        <MoreIcon />
        <span class="tool-label">More</span>
      </button>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: it only listens to the buttons inside */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: their keys click them */}
      <div class="tools-more" id={MORE} popover="auto" onClick={putAway}>
        {children}
      </div>
    </>
  );
}

function inRoom(count: number): string {
  return count === 1 ? "1 person in the room" : `${count} people in the room`;
}

function ShareTool({ model }: { model: RoomModel }) {
  const { phase, self } = model.state.value;
  if (self && !self.grants.includes("share")) return null;
  if (model.sharing.value === "yes") {
    return (
      <button type="button" class="tool tool-on" aria-keyshortcuts="S" onClick={() => model.stopSharing()}>
        <StopShareIcon />
        <span class="tool-label">Stop sharing</span>
      </button>
    );
  }
  if (!canCapture()) return null;
  const isBlocked = phase.name !== "live" || model.sharing.value === "choosing";
  return (
    <button
      type="button"
      class="tool tool-main"
      aria-keyshortcuts="S"
      disabled={isBlocked}
      onClick={() => void model.startSharing()}
    >
      <ShareIcon />
      <span class="tool-label">Share screen</span>
    </button>
  );
}

interface PanelToolProps {
  readonly model: RoomModel;
  readonly name: PanelName;
  readonly label: string;
  /** The key that does the same. */
  readonly letter?: string;
  readonly children: ComponentChildren;
  readonly count?: number;
  /** The count in words. */
  readonly counted?: string;
  readonly isLoud?: boolean;
}

/** The badge stands outside the button, so that the button's name is its label and nothing else. */
function PanelTool({ model, name, label, letter, children, count = 0, counted = "", isLoud = false }: PanelToolProps) {
  const isOpen = model.panel.value === name;
  const badge = `${toolId(name)}-count`;
  return (
    <div class="tool-slot">
      <button
        type="button"
        id={toolId(name)}
        class={isOpen ? "tool tool-open" : "tool"}
        aria-expanded={isOpen}
        aria-keyshortcuts={letter}
        aria-controls={isOpen ? panelId(name) : undefined}
        aria-describedby={count > 0 ? badge : undefined}
        onClick={() => model.togglePanel(name)}
      >
        {children}
        <span class="tool-label">{label}</span>
      </button>
      {count > 0 && (
        <span class={isLoud ? "badge badge-loud" : "badge"} id={badge}>
          <span aria-hidden="true">{badgeText(count)}</span>
          <span class="visually-hidden">{counted}</span>
        </span>
      )}
    </div>
  );
}

function EndTool({ model }: { model: RoomModel }) {
  const isAsking = useSignal(false);
  return (
    <>
      <button type="button" class="tool tool-end" onClick={() => (isAsking.value = true)}>
        <EndIcon />
        <span class="tool-label">End meeting for all</span>
      </button>
      {isAsking.value && (
        <ConfirmDialog
          title="End the meeting?"
          text="Everyone leaves at once, and the keys of this meeting are gone. To go alone and let the others stay, choose Leave."
          confirm="End meeting"
          onConfirm={() => model.send({ type: "end" })}
          onClose={() => (isAsking.value = false)}
        />
      )}
    </>
  );
}
