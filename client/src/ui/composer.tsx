import { useEffect, useId, useRef } from "preact/hooks";
import type { ChatMessage, RoomState } from "../room/state.ts";
import { checkDraft } from "./draft.ts";
import { AttachIcon, CloseIcon, LockIcon, SendIcon } from "./icons.tsx";
import { gist } from "./message.tsx";
import type { Reader, RoomModel } from "./room_model.ts";

/** The field for the next message; its text survives the closing of the panel. */
export function Composer({ model }: { model: RoomModel }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const check = checkDraft(model.draft.value);
  const reader = readerOf(model.state.value, model.draftTo.value);
  const blocked = blockedHint(model.state.value) ?? reader.problem;
  const { answering } = model;
  const canSend = check.canSend && blocked === null;
  useEffect(() => field.current?.focus(), [answering.value]);
  const send = (): void => {
    if (!canSend) return;
    model.sendDraft();
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
    <form class={reader.name ? "composer composer-private" : "composer"} onSubmit={submit}>
      {answering.value && <Answering model={model} message={answering.value} />}
      <ReaderChoice model={model} />
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
        <SendFile model={model} isDisabled={blocked !== null} />
        <button type="submit" class="button button-primary composer-send" disabled={!canSend}>
          <SendIcon />
          Send
        </button>
      </div>
      <p id={`${id}-hint`} class={check.isTooLong ? "hint hint-bad" : "hint"} aria-live="polite">
        {blocked ?? check.counter ?? (reader.name ? <OnlyFor name={reader.name} /> : usualHint(model.state.value))}
      </p>
    </form>
  );
}

/** The browser's own choice of a file, behind a button that looks like the others. */
function SendFile({ model, isDisabled }: { model: RoomModel; isDisabled: boolean }) {
  const choice = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        class="button button-plain composer-file"
        title="Send file, 25 MB at most"
        disabled={isDisabled}
        onClick={() => choice.current?.click()}
      >
        <AttachIcon />
        <span class="visually-hidden">Send file</span>
      </button>
      <input
        ref={choice}
        type="file"
        hidden
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          if (file) model.sendFile(file);
          currentTarget.value = "";
        }}
      />
    </>
  );
}

function OnlyFor({ name }: { name: string }) {
  return (
    <>
      <LockIcon /> Only <bdi>{name}</bdi> can read this.
    </>
  );
}

/** Whom the next message is for. */
function ReaderChoice({ model }: { model: RoomModel }) {
  const id = useId();
  const others = readers(model.state.value);
  const chosen = model.draftTo.value;
  if (others.length === 0 && chosen === null) return null;
  const isGone = chosen !== null && !others.some(({ participant }) => participant === chosen.participant);
  return (
    <div class="composer-to">
      <label for={id}>To</label>
      <select
        id={id}
        class="field-input"
        value={chosen?.participant ?? ""}
        onChange={({ currentTarget: { value } }) => {
          model.draftTo.value = others.find(({ participant }) => participant === value) ?? null;
        }}
      >
        <option value="">Everyone</option>
        {isGone && <option value={chosen.participant}>{chosen.name}</option>}
        {others.map(({ participant, name }) => (
          <option key={participant} value={participant}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}

/** What is being answered, and the way out of it. */
function Answering({ model, message }: { model: RoomModel; message: ChatMessage }) {
  return (
    <div class="answering">
      <p class="quotation">
        Reply to <bdi class="message-name">{message.fromName}</bdi> <bdi>{gist(message)}</bdi>
      </p>
      <button type="button" class="button button-plain" onClick={() => (model.answering.value = null)}>
        <CloseIcon />
        <span class="visually-hidden">Do not reply</span>
      </button>
    </div>
  );
}

/** Those who can read a private message: whoever is in the group with the right words. */
const readers = ({ people }: RoomState) => people.filter(({ isSelf, trust }) => !isSelf && trust === "verified");

/** Who alone reads the next message, and why they cannot. Somebody who has left is never silently replaced by everyone. */
function readerOf(state: RoomState, chosen: Reader | null): { name: string | null; problem: string | null } {
  if (chosen === null) return { name: null, problem: null };
  const isHere = readers(state).some(({ participant }) => participant === chosen.participant);
  return { name: chosen.name, problem: isHere ? null : `${chosen.name} is not here now. Choose who shall read this.` };
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
