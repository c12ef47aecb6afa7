import { useRef } from "preact/hooks";
import { REACTIONS, type Reaction } from "../room/state.ts";
import { HandIcon, SmileIcon } from "./icons.tsx";
import { REACTION_NAMES } from "./reactions.tsx";
import type { RoomModel } from "./room_model.ts";

export function HandTool({ model }: { model: RoomModel }) {
  const { people, phase } = model.state.value;
  const isUp = people.some((person) => person.isSelf && person.hand > 0);
  return (
    <button
      type="button"
      class={isUp ? "tool tool-on" : "tool"}
      disabled={phase.name !== "live"}
      aria-keyshortcuts="H"
      onClick={() => model.toggleHand()}
    >
      <HandIcon />
      <span class="tool-label">{isUp ? "Lower hand" : "Raise hand"}</span>
    </button>
  );
}

const CHOICE = "reaction-choice";

/** Say something with one sign. The browser closes the choice; behind "More" it does not give the focus back by itself. */
export function ReactTool({ model }: { model: RoomModel }) {
  const tool = useRef<HTMLButtonElement>(null);
  const react = (reaction: Reaction): void => {
    model.send({ type: "react", reaction });
    document.getElementById(CHOICE)?.hidePopover();
  };
  return (
    <div class="tool-slot">
      <button
        ref={tool}
        type="button"
        class="tool"
        popoverTarget={CHOICE}
        disabled={model.state.value.phase.name !== "live"}
      >
        <SmileIcon />
        <span class="tool-label">React</span>
      </button>
      <fieldset
        class="reaction-choice"
        id={CHOICE}
        popover="auto"
        aria-label="Reactions"
        onToggle={({ currentTarget, newState }) => {
          const isLost = document.activeElement === document.body || currentTarget.contains(document.activeElement);
          if (newState === "closed" && isLost) tool.current?.focus();
        }}
      >
        {REACTIONS.map((reaction, index) => (
          <button
            key={reaction}
            type="button"
            class="icon-button"
            aria-label={REACTION_NAMES[reaction]}
            // biome-ignore lint/a11y/noAutofocus: only when the person opens the choice
            autoFocus={index === 0}
            onClick={() => react(reaction)}
          >
            {reaction}
          </button>
        ))}
      </fieldset>
    </div>
  );
}
