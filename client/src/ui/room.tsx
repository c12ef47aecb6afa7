import { type Signal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ChatPanel } from "./chat.tsx";
import { ConnectionDialog } from "./connection.tsx";
import { ControlBanner, ControlOffer, ControlRequests } from "./control_banner.tsx";
import type { MeetingFacts } from "./facts.ts";
import { Brand, CloseIcon, LockIcon, StopShareIcon, WarningIcon } from "./icons.tsx";
import { KnockToast } from "./knocks.tsx";
import { closePanel } from "./panel.tsx";
import { PeoplePanel } from "./people.tsx";
import { Reactions } from "./reactions.tsx";
import type { RoomModel } from "./room_model.ts";
import { SecurityPanel } from "./security.tsx";
import { listenToShortcuts } from "./shortcuts.ts";
import { ShortcutsSheet } from "./shortcuts_sheet.tsx";
import { Stage } from "./stage.tsx";
import { statusText, statusTone } from "./status.ts";
import { Toolbar } from "./toolbar.tsx";
import { titleWithUnread } from "./unread.ts";
import { VoiceBanners } from "./voice_banners.tsx";

interface RoomProps {
  readonly model: RoomModel;
  readonly facts: MeetingFacts;
  /** The whole invitation link, words and all. */
  readonly link: string;
}

export function Room({ model, facts, link }: RoomProps) {
  useTitle(model);
  useEscape(model);
  useEffect(() => listenToShortcuts(model), [model]);
  const panel = model.panel.value;
  return (
    <div class={panel ? "room room-with-panel" : "room"}>
      <RoomHeader model={model} facts={facts} />
      <main class="room-main">
        <Banners model={model} />
        <ControlBanner model={model} />
        <VoiceBanners voice={model.voice} />
        <div class="room-middle">
          <Stage model={model} link={link} />
          <Reactions model={model} />
          <div class="toasts">
            <KnockToast model={model} />
            <ControlRequests model={model} />
            <Told model={model} />
          </div>
          {panel === "chat" && <ChatPanel model={model} facts={facts} />}
          {panel === "people" && <PeoplePanel model={model} link={link} />}
          {panel === "security" && <SecurityPanel model={model} facts={facts} link={link} />}
        </div>
      </main>
      <Toolbar model={model} />
      <ControlOffer model={model} />
      <News model={model} />
      <Sheet model={model} facts={facts} />
    </div>
  );
}

/** What was opened in front of the room. */
function Sheet({ model, facts }: { model: RoomModel; facts: MeetingFacts }) {
  const close = (): void => {
    model.sheet.value = null;
  };
  switch (model.sheet.value) {
    case "connection":
      return <ConnectionDialog model={model} facts={facts} onClose={close} />;
    case "shortcuts":
      return <ShortcutsSheet model={model} onClose={close} />;
    default:
      return null;
  }
}

function RoomHeader({ model, facts }: { model: RoomModel; facts: MeetingFacts }) {
  const title = useRef<HTMLHeadingElement>(null);
  const state = model.state.value;
  // The button that was pressed is gone: go on reading from the top of the room.
  useEffect(() => title.current?.focus(), []);
  return (
    <header class="room-head">
      <Brand />
      <div class="room-title">
        <h1 ref={title} tabIndex={-1}>
          {facts.subject || `Meeting ${facts.number}`}
        </h1>
        {facts.subject && <p class="room-number">{facts.number}</p>}
      </div>
      {state.isLocked && (
        <p class="locked">
          <LockIcon />
          Locked
        </p>
      )}
      <p class={`status status-${statusTone(state)}`} role="status">
        {statusText(state)}
      </p>
    </header>
  );
}

function Banners({ model }: { model: RoomModel }) {
  return (
    <>
      {model.sharing.value === "yes" && (
        <div class="banner banner-sharing">
          <span>You are sharing your screen</span>
          <button type="button" class="button" onClick={() => model.stopSharing()}>
            <StopShareIcon />
            Stop
          </button>
        </div>
      )}
      <Problem of={model.shareProblem} />
      <Problem of={model.camera.problem} />
    </>
  );
}

function Problem({ of }: { readonly of: Signal<string | null> }) {
  if (!of.value) return null;
  return (
    <div class="banner banner-warn" role="alert">
      <WarningIcon />
      <span>{of.value}</span>
      <button type="button" class="icon-button" aria-label="Dismiss" onClick={() => (of.value = null)}>
        <CloseIcon />
      </button>
    </div>
  );
}

/** What the news tell that everyone should see, too; it is read out with them. */
function Told({ model }: { model: RoomModel }) {
  const told = model.told.value;
  return told ? (
    <div class="toast" aria-hidden="true">
      <p>{told}</p>
    </div>
  ) : null;
}

/** Long enough for every screen reader to take it up; left longer, it would be found again and taken for new. */
const NEWS_MS = 5000;

/** What has just happened, for those who do not see it. */
function News({ model }: { model: RoomModel }) {
  const news = model.news.value;
  useEffect(() => {
    const timer = setTimeout(() => {
      model.news.value = "";
      model.told.value = "";
    }, NEWS_MS);
    return () => clearTimeout(timer);
  }, [model, news]);
  return (
    <p class="visually-hidden" aria-live="polite">
      {news}
    </p>
  );
}

/** Unread messages show in the tab's title, where people look while they present something else. */
function useTitle(model: RoomModel): void {
  const plain = useRef(document.title);
  useSignalEffect(() => {
    document.title = titleWithUnread(plain.current, model.unread.value);
  });
  useEffect(
    () => () => {
      document.title = plain.current;
    },
    [],
  );
}

/** Escape closes the open panel, wherever the focus is; an open dialog or menu has it first. */
function useEscape(model: RoomModel): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key !== "Escape" || event.isComposing || event.defaultPrevented) return;
      if (model.panel.value && !document.querySelector("dialog[open], :popover-open")) closePanel(model);
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [model]);
}
