import type { RoomState, SharedScreen } from "../room/state.ts";
import { CopyButton } from "./copy_button.tsx";
import { Gallery } from "./gallery.tsx";
import { KeyIcon, ShareIcon } from "./icons.tsx";
import { OwnScreen } from "./own_screen.tsx";
import { Picture } from "./picture.tsx";
import type { RoomModel } from "./room_model.ts";
import { present } from "./seating.ts";
import { isAlone } from "./status.ts";

/** The middle of the room: a shared screen and the people, or what there is to know while there is neither. */
export function Stage({ model, link }: { model: RoomModel; link: string }) {
  const screen = model.screen.value;
  const own = model.state.value.screens.find(({ isSelf }) => isSelf);
  return (
    <div class="stage">
      {model.others.value.length > 1 && <ScreenChoice model={model} />}
      {own && screen && <p class="stage-note">The others see your screen, too.</p>}
      <Middle model={model} link={link} screen={screen} />
    </div>
  );
}

interface MiddleProps {
  readonly model: RoomModel;
  readonly link: string;
  readonly screen: SharedScreen | null;
}

function Middle({ model, link, screen }: MiddleProps) {
  const state = model.state.value;
  const own = state.screens.find(({ isSelf }) => isSelf);
  const picture = screen ? (
    <Picture key={screen.device} screen={screen} model={model} />
  ) : (
    own && <OwnScreen own={own} model={model} />
  );
  const isTogether = present(state).length > 1 && ["live", "reconnecting"].includes(state.phase.name);
  if (isTogether) return <Gallery model={model}>{picture}</Gallery>;
  const empty = picture ?? <EmptyStage model={model} link={link} />;
  return model.camera.stream.value && state.people.length > 0 ? <Gallery model={model}>{empty}</Gallery> : empty;
}

/** Several people share: choose whose screen to see. */
function ScreenChoice({ model }: { model: RoomModel }) {
  return (
    <fieldset class="screen-choice">
      <legend class="visually-hidden">Which screen to see</legend>
      {model.others.value.map((screen) => (
        <button
          key={screen.device}
          type="button"
          class="choice"
          aria-pressed={screen.device === model.screen.value?.device}
          onClick={() => (model.chosenScreen.value = screen.device)}
        >
          <ShareIcon />
          <bdi>{screen.name}</bdi>
        </button>
      ))}
    </fieldset>
  );
}

function EmptyStage({ model, link }: { model: RoomModel; link: string }) {
  const state = model.state.value;
  if (isAlone(state)) return <Invite link={link} />;
  const { title, text, isBusy } = emptyText(state);
  return (
    <div class="empty">
      {isBusy ? <span class="spinner" aria-hidden="true" /> : <ShareIcon />}
      <h2>{title}</h2>
      <p>{text}</p>
    </div>
  );
}

interface EmptyText {
  readonly title: string;
  readonly text: string;
  readonly isBusy?: boolean;
}

function emptyText(state: RoomState): EmptyText {
  switch (state.phase.name) {
    case "waiting":
      return {
        title: "One moment",
        text: "Somebody in the meeting hands you its key as soon as their browser has checked yours.",
        isBusy: true,
      };
    case "reconnecting":
      return {
        title: "The connection was lost",
        text: "This page is trying again by itself. You need not do anything.",
        isBusy: true,
      };
    default:
      return { title: "Entering the meeting", text: "Keys are made in your browser, and only there.", isBusy: true };
  }
}

/** For whoever is alone: what the others need to come. */
function Invite({ link }: { link: string }) {
  return (
    <div class="empty invite">
      <KeyIcon />
      <h2>Invite someone</h2>
      <p>Whoever has this link can join. The part after # is the meeting's key: pass it on with care.</p>
      <label for="invitation-link">Invitation link</label>
      <input
        id="invitation-link"
        class="field-input link-field"
        type="text"
        readOnly
        value={link}
        onFocus={(event) => event.currentTarget.select()}
      />
      <CopyButton text={link} label="Copy" class="button button-primary" />
    </div>
  );
}
