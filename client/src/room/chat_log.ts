/** What was written in the meeting, and what became of our own messages. Pure: time is an argument. */

import type { ChatMessage } from "./state.ts";

/** As docs/protocol/media.md says. */
const MAX_TEXT_CHARACTERS = 4000;
const ID = /^[0-9a-f]{16}$/;
/** Of the newest; a meeting of hours stays well below. */
const MAX_MESSAGES = 2000;
/** The server gives a silent device up after 15 s: what was written shortly before a loss may have reached nobody. */
const UNSURE_MS = 15_000;

export type ChatText = { readonly type: "chat"; readonly id: string; readonly text: string };

/** Return the chat message, or null when it is not one. */
export function readChat(message: unknown): ChatText | null {
  if (typeof message !== "object" || message === null) return null;
  const { type, id, text } = message as Record<string, unknown>;
  if (type !== "chat" || typeof id !== "string" || !ID.test(id) || typeof text !== "string") return null;
  return isChatText(text) ? { type, id, text } : null;
}

export function isChatText(text: string): boolean {
  return text.length >= 1 && text.length <= 2 * MAX_TEXT_CHARACTERS && [...text].length <= MAX_TEXT_CHARACTERS;
}

export type Author = { readonly participant: string; readonly name: string };

export class ChatLog {
  #messages: readonly ChatMessage[] = [];

  get messages(): readonly ChatMessage[] {
    return this.#messages;
  }

  /** Write down somebody else's message; one that is sent again (the same id) is written down once. */
  receive({ id, text }: ChatText, from: Author, atMs: number): boolean {
    if (this.#messages.some((known) => known.id === id && known.from === from.participant)) return false;
    this.#add({ id, from: from.participant, fromName: from.name, isSelf: false, text, atMs, delivery: "sent" });
    return true;
  }

  /** Write down our own, which is still to be sent. */
  write(id: string, text: string, self: Author, atMs: number): void {
    this.#add({ id, from: self.participant, fromName: self.name, isSelf: true, text, atMs, delivery: "sending" });
  }

  /** Our own that wait to be sent, oldest first. */
  waiting(): readonly ChatText[] {
    return this.#own("sending").map(({ id, text }) => ({ type: "chat", id, text }));
  }

  sent(id: string): void {
    this.#mark((message) => message.id === id && message.delivery === "sending", "sent");
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

  #own(delivery: ChatMessage["delivery"]): readonly ChatMessage[] {
    return this.#messages.filter((message) => message.isSelf && message.delivery === delivery);
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
