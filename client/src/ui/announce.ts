/** What happened between two states, in words for those who do not see it. */

import type { Person, RoomState } from "../room/state.ts";
import { controlNews } from "./control_news.ts";
import { doubtful, doubtText } from "./doubts.ts";
import { othersScreens } from "./screens.ts";
import { messageKey } from "./unread.ts";

/** More names than this at once are noise; they are counted instead. */
const MAX_NAMES = 3;

/** Return one short text, or the empty string. Chat is told only while its panel is closed: the panel speaks itself. */
export function announcement(before: RoomState, after: RoomState, isChatOpen: boolean): string {
  if (before.phase.name !== "live" || after.phase.name !== "live") return "";
  return [
    knockNews(before, after),
    told(newcomers(before.people, after.people), "joined"),
    told(newcomers(after.people, before.people), "left"),
    doubtNews(before, after),
    ...screenChanges(before, after),
    controlNews(before.control, after.control),
    isChatOpen ? "" : chatNews(before, after),
  ]
    .filter(Boolean)
    .join(" ");
}

/** Return what has changed in the order of the house: what everyone should hear and see. */
export function houseNews(before: RoomState, after: RoomState): string {
  if (before.phase.name !== "live" || after.phase.name !== "live") return "";
  return [lockNews(before, after), roleNews(before, after), handNews(before, after)].filter(Boolean).join(" ");
}

function doubtNews(before: RoomState, after: RoomState): string {
  const known = new Set(doubtful(before.people).map(({ device, doubt }) => device + doubt));
  const fresh = doubtful(after.people).filter(({ device, doubt }) => !known.has(device + doubt));
  if (fresh.length > MAX_NAMES) return `${fresh.length} people may not hear what you hear.`;
  return fresh.map((person) => `${doubtText(person)}.`).join(" ");
}

/** A knock is seen with its answers; here it is only heard. */
function knockNews(before: RoomState, after: RoomState): string {
  const known = new Set(before.knocks.map((knock) => knock.participant));
  const names = after.knocks.filter((knock) => !known.has(knock.participant)).map((knock) => knock.name);
  return told(names, names.length > 1 ? "knock" : "knocks");
}

function lockNews(before: RoomState, after: RoomState): string {
  if (before.isLocked === after.isLocked) return "";
  return after.isLocked
    ? "The meeting is locked: nobody new can come in."
    : "The meeting is open again for whoever has the link.";
}

function roleNews(before: RoomState, after: RoomState): string {
  const [was, is] = [before.self?.role, after.self?.role];
  if (was === undefined || is === undefined || was === is) return "";
  return is === "presenter" ? "You are a presenter now." : "You are an attendee now.";
}

function handNews(before: RoomState, after: RoomState): string {
  const up = new Set(before.people.filter(({ hand }) => hand > 0).map(({ participant }) => participant));
  const raised = after.people.filter(({ participant, hand, isSelf }) => hand > 0 && !isSelf && !up.has(participant));
  const names = raised.map(({ name }) => name);
  return told(names, names.length > 1 ? "raised their hands" : "raised a hand");
}

function newcomers(before: readonly Person[], after: readonly Person[]): string[] {
  const known = new Set(before.map((person) => person.participant));
  return after.filter((person) => !person.isSelf && !known.has(person.participant)).map((person) => person.name);
}

function told(names: readonly string[], verb: string): string {
  if (names.length === 0) return "";
  return names.length > MAX_NAMES ? `${names.length} people ${verb}.` : `${names.join(", ")} ${verb}.`;
}

function screenChanges(before: RoomState, after: RoomState): string[] {
  const [then, now] = [othersScreens(before.screens), othersScreens(after.screens)];
  const started = now.filter((screen) => !then.some((old) => old.device === screen.device));
  const stopped = then.filter((screen) => !now.some((next) => next.device === screen.device));
  return [
    ...started.map((screen) => `${screen.name} shares a screen.`),
    ...stopped.map((screen) => `${screen.name} stopped sharing.`),
  ];
}

function chatNews(before: RoomState, after: RoomState): string {
  const known = new Set(before.chat.map(messageKey));
  const fresh = after.chat.filter((message) => !message.isSelf && !known.has(messageKey(message)));
  const last = fresh.at(-1);
  if (!last) return "";
  if (fresh.length > 1) return `${fresh.length} new messages.`;
  return `New ${last.to ? "private " : ""}message from ${last.fromName}.`;
}
