import { useMemo } from "preact/hooks";
import type { ChatMessage, MessageRef } from "../room/state.ts";
import { formatTime } from "./clock.ts";
import { CopyButton } from "./copy_button.tsx";
import { FileCard } from "./file_card.tsx";
import { LockIcon, ReplyIcon } from "./icons.tsx";
import { linkify } from "./linkify.ts";
import type { RoomModel } from "./room_model.ts";
import { messageKey } from "./unread.ts";

/** Within this time a person's next message needs no name and time of its own. */
const SAME_BREATH_MS = 120_000;
/** What of a message is quoted above its answer; the style sheet cuts it to one line. */
const QUOTED_CHARACTERS = 120;

export function isFollowing(before: ChatMessage | undefined, message: ChatMessage): boolean {
  return (
    before?.from === message.from &&
    before.to?.participant === message.to?.participant &&
    message.atMs - before.atMs < SAME_BREATH_MS
  );
}

interface MessageProps {
  readonly message: ChatMessage;
  readonly isFollowing: boolean;
  readonly model: RoomModel;
}

export function Message({ message, isFollowing: isNext, model }: MessageProps) {
  const look = [
    "message",
    message.isSelf && "message-own",
    isNext && "message-next",
    message.to && "message-private",
    `message-${message.delivery}`,
  ];
  return (
    <article id={elementId(message)} class={look.filter(Boolean).join(" ")} tabIndex={-1}>
      <p class={isNext ? "message-head visually-hidden" : "message-head"}>
        <bdi class="message-name">{message.fromName}</bdi>
        {message.isSelf && <span class="message-you"> (you)</span>}
        {message.to && <Privately message={message} />}{" "}
        <time dateTime={new Date(message.atMs).toISOString()}>{formatTime(message.atMs, undefined)}</time>
      </p>
      {message.reply && <Quotation reply={message.reply} model={model} />}
      {message.file ? (
        <FileCard message={message} file={message.file} model={model} />
      ) : (
        <p class="message-text" dir="auto">
          <LinkedText text={message.text} />
        </p>
      )}
      <Fate message={message} model={model} />
      <p class="message-actions">
        <button type="button" class="button button-plain" onClick={() => model.answer(message)}>
          <ReplyIcon />
          Reply
        </button>
        {message.text && <CopyButton text={message.text} label="Copy" class="button button-plain" />}
      </p>
    </article>
  );
}

function Privately({ message }: { message: ChatMessage }) {
  return (
    <span class="message-privately">
      {" "}
      <LockIcon />{" "}
      {message.isSelf ? (
        <>
          only to <bdi>{message.to?.name}</bdi>
        </>
      ) : (
        "only to you"
      )}
    </span>
  );
}

/** The answered message as we have it ourselves: what its author wrote, not what somebody says that they wrote. */
function Quotation({ reply, model }: { reply: MessageRef; model: RoomModel }) {
  const answered = model.messageOf(reply);
  if (!answered) return <p class="quotation">In answer to a message from before you came</p>;
  const show = (): void => {
    const element = document.getElementById(elementId(answered));
    element?.scrollIntoView({ block: "nearest" });
    element?.focus();
  };
  return (
    <button type="button" class="quotation" title="Show the message" onClick={show}>
      <bdi class="message-name">{answered.fromName}</bdi> <bdi>{gist(answered).slice(0, QUOTED_CHARACTERS)}</bdi>
    </button>
  );
}

function Fate({ message, model }: { message: ChatMessage; model: RoomModel }) {
  if (message.delivery === "sending") return <p class="message-fate">Sending…</p>;
  if (message.delivery === "sent") return null;
  return (
    <p class="message-fate message-fate-bad">
      {message.to ? (
        <>
          Not sent: <bdi>{message.to.name}</bdi> is not here.{" "}
        </>
      ) : (
        "Not sent. "
      )}
      <button type="button" class="link-button" onClick={() => model.send({ type: "resend", id: message.id })}>
        Try again
      </button>
    </p>
  );
}

/** What a message says, in one line. */
export const gist = ({ text, file }: ChatMessage): string => file?.name ?? text;

const elementId = (ref: MessageRef): string => `message-${messageKey(ref)}`;

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
