import { describe, expect, test } from "vitest";
import { startsWithParameters } from "../../src/media/annexb.ts";
import { bitrateBps, chooseFamily, codecString, codedSize, FAMILIES, familyOf } from "../../src/media/codecs.ts";

describe("the codec of a screen", () => {
  test("is the first that bob encodes and everyone decodes", () => {
    expect(chooseFamily(FAMILIES, [FAMILIES, FAMILIES])).toBe("avc1");
    expect(chooseFamily(FAMILIES, [FAMILIES, ["vp8", "vp09"]])).toBe("vp09");
    expect(chooseFamily(["vp8"], [FAMILIES])).toBe("vp8");
    expect(chooseFamily(["avc1"], [FAMILIES, ["vp8"]])).toBeNull();
    expect(chooseFamily(["av01"], [])).toBe("av01");
  });

  test.each([
    [{ width: 1280, height: 720 }, "avc1.42e01f"],
    [{ width: 1920, height: 1080 }, "avc1.42e028"],
    [{ width: 1920, height: 1200 }, "avc1.42e032"],
    [{ width: 3840, height: 2160 }, "avc1.42e033"],
    [{ width: 8192, height: 4320 }, "avc1.42e03e"],
  ])("names the H.264 level that carries %o", (size, codec) => {
    expect(codecString("avc1", size)).toBe(codec);
  });

  test("names levels of the others", () => {
    const size = { width: 1920, height: 1080 };
    expect(FAMILIES.map((family) => codecString(family, size))).toEqual([
      "avc1.42e028",
      "av01.0.08M.08",
      "vp09.00.40.08",
      "vp8",
    ]);
  });

  test("is known by its name only when it is one of ours", () => {
    expect(FAMILIES.map((family) => familyOf(codecString(family, { width: 64, height: 64 })))).toEqual([...FAMILIES]);
    expect(familyOf("hev1.1.6.L93.B0")).toBeNull();
    expect(familyOf("")).toBeNull();
  });

  test("leaves odd sizes alone where it can, and else drops a line", () => {
    expect(codedSize("vp8", { width: 801, height: 601 })).toEqual({ width: 801, height: 601 });
    expect(codedSize("avc1", { width: 801, height: 601 })).toEqual({ width: 800, height: 600 });
    expect(codedSize("avc1", { width: 1, height: 1 })).toEqual({ width: 2, height: 2 });
  });

  test("gets bits by its size, within bounds", () => {
    const rates = [64, 720, 1080, 8192].map((height) => bitrateBps({ width: (height * 16) / 9, height }));
    expect(rates).toEqual([...rates].sort((a, b) => a - b));
    expect(rates[0]).toBe(600_000);
    expect(rates[3]).toBe(10_000_000);
  });
});

describe("H.264 as Annex B", () => {
  const sps = [0, 0, 0, 1, 0x67, 0x42];
  test("begins with its parameters", () => {
    expect(startsWithParameters(new Uint8Array([...sps, 0, 0, 1, 0x68]))).toBe(true);
    expect(startsWithParameters(new Uint8Array([0, 0, 0, 1, 0x09, 0xf0, ...sps]))).toBe(true);
  });

  test("is not a picture alone, a length-prefixed stream, or nothing", () => {
    expect(startsWithParameters(new Uint8Array([0, 0, 0, 1, 0x65, 0x88]))).toBe(false);
    expect(startsWithParameters(new Uint8Array([0, 0, 0, 9, 0x67, 0x42, 0xe0, 0x1f]))).toBe(false);
    expect(startsWithParameters(new Uint8Array())).toBe(false);
  });
});
