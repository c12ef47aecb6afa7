import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FAMILIES } from "../../src/media/codecs.ts";
import { decodeCatalog, encodeCatalog } from "../../src/room/catalog.ts";

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

describe("a catalog", () => {
  test("goes there and back", () => {
    const catalog = { decode: FAMILIES, screen: true };
    expect(decodeCatalog(encodeCatalog(catalog))).toEqual(catalog);
  });

  test("may name families of the future, which are left out", () => {
    expect(decodeCatalog(bytes({ decode: ["hev9", "vp8", 3], screen: false, camera: true }))).toEqual({
      decode: ["vp8"],
      screen: false,
    });
  });

  test.each([null, [], {}, { decode: [] }, { decode: "vp8", screen: true }, { decode: [], screen: 1 }])(
    "%o is none",
    (value) => {
      expect(decodeCatalog(bytes(value))).toBeNull();
    },
  );

  test("whatever the bytes, it is one or none", () => {
    fc.assert(fc.property(fc.uint8Array(), (noise) => void decodeCatalog(noise)));
    expect(decodeCatalog(new Uint8Array(5000))).toBeNull();
  });
});
