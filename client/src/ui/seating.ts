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

/** Return who is really here: a server can name whom it likes, and whoever nobody can verify gets no tile. */
export function present({ people }: RoomState): readonly Person[] {
  return people.filter(({ trust, isSelf }) => isSelf || trust === "verified");
}

/**
 * Return who is here in the order of their tiles: oneself, then who can be seen, then the others, as they came. Where not
 * all have a tile at once, those who spoke last (`recent`) have one.
 */
export function inOrder(state: RoomState, recent: readonly string[] = []): readonly Person[] {
  const people = present(state);
  const isSeen = new Set(state.cameras.map(({ device }) => device));
  const hasSpoken = new Set(people.length > MAX_TILES ? recent : []);
  const rank = ({ isSelf, device }: Person): number =>
    isSelf ? 0 : hasSpoken.has(device) ? 1 : isSeen.has(device) ? 2 : 3;
  return people.toSorted((one, other) => rank(one) - rank(other));
}

/** Return whose tile is large: whom the person chose, else who spoke last, or can be seen, or anyone; never oneself unless alone. */
export function largeOne(state: RoomState, chosen: string | null, recent: readonly string[] = []): Person | undefined {
  const ordered = inOrder(state);
  const find = (wanted: string | null | undefined) => ordered.find(({ device }) => device === wanted);
  const speaker = recent.map(find).find((person) => person !== undefined);
  return find(chosen) ?? speaker ?? ordered.find(({ isSelf }) => !isSelf) ?? ordered[0];
}

/** As many as have something to say to each other. */
const MAX_RECENT = 5;

/** Return the devices of those who spoke last, now that `speaking` do: who goes on speaking stays before who joins in. */
export function spoken(recent: readonly string[], speaking: ReadonlySet<string>): readonly string[] {
  const others = [...speaking].filter((device) => !recent.includes(device));
  const [going, silent] = [true, false].map((is) => recent.filter((device) => speaking.has(device) === is));
  return [...(going ?? []), ...others, ...(silent ?? [])].slice(0, MAX_RECENT);
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
