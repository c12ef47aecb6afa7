import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Person } from "../room/state.ts";
import { GridIcon, NextIcon, OneLargeIcon, PreviousIcon } from "./icons.tsx";
import type { RoomModel } from "./room_model.ts";
import { inOrder, largeOne, type Page, pageOf, proportion, tileWidth } from "./seating.ts";
import { Tile } from "./tile.tsx";

interface GalleryProps {
  readonly model: RoomModel;
  /** What is large instead of a person: a shared screen. */
  readonly children?: ComponentChildren;
}

/** The people of the meeting: everyone alike, or beside what is large. */
export function Gallery({ model, children }: GalleryProps) {
  const page = useSignal(0);
  const state = model.state.value;
  const large = children || model.layout.value === "grid" ? undefined : largeOne(state, model.chosenPerson.value);
  const shown = pageOf(
    inOrder(state).filter((person) => person !== large),
    page.value,
  );
  const isSplit = children || large;
  return (
    <div class={isSplit ? "gallery gallery-split" : "gallery"}>
      {children}
      {large && (
        <ul class="tiles tiles-large" aria-label="Large">
          <Tile key={large.device} person={large} model={model} isLarge />
        </ul>
      )}
      <div class="gallery-people">
        {isSplit ? <Strip people={shown.people} model={model} /> : <Grid people={shown.people} model={model} />}
        <div class="gallery-tools">
          {shown.count > 1 && <Pages page={shown} turn={(by) => (page.value = shown.index + by)} />}
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
    <ul class="tiles tiles-strip" aria-label="People">
      {people.map((person) => (
        <Tile key={person.device} person={person} model={model} isLarge={false} />
      ))}
    </ul>
  );
}

const GAP_PX = 8;

/** As large as all of them fit without scrolling. */
function Grid({ people, model }: TilesProps) {
  const list = useRef<HTMLUListElement>(null);
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
    <ul ref={list} class="tiles tiles-grid" aria-label="People">
      {people.map((person) => (
        <Tile key={person.device} person={person} model={model} isLarge={false} />
      ))}
    </ul>
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
