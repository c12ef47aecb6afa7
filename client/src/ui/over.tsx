import { useEffect, useRef } from "preact/hooks";
import type { OverReason } from "../room/state.ts";
import { Door } from "./door.tsx";
import type { MeetingFacts } from "./facts.ts";
import { type OverText, overText } from "./over_text.ts";
import type { RoomModel } from "./room_model.ts";

interface OverProps {
  readonly reason: OverReason;
  readonly facts: MeetingFacts;
  readonly model: RoomModel;
  onRetype?(): void;
}

/** The meeting is over for this person: why, and how they can go on. */
export function Over({ reason, facts, model, onRetype = () => undefined }: OverProps) {
  const title = useRef<HTMLHeadingElement>(null);
  const over = overText(reason);
  useEffect(() => title.current?.focus(), []);
  return (
    <Door facts={facts}>
      <h1 ref={title} tabIndex={-1}>
        {over.title}
      </h1>
      <p>{over.text}</p>
      <div class="door-actions">
        <WayOnButton over={over} model={model} onRetype={onRetype} />
        <a class={over.way === "none" ? "button button-primary" : "button"} href={facts.homeUrl}>
          Back to the start
        </a>
      </div>
    </Door>
  );
}

function WayOnButton({ over, model, onRetype }: { over: OverText; model: RoomModel; onRetype(): void }) {
  if (over.way === "none") return null;
  const go = {
    rejoin: () => model.rejoin(),
    words: onRetype,
    reload: () => location.reload(),
  }[over.way];
  return (
    <button type="button" class="button button-primary" onClick={go}>
      {over.action}
    </button>
  );
}
