/** What may be sent as one chat message. */

/** As docs/protocol/media.md says; enough for a page of text. */
export const MAX_MESSAGE_CHARS = 4000;
/** From here on the person is told how much room is left. */
const COUNT_FROM_CHARS = 3600;

export interface DraftCheck {
  readonly canSend: boolean;
  /** What to show below the field, or null when there is room enough. */
  readonly counter: string | null;
  readonly isTooLong: boolean;
}

export function checkDraft(draft: string): DraftCheck {
  const length = draft.trim().length;
  const isTooLong = length > MAX_MESSAGE_CHARS;
  return { canSend: length > 0 && !isTooLong, counter: counterText(length), isTooLong };
}

function counterText(length: number): string | null {
  if (length < COUNT_FROM_CHARS) return null;
  const left = MAX_MESSAGE_CHARS - length;
  return left >= 0 ? `${characters(left)} left` : `${characters(-left)} too many`;
}

function characters(count: number): string {
  return `${count} ${count === 1 ? "character" : "characters"}`;
}
