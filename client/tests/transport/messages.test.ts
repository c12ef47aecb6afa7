import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeBase64, encodeBase64 } from "../../src/transport/base64.ts";
import { type ClientCommand, decodeEvent, encodeCommand, MalformedMessage } from "../../src/transport/messages.ts";
import { readVectors } from "../e2ee/vectors.ts";

type Json = { readonly [name: string]: unknown };
const vectors = readVectors<{ commands: readonly Json[]; events: readonly Json[] }>("room-messages.json");
const opaque = new TextEncoder().encode("opaque");
const OPAQUE = encodeBase64(opaque);
const ZEROS = encodeBase64(new Uint8Array(64));
const DIGEST = encodeBase64(new Uint8Array(await crypto.subtle.digest("SHA-256", opaque)));

/** Turn a message of the vectors into ours: bytes for base64, camelCase for snake_case. */
function translate(value: unknown): unknown {
  if (value === OPAQUE) return opaque;
  if (value === ZEROS) return new Uint8Array(64);
  if (value === DIGEST) return decodeBase64(DIGEST);
  if (Array.isArray(value)) return value.map(translate);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name === "key_package" ? "keyPackage" : name, translate(field)]),
  );
}

describe("events", () => {
  test("all are read as the vectors say", () => {
    expect(new Set(vectors.events.map(({ type }) => type)).size).toBe(14);
    for (const event of vectors.events) expect(decodeEvent(JSON.stringify(event))).toEqual(translate(event));
  });

  test("one that lacks any field is refused", () => {
    for (const event of vectors.events) {
      for (const name of Object.keys(event)) {
        const { [name]: _, ...rest } = event;
        expect(() => decodeEvent(JSON.stringify(rest)), `${event.type} without ${name}`).toThrow(MalformedMessage);
      }
    }
  });

  test("one with any field of another kind is refused", () => {
    for (const event of vectors.events) {
      for (const name of Object.keys(event)) {
        for (const wrong of [{}, -1, 2 ** 53, "!", "__proto__", null]) {
          const text = JSON.stringify({ ...event, [name]: wrong });
          expect(() => decodeEvent(text), `${event.type}.${name} = ${JSON.stringify(wrong)}`).toThrow(MalformedMessage);
        }
      }
    }
  });

  test("a relay is reached over https only", () => {
    const entered = vectors.events.find(({ type }) => type === "entered");
    const text = JSON.stringify({ ...entered, relay: { url: "javascript:alert(1)", fingerprints: [] } });
    expect(() => decodeEvent(text)).toThrow(MalformedMessage);
  });

  test("whatever comes, nothing but MalformedMessage escapes", () => {
    const noise = fc.oneof(fc.json(), fc.string(), fc.uint8Array(), fc.constant('{"type":"constructor"}'));
    fc.assert(
      fc.property(noise, (text) => {
        expect(() => decodeEvent(text)).toThrow(MalformedMessage);
      }),
    );
  });
});

describe("commands", () => {
  test("are written as the vectors say", () => {
    for (const command of vectors.commands) {
      expect(JSON.parse(encodeCommand(translate(command) as ClientCommand))).toEqual(command);
    }
  });
});

describe("base64", () => {
  test("goes there and back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20_000 }), (bytes) => {
        const text = Buffer.from(bytes).toString("base64");
        expect(encodeBase64(bytes)).toBe(text);
        expect(decodeBase64(text)).toEqual(new Uint8Array(bytes));
      }),
      { numRuns: 30 },
    );
  });

  test.each(["!", "AAA", "AA=A", "AAAA=", " AAAA", "AA-_"])("%o is none", (text) => {
    expect(decodeBase64(text)).toBeNull();
  });
});
