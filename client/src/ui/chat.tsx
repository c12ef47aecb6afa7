import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { Composer } from "./composer.tsx";
import type { MeetingFacts } from "./facts.ts";
import { SaveIcon } from "./icons.tsx";
import { isFollowing, Message } from "./message.tsx";
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
        What you type here can be read, collected or used by the organizer and all participants of this meeting; what
        you write to one person, by that person. The servers cannot read it.
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
