/** Who is seen, where and how large. Pure. */

import type { Person, RoomState } from "../room/state.ts";

/** Tiles at once, and so the cameras that are watched at once (docs/protocol/media.md): what a laptop decodes with ease. */
export const MAX_TILES = 9;

/** Everyone alike, or one large and the others beside. */
export type Layout = "grid" | "speaker";

export interface Page {
  readonly people: readonly Person[];
  /** Counted from 0. */
  readonly index: number;
  readonly count: number;
}

/** Return everyone in the order of their tiles: oneself, then who can be seen, then the others, as they came. */
export function inOrder({ people, cameras }: RoomState): readonly Person[] {
  const isSeen = new Set(cameras.map(({ device }) => device));
  const rank = (person: Person): number => (person.isSelf ? 0 : isSeen.has(person.device) ? 1 : 2);
  return people.toSorted((one, other) => rank(one) - rank(other));
}

/** Return whose tile is large: whom the person chose, else who can be seen, else anyone else, else oneself. */
export function largeOne(state: RoomState, chosen: string | null): Person | undefined {
  const ordered = inOrder(state);
  return ordered.find(({ device }) => device === chosen) ?? ordered.find(({ isSelf }) => !isSelf) ?? ordered[0];
}

/** Return the people of a page; of the last one when people have left. */
export function pageOf(people: readonly Person[], wanted: number): Page {
  const count = Math.max(1, Math.ceil(people.length / MAX_TILES));
  const index = Math.min(Math.max(0, wanted), count - 1);
  return { people: people.slice(index * MAX_TILES, (index + 1) * MAX_TILES), index, count };
}

interface Room {
  readonly width: number;
  readonly height: number;
  readonly gap: number;
}

/** Return how wide `count` equal tiles can be that fill a place without scrolling; taller ones where it is narrow. */
export function tileWidth(count: number, { width, height, gap }: Room): number {
  const widths = Array.from({ length: count }, (_, index) => {
    const columns = index + 1;
    const rows = Math.ceil(count / columns);
    const tall = (height - gap * (rows - 1)) / rows;
    return Math.min((width - gap * index) / columns, tall * proportion(width, height));
  });
  return Math.max(0, Math.floor(Math.max(...widths, 0)));
}

/** Return the proportion of tiles in a place of this size: as cameras film, or nearer to the square of a standing phone. */
export function proportion(width: number, height: number): number {
  return width < height ? 4 / 3 : 16 / 9;
}
