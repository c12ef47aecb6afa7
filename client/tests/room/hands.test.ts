import { describe, expect, test } from "vitest";
import { Hands, readHand } from "../../src/room/hands.ts";
import { readReaction } from "../../src/room/reaction.ts";

const [ALICE, BOB, CAROL] = ["a".repeat(16), "b".repeat(16), "c".repeat(16)] as const;
const MINUTE_MS = 60_000;
const up = (forMs = 0) => ({ type: "hand", up: true, for_ms: forMs }) as const;

describe("raised hands", () => {
  test("a newcomer learns the order from how long each has been up", () => {
    const hands = new Hands();
    hands.join(ALICE, MINUTE_MS);
    hands.receive(up(1000), CAROL, MINUTE_MS + 10);
    hands.receive(up(5000), BOB, MINUTE_MS + 20);
    expect(hands.order).toEqual([BOB, CAROL]);
  });

  test("mallory cannot push in before those who were seen first", () => {
    const hands = new Hands();
    hands.join(ALICE, 0);
    hands.receive(up(), BOB, MINUTE_MS);
    hands.receive(up(50_000), CAROL, MINUTE_MS + 10);
    hands.receive(up(86_400_000), CAROL, MINUTE_MS + 20);
    expect(hands.order).toEqual([BOB, CAROL]);
  });

  test("we say for how long ours has been up, and nothing if it never was", () => {
    const hands = new Hands();
    expect(hands.tell(ALICE, 0)).toBeNull();
    expect(hands.set(ALICE, true, 1000)).toEqual(up());
    expect(hands.set(ALICE, true, 2000)).toEqual(up(1000));
    expect(hands.tell(ALICE, 3000)).toEqual(up(2000));
    expect(hands.set(ALICE, false, 4000)).toEqual({ type: "hand", up: false, for_ms: 0 });
    expect(hands.tell(ALICE, 5000)).toEqual({ type: "hand", up: false, for_ms: 0 });
  });

  test("ours stays up over a reconnection, and the others say theirs again", () => {
    const hands = new Hands();
    hands.set(ALICE, true, 0);
    hands.receive(up(), BOB, 10);
    hands.join(ALICE, 20);
    expect(hands.order).toEqual([ALICE]);
  });

  test("who is gone is forgotten", () => {
    const hands = new Hands();
    hands.receive(up(), BOB, 0);
    hands.receive(up(), CAROL, 1);
    hands.keep(new Set([CAROL]));
    expect([hands.isUp(BOB), hands.order]).toEqual([false, [CAROL]]);
  });
});

test.each([
  {},
  { type: "hand" },
  { type: "hand", up: 1, for_ms: 0 },
  { type: "hand", up: true, for_ms: -1 },
  { type: "hand", up: true, for_ms: 0.5 },
  { type: "hand", up: true, for_ms: 86_400_001 },
  { type: "hand", up: true, for_ms: "0" },
  { type: "chat", up: true, for_ms: 0 },
])("%o is no hand", (message) => {
  expect(readHand(message)).toBeNull();
});

test("only the six signs are reactions", () => {
  expect(readReaction({ type: "reaction", emoji: "\u{1F44D}" })).toBe("\u{1F44D}");
  for (const emoji of ["\u{1F595}", "text", "", 1, null]) expect(readReaction({ type: "reaction", emoji })).toBeNull();
  expect(readReaction({ type: "chat", emoji: "\u{1F44D}" })).toBeNull();
});
