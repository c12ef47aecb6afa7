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
        const shown = headers
          .map(({ group, index, isKey }) => ({ group, index, capturedUs: 0, format: isKey ? FORMAT : null }))
          .filter((one) => order.judge(one) === "decode");
        for (const [at, one] of shown.entries()) expectAfter(shown[at - 1] ?? null, one);
      }),
    );
  });
});

function expectAfter(before: FrameHeader | null, one: FrameHeader): void {
  if (one.format === null) {
    expect([one.group, one.index]).toEqual([before?.group, (before?.index ?? -1) + 1]);
  } else if (before !== null) {
    expect(one.group > before.group || (one.group === before.group && one.index > before.index)).toBe(true);
  }
}
