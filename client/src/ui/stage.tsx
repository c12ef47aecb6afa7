import type { RoomState } from "../room/state.ts";
import { CopyButton } from "./copy_button.tsx";
import { KeyIcon, ShareIcon } from "./icons.tsx";
import { Picture } from "./picture.tsx";
import type { RoomModel } from "./room_model.ts";
import { isAlone } from "./status.ts";

/** The middle of the room: a shared screen, or what there is to know while there is none. */
export function Stage({ model, link }: { model: RoomModel; link: string }) {
  const screen = model.screen.value;
  return (
    <div class="stage">
      {model.others.value.length > 1 && <ScreenChoice model={model} />}
      {screen ? (
        <Picture key={screen.device} screen={screen} model={model} />
      ) : (
        <EmptyStage model={model} link={link} />
      )}
    </div>
  );
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
    case "live":
      return shareText(state);
    default:
      return { title: "Entering the meeting", text: "Keys are made in your browser, and only there.", isBusy: true };
  }
}

/** What there is to say when nobody else shares. */
function shareText({ screens }: RoomState): EmptyText {
  const own = screens.find((screen) => screen.isSelf);
  if (!own) return NO_SHARE;
  return own.picture === "shown" ? OWN_SHARE : OWN_SHARE_STARTING;
}

const OWN_SHARE_STARTING: EmptyText = {
  title: "Your screen is starting…",
  text: "The first picture is on its way to the others.",
  isBusy: true,
};
const OWN_SHARE: EmptyText = {
  title: "The others see your screen",
  text: "It is not shown to you here, or it would mirror itself without end. You can leave this page in the background.",
};
const NO_SHARE: EmptyText = { title: "Nobody is sharing a screen", text: "When somebody does, it appears here." };

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
