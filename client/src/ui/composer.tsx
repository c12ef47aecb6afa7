import { useEffect, useId, useRef } from "preact/hooks";
import type { RoomState } from "../room/state.ts";
import { checkDraft } from "./draft.ts";
import { SendIcon } from "./icons.tsx";
import type { RoomModel } from "./room_model.ts";

/** The field for the next message; its text survives the closing of the panel. */
export function Composer({ model }: { model: RoomModel }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const check = checkDraft(model.draft.value);
  const blocked = blockedHint(model.state.value);
  const canSend = check.canSend && blocked === null;
  useEffect(() => field.current?.focus(), []);
  const send = (): void => {
    if (!canSend) return;
    model.send({ type: "chat", text: model.draft.value.trim() });
    model.draft.value = "";
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || isTouch()) return;
    event.preventDefault();
    send();
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    send();
  };
  return (
    <form class="composer" onSubmit={submit}>
      <label for={`${id}-message`}>Message</label>
      <div class="composer-row">
        <textarea
          id={`${id}-message`}
          ref={field}
          class="field-input"
          rows={2}
          dir="auto"
          value={model.draft.value}
          aria-describedby={`${id}-hint`}
          aria-invalid={check.isTooLong || undefined}
          onInput={(event) => {
            model.draft.value = event.currentTarget.value;
          }}
          onKeyDown={onKeyDown}
        />
        <button type="submit" class="button button-primary composer-send" disabled={!canSend}>
          <SendIcon />
          Send
        </button>
      </div>
      <p id={`${id}-hint`} class={check.isTooLong ? "hint hint-bad" : "hint"} aria-live="polite">
        {blocked ?? check.counter ?? usualHint(model.state.value)}
      </p>
    </form>
  );
}

/** Why nothing can be sent now, or null. */
function blockedHint({ phase, self }: RoomState): string | null {
  if (self && !self.grants.includes("chat")) return "You may read the chat here, but not write.";
  // What is written while the connection is lost waits for it.
  const canWrite = phase.name === "live" || phase.name === "reconnecting";
  return canWrite ? null : "You can send as soon as you have the meeting's key.";
}

function usualHint({ phase }: RoomState): string {
  if (phase.name === "reconnecting") return "What you send now goes out as soon as the connection is back.";
  return isTouch() ? "" : "Shift + Enter starts a new line.";
}

/** A touch keyboard has no Shift + Enter: there, Enter starts a new line and the button sends. */
function isTouch(): boolean {
  return matchMedia("(pointer: coarse)").matches;
}
