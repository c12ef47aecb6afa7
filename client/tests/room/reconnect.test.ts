import { describe, expect, test } from "vitest";
import { Reconnect } from "../../src/room/reconnect.ts";

describe("after a connection is gone", () => {
  test.each(["left", "malformed", "forbidden", "removed", "unverified", "replaced", "ended", "full"] as const)(
    "%s is the last word",
    (outcome) => {
      expect(new Reconnect(0).closed(outcome, 10, 0)).toEqual({ type: "over", reason: outcome });
    },
  );

  test.each(["slow", "limited", "restart", "lost", "rejoin"] as const)("%s is tried again", (outcome) => {
    expect(new Reconnect(0).closed(outcome, 10, 0)).toEqual({ type: "again", waitMs: 100, mustBeFresh: false });
  });

  test("a restart that takes two seconds costs less than two more", () => {
    const reconnect = new Reconnect(0);
    reconnect.entered(0);
    let ms = 60_000;
    for (let next = reconnect.closed("restart", ms, 1); ms < 62_000; next = reconnect.closed("lost", ms, 1)) {
      ms += next.type === "again" ? next.waitMs : Number.POSITIVE_INFINITY;
    }
    expect(ms).toBeLessThan(64_000);
  });

  test("a refused ticket is replaced once", () => {
    const reconnect = new Reconnect(0);
    expect(reconnect.closed("ticket", 10, 0)).toMatchObject({ type: "again", mustBeFresh: true });
    expect(reconnect.closed("ticket", 20, 0)).toEqual({ type: "over", reason: "ticket" });
  });

  test("an hour later it may be replaced again", () => {
    const reconnect = new Reconnect(0);
    reconnect.closed("ticket", 10, 0);
    reconnect.entered(20);
    expect(reconnect.closed("ticket", 3_600_000, 0)).toMatchObject({ type: "again" });
  });

  test("somebody at the door is told after half a minute, somebody inside is kept for ten", () => {
    const outside = new Reconnect(0);
    expect(outside.closed("lost", 30_000, 0)).toMatchObject({ type: "again" });
    expect(outside.closed("lost", 30_001, 0)).toEqual({ type: "over", reason: "unreachable" });
    const inside = new Reconnect(0);
    inside.entered(0);
    inside.closed("lost", 3_600_000, 0);
    expect(inside.closed("lost", 4_200_000, 0)).toMatchObject({ type: "again" });
    expect(inside.closed("lost", 4_200_001, 0)).toEqual({ type: "over", reason: "unreachable" });
  });

  test("a server that lets us in and throws us out is asked ever less often", () => {
    const reconnect = new Reconnect(0);
    const waits = [0, 100, 200].map((ms) => {
      reconnect.entered(ms);
      return reconnect.closed("lost", ms + 50, 0);
    });
    expect(waits.map((next) => (next.type === "again" ? next.waitMs : -1))).toEqual([100, 200, 400]);
  });
});
