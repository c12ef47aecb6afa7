/** What of the chat the person has not seen yet. */

import type { ChatMessage, MessageRef } from "../room/state.ts";

/** Ids are drawn by their senders; only together with the sender do they name one message. */
export function messageKey({ from, id }: MessageRef): string {
  return `${from}/${id}`;
}

/** Return how many messages of others came after the one whose key is `lastSeen` (null: nothing was seen). */
export function countUnread(chat: readonly ChatMessage[], lastSeen: string | null): number {
  const seen = lastSeen === null ? -1 : chat.findLastIndex((message) => messageKey(message) === lastSeen);
  return chat.slice(seen + 1).filter((message) => !message.isSelf).length;
}

/** Return a badge's text: a number that never outgrows its circle. */
export function badgeText(count: number): string {
  return count > 99 ? "99+" : String(count);
}

/** Return the page's title with the number of unread messages in front. */
export function titleWithUnread(title: string, count: number): string {
  return count > 0 ? `(${badgeText(count)}) ${title}` : title;
}
