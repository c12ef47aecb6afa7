import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { CloseIcon } from "./icons.tsx";
import type { PanelName, RoomModel } from "./room_model.ts";

interface PanelProps {
  readonly model: RoomModel;
  readonly name: PanelName;
  readonly title: string;
  /** What can be done with the whole of it, beside its title. */
  readonly action?: ComponentChildren;
  readonly children: ComponentChildren;
}

export function toolId(name: PanelName): string {
  return `tool-${name}`;
}

export function panelId(name: PanelName): string {
  return `panel-${name}`;
}

/** Close what is open and give the focus back to the button that opened it. */
export function closePanel(model: RoomModel): void {
  const name = model.panel.value;
  model.panel.value = null;
  const tool = name && document.getElementById(toolId(name));
  tool?.focus();
  // On a phone the tool is put away; the one that leads to it is there.
  if (tool !== document.activeElement) document.querySelector<HTMLElement>(".tool-more")?.focus();
}

/** One panel beside the stage; on a phone a sheet over it. */
export function Panel({ model, name, title, action, children }: PanelProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const id = useId();
  useEffect(() => {
    // A panel with a better place has taken the focus already: effects of children run first.
    const panel = heading.current?.closest("section");
    if (!panel?.contains(document.activeElement)) heading.current?.focus();
  }, []);
  return (
    <section id={panelId(name)} class={`panel panel-${name}`} aria-labelledby={id}>
      <header class="panel-head">
        <h2 id={id} ref={heading} tabIndex={-1}>
          {title}
        </h2>
        {action}
        <button type="button" class="icon-button" aria-label="Close" onClick={() => closePanel(model)}>
          <CloseIcon />
        </button>
      </header>
      {children}
    </section>
  );
}
