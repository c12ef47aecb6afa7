/** What a key press means for somebody else's computer (docs/protocol/control.md, "What a key sends"). Pure. */

import type { ControlEvent } from "../room/state.ts";

/** The part of a KeyboardEvent that counts. */
export interface Pressed {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
  readonly isComposing: boolean;
  getModifierState(name: string): boolean;
}

const NAMED = [
  ...["Backquote", "Minus", "Equal", "BracketLeft", "BracketRight", "Backslash", "Semicolon", "Quote", "Comma"],
  ...[
    "Period",
    "Slash",
    "IntlBackslash",
    "IntlRo",
    "IntlYen",
    "Space",
    "Enter",
    "Tab",
    "Backspace",
    "Delete",
    "Insert",
  ],
  ...["Home", "End", "PageUp", "PageDown", "Escape", "CapsLock", "NumLock", "ScrollLock", "Pause", "PrintScreen"],
  "ContextMenu",
];
const CODE = new RegExp(
  `^(?:Key[A-Z]|(?:Digit|Numpad)\\d|F(?:[1-9]|1\\d|2[0-4])|(?:Shift|Control|Alt|Meta)(?:Left|Right)|Arrow(?:Up|Down|Left|Right)|Numpad(?:Add|Subtract|Multiply|Divide|Decimal|Comma|Equal|Enter)|${NAMED.join("|")})$`,
);

/** In one event; what an input method composes is longer only in pieces. */
const MAX_TEXT_CHARACTERS = 64;

export const isCode = (code: string): boolean => CODE.test(code);

/** Whether an input method or a dead key is at work: what comes of it is told when it is composed. */
export const isComposed = ({ key, isComposing }: Pressed): boolean =>
  isComposing || key === "Process" || key === "Dead";

/** Return what a key that goes down sends; null: nothing, because no other computer knows it. */
export function pressed(event: Pressed): ControlEvent | null {
  const character = characterOf(event);
  if (character !== null && !isCommand(event)) return { type: "text", text: character };
  return isCode(event.code) ? keyEvent(event.code, true, character) : null;
}

/** Return what a key that goes up sends, if it was sent when it went down. */
export const released = ({ code }: Pick<Pressed, "code">): ControlEvent => keyEvent(code, false, null);

const keyEvent = (code: string, down: boolean, key: string | null): ControlEvent =>
  key === null ? { type: "key", code, down } : { type: "key", code, down, key };

function characterOf({ key }: Pressed): string | null {
  return [...key].length === 1 && !/[\p{Cc}\p{Cs}]/u.test(key) ? key : null;
}

/** AltGraph makes characters, and on Windows looks like Control and Alt. */
function isCommand(event: Pressed): boolean {
  if (event.getModifierState("AltGraph")) return event.metaKey;
  return event.ctrlKey || event.altKey || event.metaKey;
}

/** Return composed text as events; line feeds are presses of Enter, other control characters nothing. */
export function typed(text: string): ControlEvent[] {
  return text.split(/\r\n?|\n/).flatMap((line, index) => {
    const characters = [...line.replace(/[\p{Cc}\p{Cs}]/gu, "")];
    const pieces = Array.from({ length: Math.ceil(characters.length / MAX_TEXT_CHARACTERS) }, (_, at) =>
      characters.slice(at * MAX_TEXT_CHARACTERS, (at + 1) * MAX_TEXT_CHARACTERS).join(""),
    );
    const texts = pieces.map((piece): ControlEvent => ({ type: "text", text: piece }));
    return index === 0 ? texts : [...stroke(["Enter"]), ...texts];
  });
}

/** Return keys pressed together, the last one first let go. */
export function stroke(codes: readonly string[]): ControlEvent[] {
  return [
    ...codes.map((code) => keyEvent(code, true, codes.length > 1 ? letterOf(code) : null)),
    ...codes.toReversed().map((code) => keyEvent(code, false, null)),
  ];
}

/** So that Ctrl+W is the same on a keyboard whose W is elsewhere. */
function letterOf(code: string): string | null {
  return code.startsWith("Key") ? code.slice(3).toLowerCase() : null;
}

/** What browsers and systems keep for themselves, and what can be pressed here instead. */
export const KEPT: readonly { readonly label: string; readonly codes: readonly string[] }[] = [
  { label: "Esc", codes: ["Escape"] },
  { label: "Alt+Tab", codes: ["AltLeft", "Tab"] },
  { label: "Super", codes: ["MetaLeft"] },
  { label: "Ctrl+W", codes: ["ControlLeft", "KeyW"] },
  { label: "Ctrl+T", codes: ["ControlLeft", "KeyT"] },
  { label: "Ctrl+N", codes: ["ControlLeft", "KeyN"] },
  { label: "Alt+F4", codes: ["AltLeft", "F4"] },
  { label: "F11", codes: ["F11"] },
];
