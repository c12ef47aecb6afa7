/** What was written in the meeting, and what became of our own messages. Pure: time is an argument. */

import type { FileOffer } from "./file_wire.ts";
import type { ChatMessage, MessageRef } from "./state.ts";

/** As docs/protocol/media.md says. */
const MAX_TEXT_CHARACTERS = 4000;
const ID = /^[0-9a-f]{16}$/;
/** Of the newest; a meeting of hours stays well below. */
const MAX_MESSAGES = 2000;
/** The server gives a silent device up after 15 s: what was written shortly before a loss may have reached nobody. */
const UNSURE_MS = 15_000;

export type ChatText = {
  readonly type: "chat";
  readonly id: string;
  readonly text: string;
  /** The message that this one answers. */
  readonly reply?: MessageRef;
};

/** Our own, and for whom: a participant alone, or null for everyone. */
export type Outgoing = { readonly message: ChatText | FileOffer; readonly to: string | null };

/** Return the chat message, or null when it is not one. */
export function readChat(message: unknown): ChatText | null {
  if (typeof message !== "object" || message === null) return null;
  const { type, id, text, reply } = message as Record<string, unknown>;
  if (type !== "chat" || !isId(id) || typeof text !== "string" || !isChatText(text)) return null;
  const answered = readRef(reply);
  return answered === null ? { type, id, text } : { type, id, text, reply: answered };
}

/** Return which message is meant; null when it is none, which only costs the quotation. */
function readRef(value: unknown): MessageRef | null {
  if (typeof value !== "object" || value === null) return null;
  const { from, id } = value as Record<string, unknown>;
  return isId(from) && isId(id) ? { from, id } : null;
}

const isId = (value: unknown): value is string => typeof value === "string" && ID.test(value);

export function isChatText(text: string): boolean {
  return text.length >= 1 && text.length <= 2 * MAX_TEXT_CHARACTERS && [...text].length <= MAX_TEXT_CHARACTERS;
}

export type Author = { readonly participant: string; readonly name: string };

/** What of it a person sees: never the key of a file. */
function contentOf(said: ChatText | FileOffer): Pick<ChatMessage, "text" | "reply" | "file"> {
  if (said.type === "file") return { text: "", reply: null, file: { name: said.name, sizeBytes: said.size } };
  return { text: said.text, reply: said.reply ?? null, file: null };
}

export class ChatLog {
  #messages: readonly ChatMessage[] = [];
  /** What we sent or are to send, by its id. */
  readonly #own = new Map<string, ChatText | FileOffer>();

  get messages(): readonly ChatMessage[] {
    return this.#messages;
  }

  /** Write down somebody else's message; one that is sent again (the same id) is written down once. */
  receive(said: ChatText | FileOffer, from: Author, atMs: number, to: Author | null = null): boolean {
    const { id } = said;
    if (this.#messages.some((known) => known.id === id && known.from === from.participant)) return false;
    const author = { from: from.participant, fromName: from.name, isSelf: false };
    this.#add({ id, ...author, to, ...contentOf(said), atMs, delivery: "sent" });
    return true;
  }

  /** Write down our own, which is still to be sent. */
  write(said: ChatText | FileOffer, self: Author, atMs: number, to: Author | null = null): void {
    const author = { from: self.participant, fromName: self.name, isSelf: true };
    this.#own.set(said.id, said);
    this.#add({ id: said.id, ...author, to, ...contentOf(said), atMs, delivery: "sending" });
  }

  /** Our own that wait to be sent, oldest first. */
  waiting(): readonly Outgoing[] {
    return this.#messages.flatMap(({ id, isSelf, delivery, to }) => {
      const message = isSelf && delivery === "sending" ? this.#own.get(id) : undefined;
      return message === undefined ? [] : [{ message, to: to?.participant ?? null }];
    });
  }

  sent(id: string): void {
    this.#mark((message) => message.id === id && message.delivery === "sending", "sent");
  }

  /** The one person it is for is not here any more. */
  failed(id: string): void {
    this.#mark((message) => message.id === id && message.delivery === "sending", "failed");
  }

  /** Our own offer of a file does not stand any more. */
  withdraw(id: string): void {
    this.#own.delete(id);
    this.#messages = this.#messages.filter((message) => !(message.isSelf && message.id === id));
  }

  resend(id: string): void {
    this.#mark((message) => message.id === id && message.delivery === "failed", "sending");
  }

  /** The connection is lost: what was sent just before goes out again, and receivers know it by its id. */
  lost(nowMs: number): void {
    this.#mark((message) => message.delivery === "sent" && nowMs - message.atMs < UNSURE_MS, "sending");
  }

  /** Nothing will be sent any more by itself. */
  giveUp(): void {
    this.#mark((message) => message.delivery === "sending", "failed");
  }

  #add(message: ChatMessage): void {
    this.#messages = [...this.#messages, message].slice(-MAX_MESSAGES);
  }

  #mark(which: (message: ChatMessage) => boolean, delivery: ChatMessage["delivery"]): void {
    this.#messages = this.#messages.map((message) =>
      message.isSelf && which(message) ? { ...message, delivery } : message,
    );
  }
}
