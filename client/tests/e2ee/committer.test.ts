import { expect, test } from "vitest";
import { COMMIT_INTERVAL_MS, Committer, findWork, MAX_ADDS, STEP_IN_MS } from "../../src/e2ee/committer.ts";
import type { Leaf } from "../../src/e2ee/tree.ts";

const leaf = (index: number, device: string): Leaf => ({
  leaf: index,
  identity: { participant: device, device, name: device },
});
const leaves = [leaf(0, "alice"), leaf(1, "bob"), leaf(2, "carol")];
const devices = (...names: string[]) => new Set(names);

test("who is present and verified is added, who is gone is removed, the rest stays", () => {
  const present = devices("alice", "carol", "dave", "mallory");
  const work = findWork({ ownLeaf: 0, leaves, present, addable: ["alice", "carol", "dave"] });
  expect(work).toEqual({ adds: ["dave"], removes: [leaf(1, "bob")], rank: 0 });
});

test("nobody removes itself, whatever the roster says", () => {
  expect(findWork({ ownLeaf: 1, leaves, present: devices(), addable: [] }).removes).toEqual([leaves[0], leaves[2]]);
});

test("a member that is gone does not count among those before us", () => {
  expect(findWork({ ownLeaf: 2, leaves, present: devices("bob", "carol"), addable: [] }).rank).toBe(1);
  expect(findWork({ ownLeaf: 2, leaves, present: devices("alice", "bob", "carol"), addable: [] }).rank).toBe(2);
});

test("one commit never adds more than fit into it", () => {
  const many = Array.from({ length: MAX_ADDS + 5 }, (_, index) => `device ${index}`);
  expect(findWork({ ownLeaf: 0, leaves, present: new Set(many), addable: many }).adds).toHaveLength(MAX_ADDS);
});

const work = (rank: number, adds: string[], removes: Leaf[] = []) => ({ rank, adds, removes });

test("the first member commits at once, and then at most once in 250 ms", () => {
  const committer = new Committer();
  expect(committer.dueMs(work(0, ["dave"]), 1000)).toBe(1000);
  committer.noteEpoch(1010);
  expect(committer.dueMs(work(0, ["erin"]), 1020)).toBe(1010 + COMMIT_INTERVAL_MS);
  expect(committer.dueMs(work(0, ["erin"]), 9000)).toBe(1010 + COMMIT_INTERVAL_MS);
});

test("nothing to do, nothing due", () => {
  expect(new Committer().dueMs(work(0, []), 1000)).toBeNull();
});

test("each member waits 3 s for each one before it, from when something last happened", () => {
  const committer = new Committer();
  expect(committer.dueMs(work(1, ["dave"]), 1000)).toBe(1000 + STEP_IN_MS);
  expect(committer.dueMs(work(2, ["dave"]), 1500)).toBe(1000 + 2 * STEP_IN_MS);
  committer.noteEpoch(2000);
  expect(committer.dueMs(work(2, ["dave"]), 2100)).toBe(2000 + 2 * STEP_IN_MS);
});

test("what is done is forgotten: the same device later waits anew", () => {
  const committer = new Committer();
  committer.dueMs(work(1, ["dave"]), 1000);
  committer.dueMs(work(1, []), 1100);
  expect(committer.dueMs(work(1, ["dave"]), 5000)).toBe(5000 + STEP_IN_MS);
});

test("a device that was replaced waits for its successor, which then brings both forward", () => {
  const committer = new Committer();
  committer.hold("bob", 1000);
  expect(committer.dueMs(work(0, [], [leaf(1, "bob")]), 1000)).toBe(1000 + COMMIT_INTERVAL_MS);
  expect(committer.dueMs(work(0, ["bob 2"], [leaf(1, "bob")]), 1100)).toBe(1100);
});
