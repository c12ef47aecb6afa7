/** What two browsers say to each other about remote control, each to the other alone (docs/protocol/control.md). Pure. */

import { SCOPE, type Scope } from "../e2ee/control_seal.ts";
import { ENDINGS, WHYS, type Why } from "../transport/helper_messages.ts";

export type { Why } from "../transport/helper_messages.ts";

export type Button = "left" | "middle" | "right" | "back" | "forward";
type Place = { readonly x: number; readonly y: number };

/** What a controller does; places are fractions of the shared surface, wheels turn in 1/120 notches. */
export type ControlEvent =
  | ({ readonly type: "move" } & Place)
  | ({ readonly type: "button"; readonly button: Button; readonly down: boolean } & Place)
  | ({ readonly type: "wheel"; readonly dx: number; readonly dy: number } & Place)
  | { readonly type: "key"; readonly code: string; readonly down: boolean; readonly key?: string }
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "clipboard"; readonly text: string };

const REASONS = [...ENDINGS, "left"] as const;
/** Why control is over. */
export type EndReason = (typeof REASONS)[number];

export type ControlMessage =
  | { readonly type: "ask-control"; readonly key: string; readonly seal: string; readonly scope: Scope }
  | {
      readonly type: "give-control";
      readonly key: string;
      readonly grant: string;
      readonly epoch: number;
      readonly seconds: number;
      readonly scope: Scope;
    }
  | { readonly type: "refuse-control"; readonly key: string }
  | { readonly type: "end-control"; readonly key: string; readonly reason: EndReason }
  | { readonly type: "hold-control"; readonly key: string; readonly why: Why | null }
  | { readonly type: "copied-text"; readonly key: string; readonly text: string };

export const MIN_GRANT_S = 60;
/** Four hours: a working session. Who needs longer is asked again. */
export const MAX_GRANT_S = 14_400;
/** In one event for or from a clipboard; as much as a chat message holds. */
export const MAX_CLIPBOARD_CHARACTERS = 4000;
const HEX_16 = /^[0-9a-f]{32}$/;
const HEX_32 = /^[0-9a-f]{64}$/;

/** Return what a member says about control, or null when it says nothing of the kind. */
export function readControlMessage(message: object): ControlMessage | null {
  const fields = message as Record<string, unknown>;
  const { type, key } = fields;
  if (!isMatch(key, HEX_32)) return null;
  switch (type) {
    case "ask-control":
      return isMatch(fields.seal, HEX_16) && isScope(fields.scope)
        ? { type, key, seal: fields.seal, scope: fields.scope }
        : null;
    case "give-control":
      return readGiven(key, fields);
    case "refuse-control":
      return { type, key };
    case "end-control":
      return isOneOf(fields.reason, REASONS) ? { type, key, reason: fields.reason } : null;
    case "hold-control":
      return fields.why === null || isOneOf(fields.why, WHYS) ? { type, key, why: fields.why } : null;
    case "copied-text":
      return isClipboardText(fields.text) ? { type, key, text: fields.text } : null;
    default:
      return null;
  }
}

function readGiven(key: string, { grant, epoch, seconds, scope }: Record<string, unknown>): ControlMessage | null {
  if (!isMatch(grant, HEX_16) || !isScope(scope)) return null;
  if (!isWithin(epoch, 0, Number.MAX_SAFE_INTEGER) || !isWithin(seconds, MIN_GRANT_S, MAX_GRANT_S)) return null;
  return { type: "give-control", key, grant, epoch, seconds, scope };
}

/** Whether it is an array of what can be allowed, in order, each at most once, and the mouse always. */
export const isScope = (value: unknown): value is Scope =>
  Array.isArray(value) && value[0] === "mouse" && value.join() === SCOPE.filter((each) => value.includes(each)).join();

export const isWithinScope = (asked: Scope, given: Scope): boolean => given.every((each) => asked.includes(each));

/** Whether a clipboard may hold it: no control characters but line feed and tabulator, no lone surrogates. */
export const isClipboardText = (value: unknown): value is string =>
  typeof value === "string" &&
  value.length > 0 &&
  value.length <= 2 * MAX_CLIPBOARD_CHARACTERS &&
  [...value].length <= MAX_CLIPBOARD_CHARACTERS &&
  !/[^\P{Cc}\n\t]|\p{Cs}/u.test(value);

export const isOneOf = <T extends string>(value: unknown, all: readonly T[]): value is T =>
  all.some((each) => each === value);

export const isMatch = (value: unknown, pattern: RegExp): value is string =>
  typeof value === "string" && pattern.test(value);

export const isWithin = (value: unknown, least: number, most: number): value is number =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
