import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { ChatMessage } from "../room/state.ts";
import { formatTime } from "./clock.ts";
import { Composer } from "./composer.tsx";
import type { MeetingFacts } from "./facts.ts";
import { SaveIcon } from "./icons.tsx";
import { linkify } from "./linkify.ts";
import { Panel } from "./panel.tsx";
import type { RoomModel } from "./room_model.ts";
import { saveText } from "./save.ts";
import { transcript } from "./transcript.ts";
import { messageKey } from "./unread.ts";

/** How near to its end the conversation must be to count as read to the end. */
const NEAR_END_PX = 48;

export function ChatPanel({ model, facts }: { model: RoomModel; facts: MeetingFacts }) {
  const chat = model.state.value.chat;
  const save = (): void => {
    const text = transcript({ subject: facts.subject, number: facts.number, chat, nowMs: Date.now() }, undefined);
    saveText(`chat-${facts.number}.txt`, text);
  };
  const saveButton = (
    <button type="button" class="button button-plain chat-save" onClick={save}>
      <SaveIcon />
      Save chat
    </button>
  );
  return (
    <Panel model={model} name="chat" title="Chat" action={chat.length > 0 && saveButton}>
      <p class="notice">
        What you type here can be read, collected or used by the organizer and all participants of this meeting. The
        servers cannot read it.
      </p>
      <Conversation model={model} />
      <Composer model={model} />
    </Panel>
  );
}

function Conversation({ model }: { model: RoomModel }) {
  const chat = model.state.value.chat;
  const log = useRef<HTMLDivElement>(null);
  const isAtEnd = useSignal(true);
  const toEnd = (): void => {
    if (log.current) log.current.scrollTop = log.current.scrollHeight;
  };
  const look = (): void => {
    const element = log.current;
    if (element) isAtEnd.value = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX;
  };
  const last = chat.at(-1);
  useLayoutEffect(() => {
    if (isAtEnd.peek() || last?.isSelf) toEnd();
  }, [last && messageKey(last)]);
  useMarkSeen(model, isAtEnd.value);
  return (
    <div class="conversation">
      <div
        ref={log}
        class="log"
        role="log"
        aria-label="Conversation"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={look}
      >
        {chat.length === 0 && <p class="empty-note">Nobody has written anything yet.</p>}
        {chat.map((message, index) => (
          <Message
            key={messageKey(message)}
            message={message}
            isFollowing={isFollowing(chat[index - 1], message)}
            model={model}
          />
        ))}
      </div>
      {!isAtEnd.value && model.unread.value > 0 && (
        <button type="button" class="button to-end" onClick={toEnd}>
          New below
        </button>
      )}
    </div>
  );
}

/** Messages are seen when the conversation's end is in view and so is the page. */
function useMarkSeen(model: RoomModel, isAtEnd: boolean): void {
  const { chat } = model.state.value;
  useEffect(() => {
    const mark = (): void => {
      if (isAtEnd && document.visibilityState === "visible") model.markSeen();
    };
    mark();
    document.addEventListener("visibilitychange", mark);
    return () => document.removeEventListener("visibilitychange", mark);
  }, [model, isAtEnd, chat]);
}

/** Within this time a person's next message needs no name and time of its own. */
const SAME_BREATH_MS = 120_000;

function isFollowing(before: ChatMessage | undefined, message: ChatMessage): boolean {
  return before?.from === message.from && message.atMs - before.atMs < SAME_BREATH_MS;
}

interface MessageProps {
  readonly message: ChatMessage;
  readonly isFollowing: boolean;
  readonly model: RoomModel;
}

function Message({ message, isFollowing: isNext, model }: MessageProps) {
  const look = ["message", message.isSelf && "message-own", isNext && "message-next", `message-${message.delivery}`];
  return (
    <article class={look.filter(Boolean).join(" ")}>
      <p class={isNext ? "message-head visually-hidden" : "message-head"}>
        <bdi class="message-name">{message.fromName}</bdi>
        {message.isSelf && <span class="message-you"> (you)</span>}{" "}
        <time dateTime={new Date(message.atMs).toISOString()}>{formatTime(message.atMs, undefined)}</time>
      </p>
      <p class="message-text" dir="auto">
        <LinkedText text={message.text} />
      </p>
      {message.delivery === "sending" && <p class="message-fate">Sending…</p>}
      {message.delivery === "failed" && (
        <p class="message-fate message-fate-bad">
          Not sent.{" "}
          <button type="button" class="link-button" onClick={() => model.send({ type: "resend", id: message.id })}>
            Try again
          </button>
        </p>
      )}
    </article>
  );
}

function LinkedText({ text }: { text: string }) {
  const pieces = useMemo(() => linkify(text), [text]);
  return (
    <>
      {pieces.map((piece, index) =>
        piece.kind === "text" ? (
          piece.text
        ) : (
          <a key={index} href={piece.href} title={piece.href} target="_blank" rel="noopener noreferrer">
            {piece.text}
          </a>
        ),
      )}
    </>
  );
}
