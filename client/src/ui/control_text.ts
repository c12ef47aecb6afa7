/** Remote control in sentences (docs/protocol/control.md has those of the helper). Pure. */

import type { Drop, EndReason, OfferView } from "../room/state.ts";

type Ended = EndReason | "refused";

/** What the presenter is told when control of their own computer is over. */
const OURS: Readonly<Record<EndReason, (name: string) => string>> = {
  person: () => "Control was stopped in Conclave Helper.",
  hotkey: () => "Control was stopped by Ctrl+Alt+End.",
  expired: () => "The time for control is over.",
  revoked: (name) => `${name} no longer controls your computer.`,
  replaced: () => "Somebody else is in control now.",
  surface: () => "The shared screen is gone, and control of your computer with it.",
  closed: () => "Conclave Helper was closed: nobody controls your computer.",
  left: (name) => `${name} has given control back.`,
};

/** What the controller is told. */
const THEIRS: Readonly<Record<Ended, (name: string) => string>> = {
  person: (name) => `${name} has taken control back.`,
  hotkey: (name) => `${name} has taken control back.`,
  expired: () => "The time for control is over.",
  revoked: (name) => `${name} has taken control back.`,
  replaced: (name) => `Somebody else controls ${name}'s computer now.`,
  surface: (name) => `${name} shares no screen any more, so control is over.`,
  closed: (name) => `${name} has closed Conclave Helper, so control is over.`,
  left: (name) => `Control of ${name}'s computer was lost with the connection. Ask again.`,
  refused: (name) => `${name} does not give control just now.`,
};

export const endedText = (isOurs: boolean, name: string, reason: Ended): string =>
  isOurs && reason !== "refused" ? OURS[reason](name) : THEIRS[reason](name);

const DROPPED: Readonly<Record<Drop, string>> = {
  grant: "Input came that nobody had allowed.",
  rate: "Too much input came at once.",
  signature: "Input came that the person in control did not sign.",
  old: "Old input came again.",
  late: "Input came too late and was dropped. If a computer has slept, ask for control again.",
  malformed: "Input came that could not be read.",
  place: "Input came for a place outside the screen.",
  key: "Input came for an unknown key.",
  scope: "Input came that was not allowed, such as keys where only the mouse is.",
  held: "Input was held back while you used the mouse.",
  focus: "Keys were held back because the meeting's window is in front.",
  surface: "Input was held back because the shared window is not there.",
  busy: "The computer could not keep up.",
};

export const droppedText = (reasons: readonly Drop[]): string => reasons.map((reason) => DROPPED[reason]).join(" ");

const PROBLEMS: Readonly<Record<NonNullable<OfferView["problem"]>, string>> = {
  mistyped: "The code has 8 digits, and the first one is 1, 2 or 3.",
  absent:
    "Conclave Helper does not answer. Start it on this computer, and allow this page to reach it if your browser asks.",
  closed: "Conclave Helper was closed.",
  malformed: "Conclave Helper and this page do not understand each other: update the helper.",
  code: "That is not the code that Conclave Helper shows. After three tries it shows a new one.",
  slow: "Nothing was said within 10 s. Try again.",
  replaced: "The meeting was opened in another tab.",
  room: "Conclave Helper serves another meeting.",
  limited: 'Too many wrong codes: press "New code" in Conclave Helper.',
  person: "You refused in Conclave Helper.",
  unanswered: "Nobody answered Conclave Helper's question within a minute.",
  busy: "Conclave Helper is asking already, or was asked too often. Wait a moment.",
  surface: "Share a whole screen, or a window that Conclave Helper can find, to give control of it.",
  withdrawn: "The question was taken back.",
};

export const problemText = (problem: OfferView["problem"]): string | null => problem && PROBLEMS[problem];

/** Return the last minute of what was granted, by the person's clock. */
export const untilText = (untilMs: number): string =>
  new Date(untilMs).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
