/** What is said with one sign (docs/protocol/media.md). */

import { REACTIONS, type Reaction } from "./state.ts";

/** Return the reaction, or null when the message is none of ours. */
export function readReaction(message: object): Reaction | null {
  const { type, emoji } = message as Record<string, unknown>;
  return type === "reaction" ? (REACTIONS.find((known) => known === emoji) ?? null) : null;
}
