import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isWithinScope, readControlMessage } from "../../src/room/control_wire.ts";

const KEY = "ab".repeat(32);
const ASK = { type: "ask-control", key: KEY, seal: "cd".repeat(16), scope: ["mouse", "keyboard"] };
const GIVE = { type: "give-control", key: KEY, grant: "ef".repeat(16), epoch: 7, seconds: 600, scope: ["mouse"] };

describe("what two browsers say about control", () => {
  test.each([
    ASK,
    GIVE,
    { type: "refuse-control", key: KEY },
    { type: "end-control", key: KEY, reason: "left" },
    { type: "hold-control", key: KEY, why: "mouse" },
    { type: "hold-control", key: KEY, why: null },
    { type: "copied-text", key: KEY, text: "two\nlines\tand é 你 € ß 😀" },
  ])("$type is read as it was said", (message) => {
    expect(readControlMessage(message)).toEqual(message);
    expect(readControlMessage({ ...message, more: 1 })).toEqual(message);
  });

  test.each([
    ["no key", { ...ASK, key: undefined }],
    ["a key in capitals", { ...ASK, key: KEY.toUpperCase() }],
    ["a key that is too long", { ...ASK, key: `${KEY}ab` }],
    ["no seal", { ...ASK, seal: 1 }],
    ["no scope", { ...ASK, scope: [] }],
    ["a scope that is none", { ...ASK, scope: "mouse" }],
    ["a scope without the mouse", { ...ASK, scope: ["keyboard"] }],
    ["a scope in another order", { ...ASK, scope: ["mouse", "copy", "paste"] }],
    ["a scope twice", { ...ASK, scope: ["mouse", "mouse"] }],
    ["an unknown scope", { ...ASK, scope: ["mouse", "files"] }],
    ["a scope in a scope", { ...ASK, scope: ["mouse", ["keyboard"]] }],
    ["half an epoch", { ...GIVE, epoch: 0.5 }],
    ["an epoch below none", { ...GIVE, epoch: -1 }],
    ["a second", { ...GIVE, seconds: 1 }],
    ["a day", { ...GIVE, seconds: 86_400 }],
    ["no grant", { ...GIVE, grant: "" }],
    ["an unknown reason", { type: "end-control", key: KEY, reason: "bored" }],
    ["an unknown why", { type: "hold-control", key: KEY, why: "lunch" }],
    ["no why", { type: "hold-control", key: KEY }],
    ["nothing copied", { type: "copied-text", key: KEY, text: "" }],
    ["too much copied", { type: "copied-text", key: KEY, text: "x".repeat(4001) }],
    ["a bell", { type: "copied-text", key: KEY, text: "\u0007" }],
    ["a C1 control", { type: "copied-text", key: KEY, text: "\u0085" }],
    ["half a character", { type: "copied-text", key: KEY, text: "\ud83d" }],
    ["another message", { type: "chat", key: KEY }],
  ])("%s is nothing", (_why, message) => {
    expect(readControlMessage(message)).toBeNull();
  });

  test("4,000 characters outside the first plane are 4,000", () => {
    expect(readControlMessage({ type: "copied-text", key: KEY, text: "😀".repeat(4000) })).not.toBeNull();
    expect(readControlMessage({ type: "copied-text", key: KEY, text: "😀".repeat(4001) })).toBeNull();
  });

  test("whatever a member sends is read or is nothing", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(ASK, GIVE),
        fc.dictionary(fc.constantFrom(...Object.keys(GIVE)), fc.anything()),
        (m, d) => {
          readControlMessage({ ...m, ...d });
        },
      ),
    );
  });

  test("a grant may be smaller than the request, and no larger", () => {
    expect(isWithinScope(["mouse", "keyboard"], ["mouse"])).toBe(true);
    expect(isWithinScope(["mouse"], ["mouse", "keyboard"])).toBe(false);
  });
});
