import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FAMILIES } from "../../src/media/codecs.ts";
import { decodeCatalog, encodeCatalog } from "../../src/room/catalog.ts";

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

describe("a catalog", () => {
  test("goes there and back", () => {
    const camera = [{ track: "camera", width: 640, height: 360 }] as const;
    const catalog = {
      decode: FAMILIES,
      screen: true,
      mic: { codec: "opus" },
      camera,
      control: "0123456789abcdef",
    } as const;
    expect(decodeCatalog(encodeCatalog(catalog))).toEqual(catalog);
    const off = { decode: [], screen: false, mic: null, camera: [], control: null };
    expect(decodeCatalog(encodeCatalog(off))).toEqual(off);
  });

  test("of an older client publishes neither voice nor camera", () => {
    expect(decodeCatalog(bytes({ decode: ["vp8"], screen: true }))).toEqual({
      decode: ["vp8"],
      screen: true,
      mic: null,
      camera: [],
      control: null,
    });
  });

  test("may name families, codecs, tracks and fields of the future, which are left out", () => {
    const small = { track: "camera", width: 320, height: 180 };
    const camera = [small, { ...small, track: "camera-9" }, { ...small, width: 0 }, { ...small, height: 1.5 }, null, 7];
    const future = {
      decode: ["hev9", "vp8", 3],
      screen: false,
      mic: { codec: "opus2" },
      camera,
      control: "nobody",
      smell: true,
    };
    const known = { decode: ["vp8"], screen: false, mic: null, camera: [small], control: null };
    expect(decodeCatalog(bytes(future))).toEqual(known);
    expect(decodeCatalog(bytes({ ...future, mic: "opus", camera: true }))).toEqual({ ...known, camera: [] });
    const many = Array.from({ length: 20 }, () => small);
    expect(decodeCatalog(bytes({ ...future, camera: many }))?.camera).toHaveLength(8);
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
