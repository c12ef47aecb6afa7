import type { Reaction } from "../room/state.ts";
import type { RoomModel } from "./room_model.ts";

export const REACTION_NAMES: Readonly<Record<Reaction, string>> = {
  "👍": "Thumbs up",
  "❤️": "Heart",
  "😂": "Laughing",
  "🎉": "Celebrating",
  "👏": "Clapping",
  "😮": "Surprised",
};

/** What people have just said with one sign, rising over the stage; it is read out by the room's news. */
export function Reactions({ model }: { model: RoomModel }) {
  return (
    <ul class="reactions" aria-hidden="true">
      {model.reactions.value.map(({ key, reaction, name, isSelf }) => (
        <li key={key}>
          <span class="reaction-sign">{reaction}</span> <bdi>{isSelf ? "You" : name}</bdi>
        </li>
      ))}
    </ul>
  );
}
