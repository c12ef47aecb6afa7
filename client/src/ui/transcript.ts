/** The chat as a text file, made in the browser. */

import type { ChatMessage } from "../room/state.ts";
import { formatDateTime, formatTime } from "./clock.ts";

export interface TranscriptOf {
  readonly subject: string;
  readonly number: string;
  readonly chat: readonly ChatMessage[];
  readonly nowMs: number;
}

export function transcript(of: TranscriptOf, locale: string | undefined, timeZone?: string): string {
  const head = [of.subject, `Meeting ${of.number}`, `Chat saved on ${formatDateTime(of.nowMs, locale, timeZone)}`, ""];
  const lines = of.chat
    .filter((message) => message.delivery === "sent")
    .map((message) => entry(message, locale, timeZone));
  return [...head.filter((line, index) => line || index > 0), ...lines, ""].join("\n");
}

function entry(message: ChatMessage, locale: string | undefined, timeZone?: string): string {
  const text = message.file ? `[file: ${message.file.name}]` : message.text.replaceAll(/\r?\n/gu, "\n    ");
  const reader = message.to ? ` (only to ${message.to.name})` : "";
  return `[${formatTime(message.atMs, locale, timeZone)}] ${message.fromName}${reader}: ${text}`;
}
