import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FrameHeader } from "../../src/media/frame.ts";
import { FrameOrder } from "../../src/media/frame_order.ts";

const FORMAT = { codec: "vp8", width: 64, height: 64 };
const key = (group: number): FrameHeader => ({ group, index: 0, capturedUs: 0, format: FORMAT });
const delta = (group: number, index: number): FrameHeader => ({ group, index, capturedUs: 0, format: null });
const judge = (...headers: FrameHeader[]) => {
  const order = new FrameOrder();
  return headers.map((header) => order.judge(header));
};

describe("the order of pictures", () => {
  test("begins with a key frame", () => {
    expect(judge(delta(0, 1), key(1), delta(1, 1))).toEqual(["gap", "decode", "decode"]);
  });

  test("waits for a key frame after a gap", () => {
    expect(judge(key(0), delta(0, 2), delta(0, 3), key(1), delta(1, 1))).toEqual([
      "decode",
      "gap",
      "gap",
      "decode",
      "decode",
    ]);
  });

  test("goes on to a newer group, and never back", () => {
    expect(judge(key(0), key(2), delta(0, 1), key(1), delta(2, 1))).toEqual([
      "decode",
      "decode",
      "skip",
      "skip",
      "decode",
    ]);
  });

  test("a delta of a newer group whose key frame is missing is a gap", () => {
    expect(judge(key(0), delta(1, 1))).toEqual(["decode", "gap"]);
  });

  test("after a reset only a key frame helps", () => {
    const order = new FrameOrder();
    order.judge(key(0));
    order.reset();
    expect([order.judge(delta(0, 1)), order.judge(key(1))]).toEqual(["gap", "decode"]);
  });

  test("whatever mallory replays, drops or reorders, pictures come in order, each delta after its predecessor", () => {
    const header = fc.record({ group: fc.nat(4), index: fc.nat(4), isKey: fc.boolean() });
    fc.assert(
      fc.property(fc.array(header, { maxLength: 60 }), (headers) => {
        const order = new FrameOrder();
        let last = { group: -1, index: -1 };
        for (const { group, index, isKey } of headers) {
          const verdict = order.judge({ group, index, capturedUs: 0, format: isKey ? FORMAT : null });
          if (verdict !== "decode") continue;
          expect(group > last.group || index > last.index).toBe(true);
          expect(group).toBeGreaterThanOrEqual(last.group);
          if (!isKey) expect({ group, index }).toEqual({ group: last.group, index: last.index + 1 });
          last = { group, index };
        }
      }),
    );
  });
});
