import { describe, expect, test } from "vitest";
import { inOrder, largeOne, MAX_TILES, pageOf, proportion, spoken, tileWidth } from "../../src/ui/seating.ts";
import { LIVE, SCENES } from "./scenes.ts";

const names = (people: readonly { name: string }[]) => people.map(({ name }) => name.split(" ")[0]);

describe("who is seen where", () => {
  test("oneself, then who can be seen, then the others, as they came", () => {
    const [alice, bob, carol] = LIVE.people;
    const state = { ...SCENES.cameras, people: [bob, alice, carol].filter((one) => one !== undefined) };
    expect(names(inOrder({ ...state, cameras: [] }))).toEqual(["Alice", "Bob", "Carol"]);
    const onlyCarol = SCENES.cameras.cameras.filter(({ device }) => device === carol?.device);
    expect(names(inOrder({ ...state, cameras: onlyCarol }))).toEqual(["Alice", "Carol", "Bob"]);
  });

  test("nobody whom nobody can verify", () => {
    expect(names(SCENES.crowd.people)).toContain("Mallory");
    expect(names(inOrder(SCENES.crowd))).toEqual(["Alice", "Bob", "Carol"]);
  });

  test("large is who was chosen, else who can be seen, else anyone else, else oneself", () => {
    const [alice, , carol] = LIVE.people;
    expect(largeOne(SCENES.cameras, carol?.device ?? "")?.name).toMatch(/Carol/);
    expect(largeOne(SCENES.cameras, alice?.device ?? "")?.name).toMatch(/Alice/);
    expect(largeOne(SCENES.cameras, "somebody who left")?.name).toBe("Bob");
    expect(largeOne(LIVE, null)?.name).toBe("Bob");
    expect(largeOne(SCENES.alone, null)?.name).toMatch(/Alice/);
    expect(largeOne({ ...LIVE, people: [] }, null)).toBeUndefined();
  });

  test("never more than nine cameras at once; the rest is on further pages", () => {
    const people = inOrder(SCENES.many);
    const [first, second] = [pageOf(people, 0), pageOf(people, 1)];
    expect([first.people.length, second.people.length, first.count]).toEqual([MAX_TILES, 15 - MAX_TILES, 2]);
    expect([...first.people, ...second.people]).toEqual(people);
    expect(pageOf(people, 7).index).toBe(1);
    expect(pageOf(people.slice(0, 3), 1)).toMatchObject({ index: 0, count: 1 });
    expect(pageOf([], 0)).toMatchObject({ people: [], index: 0, count: 1 });
  });
});

describe("who spoke last", () => {
  const say = (recent: readonly string[], ...speaking: string[]) => spoken(recent, new Set(speaking));

  test("is large, and stays so while they go on speaking, whoever joins in", () => {
    const [, bob, carol] = LIVE.people.map(({ device }) => device);
    let recent = say([], carol ?? "");
    expect(largeOne(LIVE, null, recent)?.device).toBe(carol);
    recent = say(recent, bob ?? "", carol ?? "");
    expect(largeOne(LIVE, null, recent)?.device).toBe(carol);
    recent = say(recent, bob ?? "");
    expect(largeOne(LIVE, null, recent)?.device).toBe(bob);
    recent = say(recent);
    expect(largeOne(LIVE, null, recent)?.device).toBe(bob);
    expect(largeOne(LIVE, carol ?? "", recent)?.device).toBe(carol);
    expect(largeOne(LIVE, null, ["somebody who left", carol ?? ""])?.device).toBe(carol);
  });

  test("has a tile on the first page of a crowd, and moves nobody where all have one", () => {
    const last = SCENES.many.people.at(-1)?.device ?? "";
    expect(inOrder(SCENES.many, [last])[1]?.device).toBe(last);
    expect(inOrder(SCENES.cameras, [SCENES.cameras.people.at(-1)?.device ?? ""])).toEqual(inOrder(SCENES.cameras));
  });

  test("are few", () => {
    expect(say(["a", "b", "c", "d", "e"], "f", "c")).toEqual(["c", "f", "a", "b", "d"]);
  });
});

describe("equal tiles", () => {
  const widest = (count: number, width: number, height: number) => tileWidth(count, { width, height, gap: 8 });

  test.each([
    [1, 1280, 720],
    [2, 1280, 600],
    [5, 900, 700],
    [9, 3840, 2000],
    [9, 330, 520],
    [4, 360, 300],
  ])("%i of them fit into %i x %i, and no larger ones do", (count, width, height) => {
    const fits = (tile: number) => {
      const columns = Math.floor((width + 8) / (tile + 8));
      const rows = Math.ceil(count / Math.max(1, columns));
      return columns > 0 && rows * (tile / proportion(width, height) + 8) - 8 <= height + 0.01;
    };
    const tile = widest(count, width, height);
    expect(fits(tile)).toBe(true);
    expect(fits(tile + 2)).toBe(false);
  });

  test("are taller where a phone stands", () => {
    expect(proportion(1280, 720)).toBeCloseTo(16 / 9);
    expect(proportion(360, 640)).toBeCloseTo(4 / 3);
  });

  test("have no size where there is no room", () => {
    expect(widest(3, 0, 0)).toBe(0);
    expect(widest(0, 100, 100)).toBe(0);
  });
});
