/**
 * Meetings in virtual time (CONTRIBUTING.md, "Simulation"): whatever happens, after some quiet everyone who is there is
 * in one epoch with the same safety words; who was removed has opened nothing since; no key meets a counter twice.
 */

import { expect, test } from "vitest";
import { Meeting, type Plan } from "./meeting.ts";

/** So many take a few seconds. */
const SEEDS = Number(process.env.CONCLAVE_SEEDS ?? 24);
const FIRST = Number(process.env.CONCLAVE_FIRST_SEED ?? 1);
const LARGE = Number(process.env.CONCLAVE_PEOPLE ?? 14);

/** Two to eight people and a dozen misfortunes in 40 s; in every third history events of the group are lost, too. */
const planOf = (seed: number): Plan => ({
  seed,
  people: 2 + (seed % 7),
  actions: 12,
  lengthMs: 40_000,
  burst: 0.5,
  faults: seed % 3 === 0 ? 0.03 : 0,
});

async function run(plan: Plan): Promise<Meeting> {
  const meeting = new Meeting(plan);
  await meeting.run().catch((failure: unknown) => {
    throw new Error(`seed ${plan.seed} of ${plan.people} people`, { cause: failure });
  });
  return meeting;
}

test("R5 R7 meetings of a few people, one for each seed", { timeout: SEEDS * 20_000 }, async () => {
  let opened = 0;
  for (let seed = FIRST; seed < FIRST + SEEDS; seed += 1) opened += (await run(planOf(seed))).opened;
  expect(opened).toBeGreaterThan(0);
});

test("a large meeting", { timeout: 3_600_000 }, async () => {
  const plan = { seed: FIRST, people: LARGE, actions: 12, lengthMs: 20_000, burst: 0.9, faults: 0 };
  expect((await run(plan)).opened).toBeGreaterThan(0);
});
