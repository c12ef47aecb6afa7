/** What a person is told when the meeting is over for them, and how they can go on. */

import type { OverReason } from "../room/state.ts";

/** `rejoin`: enter again; `words`: type the words again; `reload`: load the page anew; `none`: only back to the start. */
export type WayOn = "rejoin" | "words" | "reload" | "none";

export interface OverText {
  readonly title: string;
  readonly text: string;
  readonly way: WayOn;
  /** The label of the way on; empty for `none`. */
  readonly action: string;
}

const WRONG_WORDS: OverText = {
  title: "The meeting words do not match",
  text: "The words of your link are not this meeting's words. Perhaps the organizer has made new ones: ask for the latest link, or type the six words.",
  way: "words",
  action: "Type the words again",
};

const TEXTS: Readonly<Record<OverReason, OverText>> = {
  left: {
    title: "You left the meeting",
    text: "The keys of this meeting are gone from this browser.",
    way: "rejoin",
    action: "Join again",
  },
  ended: {
    title: "The meeting has ended",
    text: "The organizer ended it for everyone. Its keys are gone.",
    way: "none",
    action: "",
  },
  removed: {
    title: "You were removed from the meeting",
    text: "The organizer removed you. From that moment on this browser can open nothing of the meeting.",
    way: "none",
    action: "",
  },
  replaced: {
    title: "The meeting is open in another tab",
    text: "You joined again elsewhere, so this tab has stepped back. Go on there, or bring the meeting here.",
    way: "rejoin",
    action: "Use this tab",
  },
  denied: {
    title: "You were not let in",
    text: "The organizer did not admit you. If that was a mistake, tell them, and knock again.",
    way: "rejoin",
    action: "Knock again",
  },
  unanswered: {
    title: "Nobody answered",
    text: "The organizer may not be there yet, or did not see that you knocked.",
    way: "rejoin",
    action: "Knock again",
  },
  locked: {
    title: "The meeting is locked",
    text: "Nobody new can come in now. Ask the organizer to unlock it, then try again.",
    way: "rejoin",
    action: "Try again",
  },
  full: {
    title: "The meeting is full",
    text: "No more people fit in. Try again when somebody has left.",
    way: "rejoin",
    action: "Try again",
  },
  unverified: WRONG_WORDS,
  "wrong-words": WRONG_WORDS,
  ticket: {
    title: "Your admission has expired",
    text: "It lasts an hour at a time and could not be renewed. Load the page again to get a new one.",
    way: "reload",
    action: "Load again",
  },
  forbidden: {
    title: "This is not allowed",
    text: "The meeting's server refused what this browser asked for. Load the page again, or ask the organizer.",
    way: "reload",
    action: "Load again",
  },
  malformed: {
    title: "Something went wrong in this browser",
    text: "The meeting goes on for the others. Load the page again to come back.",
    way: "reload",
    action: "Load again",
  },
  unsupported: {
    title: "This browser cannot show the meeting",
    text: "It lacks what encrypted pictures need. Open the link in a current Chrome, Edge or Firefox on a computer.",
    way: "none",
    action: "",
  },
  unreachable: {
    title: "The meeting cannot be reached",
    text: "The connection could not be made. Check your network; some block WebSockets, too, which meetings need at least.",
    way: "rejoin",
    action: "Try again",
  },
};

export function overText(reason: OverReason): OverText {
  return TEXTS[reason];
}
