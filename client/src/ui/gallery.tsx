import { useSignal, useSignalEffect } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Person } from "../room/state.ts";
import { GridIcon, NextIcon, OneLargeIcon, PreviousIcon } from "./icons.tsx";
import type { RoomModel } from "./room_model.ts";
import { inOrder, largeOne, type Page, pageOf, proportion, spoken, tileWidth } from "./seating.ts";
import { Tile } from "./tile.tsx";
import { FloatTool } from "./view_tools.tsx";

interface GalleryProps {
  readonly model: RoomModel;
  /** What is large instead of a person: a shared screen. */
  readonly children?: ComponentChildren;
}

/** The people of the meeting: everyone alike, or beside what is large. */
export function Gallery({ model, children }: GalleryProps) {
  const page = useSignal(0);
  const largeTile = useRef<HTMLDivElement>(null);
  useSignalEffect(() => {
    model.recent.value = spoken(model.recent.peek(), model.voice.sound.speaking.value);
  });
  const [state, recent] = [model.state.value, model.recent.value];
  const isGrid = children || model.layout.value === "grid";
  const large = isGrid ? undefined : largeOne(state, model.chosenPerson.value, recent);
  const shown = pageOf(
    inOrder(state, recent).filter((person) => person !== large),
    page.value,
  );
  const isSplit = children || large;
  return (
    <div class={isSplit ? "gallery gallery-split" : "gallery"}>
      {children}
      {large && (
        <div ref={largeTile} class="tiles tiles-large">
          <Tile key={large.device} person={large} model={model} isLarge />
        </div>
      )}
      <div class="gallery-people">
        {isSplit ? <Strip people={shown.people} model={model} /> : <Grid people={shown.people} model={model} />}
        <div class="gallery-tools">
          {shown.count > 1 && <Pages page={shown} turn={(by) => (page.value = shown.index + by)} />}
          {large && <FloatTool of={largeTile} floated={() => model.showLarge(large.device)} />}
          {!children && <LayoutTool model={model} />}
        </div>
      </div>
    </div>
  );
}

interface TilesProps {
  readonly people: readonly Person[];
  readonly model: RoomModel;
}

function Strip({ people, model }: TilesProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="tiles tiles-strip" aria-label="People" tabIndex={0}>
      {people.map((person) => (
        <Tile key={person.device} person={person} model={model} isLarge={false} />
      ))}
    </section>
  );
}

const GAP_PX = 8;

/** As large as all of them fit without scrolling. */
function Grid({ people, model }: TilesProps) {
  const list = useRef<HTMLElement>(null);
  const count = people.length;
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    const arrange = (): void => {
      const { clientWidth: width, clientHeight: height } = element;
      element.style.setProperty("--tile-width", `${tileWidth(count, { width, height, gap: GAP_PX })}px`);
      element.style.setProperty("--tile-proportion", String(proportion(width, height)));
    };
    const size = new ResizeObserver(arrange);
    size.observe(element);
    arrange();
    return () => size.disconnect();
  }, [count]);
  return (
    <section ref={list} class="tiles tiles-grid" aria-label="People">
      {people.map((person) => (
        <Tile key={person.device} person={person} model={model} isLarge={false} />
      ))}
    </section>
  );
}

function Pages({ page: { index, count }, turn }: { page: Page; turn(by: number): void }) {
  return (
    <>
      <button
        type="button"
        class="icon-button"
        aria-label="Previous people"
        disabled={index === 0}
        onClick={() => turn(-1)}
      >
        <PreviousIcon />
      </button>
      <span class="gallery-page">
        {index + 1} of {count}
      </span>
      <button
        type="button"
        class="icon-button"
        aria-label="More people"
        disabled={index === count - 1}
        onClick={() => turn(1)}
      >
        <NextIcon />
      </button>
    </>
  );
}

function LayoutTool({ model }: { model: RoomModel }) {
  const isGrid = model.layout.value === "grid";
  return (
    <button
      type="button"
      class="button button-plain"
      title={isGrid ? "Show one person large" : "Show everyone alike"}
      onClick={() => model.chooseLayout(isGrid ? "speaker" : "grid")}
    >
      {isGrid ? <OneLargeIcon /> : <GridIcon />}
      Layout
    </button>
  );
}
