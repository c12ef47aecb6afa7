import { describe, expect, test } from "vitest";
import { isCode, isComposed, KEPT, type Pressed, pressed, released, stroke, typed } from "../../src/ui/control_keys.ts";

const press = (key: string, code: string, held: readonly string[] = []): Pressed => ({
  key,
  code,
  ctrlKey: held.includes("Control"),
  altKey: held.includes("Alt"),
  metaKey: held.includes("Meta"),
  isComposing: false,
  getModifierState: (name) => held.includes(name),
});

describe("what a key sends", () => {
  test.each([
    ["a letter", press("a", "KeyA"), { type: "text", text: "a" }],
    ["a capital", press("A", "KeyA", ["Shift"]), { type: "text", text: "A" }],
    ["a space", press(" ", "Space"), { type: "text", text: " " }],
    ["é of a French keyboard", press("é", "Digit2"), { type: "text", text: "é" }],
    ["€ by AltGraph", press("€", "KeyE", ["AltGraph"]), { type: "text", text: "€" }],
    ["€ by AltGraph on Windows", press("€", "KeyE", ["AltGraph", "Control", "Alt"]), { type: "text", text: "€" }],
    ["a character outside the first plane", press("😀", ""), { type: "text", text: "😀" }],
    ["Ctrl+C", press("c", "KeyC", ["Control"]), { type: "key", code: "KeyC", down: true, key: "c" }],
    [
      "Ctrl+Z of a German keyboard",
      press("z", "KeyY", ["Control"]),
      { type: "key", code: "KeyY", down: true, key: "z" },
    ],
    ["Command+V", press("v", "KeyV", ["Meta"]), { type: "key", code: "KeyV", down: true, key: "v" }],
    ["Enter", press("Enter", "Enter"), { type: "key", code: "Enter", down: true }],
    ["Shift", press("Shift", "ShiftLeft"), { type: "key", code: "ShiftLeft", down: true }],
    ["an arrow", press("ArrowLeft", "ArrowLeft"), { type: "key", code: "ArrowLeft", down: true }],
    ["a key of the number pad", press("5", "Numpad5"), { type: "text", text: "5" }],
    ["a key that no other computer knows", press("LaunchMail", "LaunchMail"), null],
    ["a key without a code", press("Unidentified", ""), null],
  ])("%s", (_what, event, sent) => {
    expect(pressed(event)).toEqual(sent);
  });

  test("an input method and a dead key send nothing themselves", () => {
    expect(isComposed(press("Process", "KeyA"))).toBe(true);
    expect(isComposed(press("Dead", "Equal"))).toBe(true);
    expect(isComposed({ ...press("a", "KeyA"), isComposing: true })).toBe(true);
    expect(isComposed(press("a", "KeyA"))).toBe(false);
  });

  test("a key goes up by its code", () => {
    expect(released(press("c", "KeyC"))).toEqual({ type: "key", code: "KeyC", down: false });
  });

  test("what is composed goes in pieces of 64 characters, and a new line is Enter", () => {
    expect(typed("é 你 € ß")).toEqual([{ type: "text", text: "é 你 € ß" }]);
    expect(typed("😀".repeat(65))).toEqual([
      { type: "text", text: "😀".repeat(64) },
      { type: "text", text: "😀" },
    ]);
    expect(typed("a\r\n\u0007b")).toEqual([
      { type: "text", text: "a" },
      { type: "key", code: "Enter", down: true },
      { type: "key", code: "Enter", down: false },
      { type: "text", text: "b" },
    ]);
    expect(typed("")).toEqual([]);
  });

  test("what browsers keep for themselves is pressed and let go, with keys that every helper knows", () => {
    expect(stroke(["ControlLeft", "KeyW"])).toEqual([
      { type: "key", code: "ControlLeft", down: true },
      { type: "key", code: "KeyW", down: true, key: "w" },
      { type: "key", code: "KeyW", down: false },
      { type: "key", code: "ControlLeft", down: false },
    ]);
    for (const { codes } of KEPT) expect(codes.every(isCode)).toBe(true);
  });
});
