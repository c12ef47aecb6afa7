/** What people are told of members whom the encrypted heartbeats leave in doubt, and of new safety words. */

import type { Doubt, Person, SafetyChange } from "../room/state.ts";
import { formatTime } from "./clock.ts";

type Doubtful = Person & { readonly doubt: Doubt };

/** Those in doubt, in the order of the list of participants. */
export function doubtful(people: readonly Person[]): readonly Doubtful[] {
  return people.filter((person): person is Doubtful => person.doubt !== null);
}

/** What is the matter, in as few words as a tile has room for. */
export function doubtText({ name, doubt }: Doubtful): string {
  switch (doubt) {
    case "silent":
      return `Nothing arrives from ${name}`;
    case "unreadable":
      return `${name} may have other keys`;
    case "unheard":
      return `${name} does not get what you send`;
    default:
      return doubt satisfies never;
  }
}

/** The same, and what it may mean. */
export function doubtAdvice(person: Doubtful): string {
  const what = `${doubtText(person)}.`;
  if (person.doubt === "unreadable") {
    return `${what} What comes from there cannot be opened. Compare the safety words aloud; if they differ, leave and ask the organizer for a new link.`;
  }
  return `${what} Their network or yours may be down, or somebody holds messages back. If it does not pass, compare the safety words aloud.`;
}

/** Why the safety words are not those of before. */
export function changeSentence({ atMs, came, went }: SafetyChange, locale: string | undefined): string {
  const why = [reason(came, "joined"), reason(went, "left")].filter(Boolean).join(", and ");
  return `They changed at ${formatTime(atMs, locale)}, because ${why}: everyone then gets new keys.`;
}

/** More names than this are counted instead. */
const MAX_NAMES = 3;

function reason(names: readonly string[], verb: string): string {
  if (names.length === 0) return "";
  return `${names.length > MAX_NAMES ? `${names.length} people` : names.join(" and ")} ${verb}`;
}
