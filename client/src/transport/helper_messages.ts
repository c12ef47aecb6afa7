/** What Conclave Helper says over the loopback (docs/protocol/control.md, "The loopback protocol"). Pure. */

/** Why inputs are held back: the presenter uses the mouse, or is being asked something. */
export const WHYS = ["mouse", "asking"] as const;
export type Why = (typeof WHYS)[number];

export const ENDINGS = ["person", "hotkey", "expired", "revoked", "replaced", "surface", "closed"] as const;
export type Ending = (typeof ENDINGS)[number];

const REFUSALS = ["person", "unanswered", "busy", "surface", "withdrawn"] as const;
export type Refusal = (typeof REFUSALS)[number];

/** Why an input was refused, as far as we know the reasons. */
const DROPS = [
  ...(["grant", "rate", "signature", "old", "late", "malformed", "place", "key", "scope", "held", "focus"] as const),
  ...(["surface", "busy"] as const),
];
export type Drop = (typeof DROPS)[number];

export type HelperMessage =
  | { readonly type: "paired"; readonly token: string; readonly scope: readonly string[] }
  | { readonly type: "asking" }
  | {
      readonly type: "granted";
      readonly grant: string;
      readonly epoch: number;
      readonly scope: readonly string[];
      readonly seconds: number;
    }
  | { readonly type: "refused"; readonly reason: Refusal }
  | { readonly type: "ended"; readonly reason: Ending }
  | { readonly type: "held"; readonly why: Why | null }
  | { readonly type: "copied"; readonly text: string }
  | { readonly type: "dropped"; readonly reasons: readonly Drop[] };

export type PageMessage =
  | { readonly type: "pair"; readonly code: string; readonly room: string }
  | { readonly type: "resume"; readonly token: string; readonly room: string }
  | ({ readonly type: "surface" } & SharedSurface)
  | { readonly type: "focus"; readonly focused: boolean }
  | {
      readonly type: "ask";
      readonly group: string;
      readonly epoch: number;
      readonly presenter: Device;
      readonly controller: Device;
      readonly name: string;
      readonly key: string;
      readonly scope: readonly string[];
      readonly seconds: number;
    }
  | { readonly type: "withdraw" | "revoke" };

type Device = { readonly participant: string; readonly device: string };

/** What is shared now; `kind` is null when nothing is, or a tab. */
export type SharedSurface = {
  readonly kind: "monitor" | "window" | null;
  readonly label: string;
  readonly width: number;
  readonly height: number;
};

const MAX_MESSAGE_CHARACTERS = 64 * 1024;
const TOKEN = /^[0-9a-f]{64}$/;
const GRANT = /^[0-9a-f]{32}$/;

/** Return a message of the helper, or null when it is none. */
export function decodeHelperMessage(data: unknown): HelperMessage | null {
  if (typeof data !== "string" || data.length > MAX_MESSAGE_CHARACTERS) return null;
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null ? read(value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function read(fields: Record<string, unknown>): HelperMessage | null {
  const { type } = fields;
  switch (type) {
    case "paired":
      return isMatch(fields.token, TOKEN) && isNames(fields.scope)
        ? { type, token: fields.token, scope: fields.scope }
        : null;
    case "asking":
      return { type };
    case "granted":
      return readGranted(fields);
    case "refused":
      return isOneOf(fields.reason, REFUSALS) ? { type, reason: fields.reason } : null;
    case "ended":
      return isOneOf(fields.reason, ENDINGS) ? { type, reason: fields.reason } : null;
    case "held":
      return fields.why === null || isOneOf(fields.why, WHYS) ? { type, why: fields.why } : null;
    case "copied":
      return typeof fields.text === "string" ? { type, text: fields.text } : null;
    case "dropped":
      return { type, reasons: DROPS.filter((reason) => Object.hasOwn(Object(fields.counts), reason)) };
    default:
      return null;
  }
}

function readGranted({ grant, epoch, scope, seconds }: Record<string, unknown>): HelperMessage | null {
  if (!isMatch(grant, GRANT) || !isNames(scope)) return null;
  if (!Number.isSafeInteger(epoch) || !Number.isSafeInteger(seconds)) return null;
  return { type: "granted", grant, epoch: epoch as number, scope, seconds: seconds as number };
}

const isNames = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((each) => typeof each === "string");

const isMatch = (value: unknown, pattern: RegExp): value is string => typeof value === "string" && pattern.test(value);

const isOneOf = <T extends string>(value: unknown, all: readonly T[]): value is T => all.some((each) => each === value);
