/** Reads JSON from a peer: every field is checked once, here, and there is one error for all that is wrong. */

import { decodeBase64 } from "./base64.ts";

/** What came from the peer is not a message of the protocol. */
export class MalformedMessage extends Error {}

type Reader<T> = (value: unknown) => T;

export type Fields = { readonly [name: string]: unknown };

export function readObject(value: unknown): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new MalformedMessage("not an object");
  return value as Fields;
}

export function readText(value: unknown, maxLength: number): string {
  if (typeof value !== "string" || value.length > maxLength) throw new MalformedMessage("not a text, or too long");
  return value;
}

export function readMatch(value: unknown, pattern: RegExp): string {
  if (typeof value !== "string" || !pattern.test(value)) throw new MalformedMessage("not of the form");
  return value;
}

export function readCounter(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new MalformedMessage("not a counter");
  return value as number;
}

export function readBoolean(value: unknown): boolean {
  if (typeof value !== "boolean") throw new MalformedMessage("not true or false");
  return value;
}

export function readChoice<T extends string>(value: unknown, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw new MalformedMessage("not one of the choices");
  return found;
}

export function readArray<T>(value: unknown, maxLength: number, read: Reader<T>): T[] {
  if (!Array.isArray(value) || value.length > maxLength) throw new MalformedMessage("not a list, or too long");
  return value.map(read);
}

export function readBytes(value: unknown, maxBytes: number): Uint8Array<ArrayBuffer> {
  const bytes = decodeBase64(readText(value, Math.ceil(maxBytes / 3) * 4));
  if (bytes === null || bytes.length === 0 || bytes.length > maxBytes) throw new MalformedMessage("not bytes");
  return bytes;
}
