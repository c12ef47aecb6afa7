/**
 * Some versions of the MLS library make and accept a lone Remove without a path, so that the removed member goes on
 * deriving keys. Here the library is made to behave so; our own assertions must refuse what it does.
 */

import { expect, test, vi } from "vitest";
import { Candidate } from "../../src/e2ee/candidate.ts";
import type { Draft, Member } from "../../src/e2ee/member.ts";
import { identityOf, keysOf, ROOM } from "./delivery_service.ts";

const library = vi.hoisted(() => ({ forgetsPaths: false }));

vi.mock("ts-mls", async (load) => {
  const original = await load<typeof import("ts-mls")>();
  /** The committer's leaf as it was before: what is left when a commit has no path. */
  const withoutPath = <S extends { ratchetTree: unknown[] }>(before: S, after: S): S => {
    const changed = after.ratchetTree.map((node, index) => (index === 0 ? before.ratchetTree[0] : node));
    return { ...after, ratchetTree: changed };
  };
  const createCommit: typeof original.createCommit = async (context, options) => {
    const result = await original.createCommit(context, options);
    if (!library.forgetsPaths) return result;
    return { ...result, newState: withoutPath(context.state, result.newState) };
  };
  const processPrivateMessage: typeof original.processPrivateMessage = async (state, ...rest) => {
    const result = await original.processPrivateMessage(state, ...rest);
    if (!library.forgetsPaths || result.kind !== "newState") return result;
    return { ...result, newState: withoutPath(state, result.newState) };
  };
  return { ...original, createCommit, processPrivateMessage };
});

async function three(): Promise<[Member, Member]> {
  const keys = await keysOf();
  const alice = await (await Candidate.create(keys, identityOf("alice"))).found(ROOM);
  const candidates = [
    await Candidate.create(keys, identityOf("bob")),
    await Candidate.create(keys, identityOf("carol")),
  ];
  const made = await draft(
    alice,
    candidates.map(({ keyPackage }) => keyPackage),
    [],
  );
  alice.accept(made);
  const bob = await candidates[0]?.join(ROOM, made.welcome ?? new Uint8Array());
  if (bob === null || bob === undefined) throw new Error("bob did not join");
  return [alice, bob];
}

async function draft(member: Member, adds: Uint8Array[], removes: number[]): Promise<Draft> {
  const made = await member.draft(adds, removes);
  if (made === null) throw new Error("no draft");
  return made;
}

test("a Remove that the library made without a path is not sent", async () => {
  const [alice] = await three();
  expect(await alice.draft([], [2])).not.toBeNull();
  library.forgetsPaths = true;
  expect(await alice.draft([], [2])).toBeNull();
  library.forgetsPaths = false;
});

test("a Remove that the library accepts without a path is refused", async () => {
  const [alice, bob] = await three();
  const { commit } = await draft(alice, [], [2]);
  library.forgetsPaths = true;
  expect(await bob.apply(commit, () => true)).toBe("refused");
  library.forgetsPaths = false;
  expect(await bob.apply(commit, () => true)).toBe("applied");
});
