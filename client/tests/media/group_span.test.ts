import { expect, test } from "vitest";
import { GroupSpan, MAX_GROUP_BYTES } from "../../src/media/group_span.ts";

test("a group of many small objects ends at the limit of objects, and the next starts to count anew", () => {
  const span = new GroupSpan(120);
  expect(span.add(1, true)).toBe(false);
  for (let index = 1; index < 119; index++) expect(span.add(1, false)).toBe(false);
  expect(span.add(1, false)).toBe(true);
  expect(span.add(1, true)).toBe(false);
});

test("a group of large objects ends at the limit of bytes", () => {
  const span = new GroupSpan(120);
  expect(span.add(MAX_GROUP_BYTES - 1, true)).toBe(false);
  expect(span.add(1, false)).toBe(true);
});

test("it goes on asking until a key frame comes", () => {
  const span = new GroupSpan(120);
  expect(span.add(MAX_GROUP_BYTES, true)).toBe(true);
  expect(span.add(1, false)).toBe(true);
  expect(span.add(1, true)).toBe(false);
});
