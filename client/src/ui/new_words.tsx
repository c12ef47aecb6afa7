import { useSignal } from "@preact/signals";
import { ConfirmDialog } from "./dialog.tsx";
import { CloseIcon, KeyIcon } from "./icons.tsx";
import type { RoomModel } from "./room_model.ts";

const WHAT_HAPPENS =
  "Everyone who is here stays, after a moment in which the connection is made anew. All links sent so far stop working: whoever is still to come needs the new one. You find it here, and on the meeting's page.";

/** New words for the meeting, from inside; for its organizer alone. */
export function NewWordsButton({ model }: { model: RoomModel }) {
  const isAsking = useSignal(false);
  const close = (): void => {
    isAsking.value = false;
  };
  return (
    <>
      <button
        type="button"
        class="button"
        onClick={() => {
          isAsking.value = true;
        }}
      >
        <KeyIcon />
        Replace the words
      </button>
      {isAsking.value && (
        <ConfirmDialog
          title="Replace the meeting's words?"
          text={WHAT_HAPPENS}
          confirm="Replace the words"
          onConfirm={() => model.renewWords()}
          onClose={close}
        />
      )}
    </>
  );
}

/** Somebody was removed, and still has the link. */
export function RemovedNote({ model }: { model: RoomModel }) {
  const name = model.removed.value;
  if (name === null) return null;
  return (
    <div class="removed-note" role="status">
      <p>
        <bdi>{name}</bdi> still has the link, and could come back under another name.
      </p>
      <button
        type="button"
        class="icon-button"
        aria-label="Dismiss"
        onClick={() => {
          model.removed.value = null;
        }}
      >
        <CloseIcon />
      </button>
      <NewWordsButton model={model} />
    </div>
  );
}
