import { useEffect, useRef } from "preact/hooks";
import { Door } from "./door.tsx";
import type { MeetingFacts } from "./facts.ts";
import type { RoomModel } from "./room_model.ts";

/** Before the room: the organizer sees that we knock. */
export function Lobby({ model, facts }: { model: RoomModel; facts: MeetingFacts }) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  return (
    <Door facts={facts}>
      <div class="lobby">
        <span class="spinner" aria-hidden="true" />
        <h1 ref={title} tabIndex={-1}>
          Waiting to be let in
        </h1>
        <p role="status">
          The organizer sees that <bdi>{model.entered.value?.name}</bdi> knocks. You come in by yourself as soon as they
          admit you.
        </p>
        <p class="door-note">Until then you see and hear nothing of the meeting, and nobody in it sees or hears you.</p>
        <div class="door-actions">
          <button type="button" class="button" onClick={() => model.send({ type: "leave" })}>
            Leave
          </button>
        </div>
      </div>
    </Door>
  );
}
