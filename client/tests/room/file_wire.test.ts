import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  cleanFileName,
  decodePiece,
  encodePiece,
  MAX_FILE_BYTES,
  MAX_RUN,
  PIECE_BYTES,
  pieceCount,
  readFetch,
  readOffer,
  readWithdrawal,
} from "../../src/room/file_wire.ts";

const FILE = "f".repeat(16);
const OFFER = { type: "file", id: FILE, name: "a.txt", size: 3, key: "0".repeat(32), digest: "1".repeat(64) } as const;
const FETCH = { type: "fetch", file: FILE, from: 0, count: 4 } as const;

describe("an offer", () => {
  test("is read; what it does not know is left out", () => {
    expect(readOffer({ ...OFFER, more: 1 })).toEqual(OFFER);
    expect(readOffer({ ...OFFER, size: MAX_FILE_BYTES })?.size).toBe(25_000_000);
  });

  test.each([
    {},
    { ...OFFER, type: "chat" },
    { ...OFFER, id: "F".repeat(16) },
    { ...OFFER, name: 7 },
    { ...OFFER, name: "a".repeat(401) },
    { ...OFFER, size: 0 },
    { ...OFFER, size: MAX_FILE_BYTES + 1 },
    { ...OFFER, size: 1.5 },
    { ...OFFER, key: "0" },
    { ...OFFER, digest: null },
  ])("%o is none", (message) => {
    expect(readOffer(message)).toBeNull();
  });

  test.each([
    ["minutes.txt", "minutes.txt"],
    ["../../etc/passwd", ".._.._etc_passwd"],
    ["C:\\temp\\x.exe", "C:_temp_x.exe"],
    ["evil\u202etxt.exe", "evil_txt.exe"],
    ["a\u0000b\nc", "a_b_c"],
    ["  ", "file"],
    ["", "file"],
    ["日本語.pdf", "日本語.pdf"],
  ])("with the name %j is saved as %j", (name, saved) => {
    expect(cleanFileName(name)).toBe(saved);
  });

  test("with a long name keeps the end of it, where the kind of file stands", () => {
    expect(cleanFileName(`${"a".repeat(300)}.pdf`)).toBe(`${"a".repeat(196)}.pdf`);
  });
});

describe("a request", () => {
  test("is read", () => {
    expect(readFetch({ ...FETCH, more: 1 })).toEqual(FETCH);
    expect(readWithdrawal({ type: "withdraw", file: FILE })).toEqual({ type: "withdraw", file: FILE });
  });

  test.each([
    { ...FETCH, type: "file" },
    { ...FETCH, file: "x" },
    { ...FETCH, from: -1 },
    { ...FETCH, from: pieceCount(MAX_FILE_BYTES) },
    { ...FETCH, from: "0" },
    { ...FETCH, count: 0 },
    { ...FETCH, count: MAX_RUN + 1 },
  ])("%o is none", (message) => {
    expect(readFetch(message)).toBeNull();
  });

  test("to withdraw needs a file", () => {
    expect(readWithdrawal({ type: "withdraw", file: 7 })).toBeNull();
    expect(readWithdrawal({ type: "fetch", file: FILE })).toBeNull();
  });
});

describe("a piece", () => {
  test("is found again as it was put in", () => {
    const bytes = encodePiece("0123456789abcdef", 258, Uint8Array.of(9, 8));
    expect([...bytes]).toEqual([0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0, 0, 1, 2, 9, 8]);
    expect(decodePiece(bytes)).toEqual({ file: "0123456789abcdef", index: 258, sealed: Uint8Array.of(9, 8) });
  });

  test("whatever the bytes are, they are a piece or none", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(decodePiece(bytes) === null).toBe(bytes.length <= 12);
      }),
    );
  });

  test("has its size, but for the last", () => {
    expect([1, PIECE_BYTES, PIECE_BYTES + 1, MAX_FILE_BYTES].map(pieceCount)).toEqual([1, 1, 2, 382]);
  });
});
