import { expect, test } from "vitest";
import { CONTEXT } from "../../src/e2ee/frames.ts";
import { DeliveryService } from "./delivery_service.ts";

test("two members meet, see the same safety words, exchange messages and frames", async () => {
  const room = new DeliveryService();
  const alice = await room.enter("alice");
  await room.settle();
  expect(alice.epoch).toBe(0);
  const bob = await room.enter("bob");
  await room.settle();
  expect([alice.epoch, bob.epoch]).toEqual([1, 1]);
  expect(alice.safetyWords).toBe(bob.safetyWords);
  expect(alice.safetyWords.split(" ")).toHaveLength(4);
  await room.say(alice, { type: "chat", text: "hello" });
  await room.settle();
  expect(bob.messages).toEqual([{ type: "chat", text: "hello" }]);
  const frame = await alice.group.frames.seal(CONTEXT.screen, Uint8Array.of(1, 2, 3));
  const opened = await bob.group.frames.unseal(
    { device: alice.id, context: CONTEXT.screen },
    frame ?? new Uint8Array(),
  );
  expect(opened).toEqual({ ok: true, payload: Uint8Array.of(1, 2, 3) });
});
