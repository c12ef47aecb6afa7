/** Where the meeting stands, in one sentence for the status element. */

import type { Phase, RoomState } from "../room/state.ts";

export function statusText(state: RoomState): string {
  const phase = phaseText(state.phase);
  if (phase) return state.notice ? `${phase} ${state.notice}` : phase;
  if (state.notice) return state.notice;
  return isAlone(state) ? "You are the only one here" : "Connected, end-to-end encrypted";
}

/** Whether nobody else is in the room. */
export function isAlone(state: RoomState): boolean {
  if (state.phase.name === "waiting") return state.phase.alone;
  return state.phase.name === "live" && state.people.every((person) => person.isSelf);
}

export type Tone = "calm" | "busy" | "good";

/** How the status looks: `busy` while something is under way. */
export function statusTone(state: RoomState): Tone {
  if (state.phase.name === "live") return state.notice ? "busy" : isAlone(state) ? "calm" : "good";
  return state.phase.name === "over" || isAlone(state) ? "calm" : "busy";
}

function phaseText(phase: Phase): string | null {
  switch (phase.name) {
    case "connecting":
      return "Connecting…";
    case "lobby":
      return "Waiting to be let in";
    case "waiting":
      return phase.alone ? "You are the only one here" : "Waiting for the other side's key…";
    case "reconnecting":
      return "Reconnecting…";
    case "over":
      return "The meeting is over for you";
    case "live":
      return null;
    default:
      return phase satisfies never;
  }
}
