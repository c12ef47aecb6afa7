import { expect, test } from "vitest";
import { Fineness } from "../../src/media/fineness.ts";

test("each fine picture that was in vain makes the next one wait twice as long, up to a limit", () => {
  const fineness = new Fineness();
  const waits: number[] = [];
  for (let nowMs = 0; nowMs < 8000; nowMs += 1000) {
    waits.push(fineness.patienceMs(nowMs));
    fineness.began(nowMs);
    fineness.lost(nowMs + 500);
  }
  expect(waits).toEqual([400, 800, 1600, 3200, 6400, 12_800, 12_800, 12_800]);
});

test("changes are added up over a moment: small ones are calm, many or large ones are motion", () => {
  const rateBps = 2_764_800;
  const changes = (everyMs: number, bits: number, isFine = false) => {
    const fineness = new Fineness();
    const verdicts = Array.from({ length: 20 }, (_, index) => fineness.changed(bits, rateBps, isFine, index * everyMs));
    return verdicts.at(-1);
  };
  expect(changes(500, 16_000)).toBe(false);
  expect(changes(100, 5000)).toBe(false);
  expect(changes(33, 40_000)).toBe(true);
  expect(changes(500, 400_000)).toBe(true);
  expect(changes(500, 400_000, true)).toBe(false);
});

test("one that stood for long, or a long time, makes up for it", () => {
  const fineness = new Fineness();
  fineness.began(0);
  fineness.lost(1000);
  expect(fineness.patienceMs(2000)).toBe(800);
  fineness.began(3000);
  fineness.lost(8000);
  expect(fineness.patienceMs(8000)).toBe(400);
  fineness.began(9000);
  fineness.lost(9100);
  expect([fineness.patienceMs(39_000), fineness.patienceMs(39_101)]).toEqual([800, 400]);
});
