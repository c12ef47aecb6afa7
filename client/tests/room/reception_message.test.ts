import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readReception } from "../../src/room/reception_message.ts";

const reception = { newestUs: 1_764_000_000_000_000, receivedBps: 812_000, queueMs: 35 };
const message = { type: "reception", device: "0123456789abcdef", track: "screen", reception };

describe("what a viewer tells a publisher", () => {
  test("is read as it was said", () => {
    expect(readReception(message)).toEqual(message);
    expect(readReception({ ...message, reception: { ...reception, queueMs: null } })?.reception.queueMs).toBeNull();
  });

  test.each([
    ["another message", { ...message, type: "refresh" }],
    ["no pictures", { ...message, track: "mic" }],
    ["no track at all", { ...message, track: "toString" }],
    ["nothing", { ...message, reception: null }],
    ["a time before all times", { ...message, reception: { ...reception, newestUs: -1 } }],
    ["a time that is none", { ...message, reception: { ...reception, newestUs: Number.NaN } }],
    ["more than any link", { ...message, reception: { ...reception, receivedBps: 1e11 } }],
    ["a wait without end", { ...message, reception: { ...reception, queueMs: 60_001 } }],
    ["a text for a number", { ...message, reception: { ...reception, queueMs: "35" } }],
  ])("is refused: %s", (_, malformed) => {
    expect(readReception(malformed)).toBeNull();
  });

  test("whatever it is, it is read or refused", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything()), (any) => void readReception({ ...message, ...any })),
    );
  });
});
