import fc from "fast-check";
import { expect, test } from "vitest";
import {
  Counter,
  decodeHeader,
  deriveFrameKey,
  encodeHeader,
  importBaseKey,
  openFrame,
  REPLAY_WINDOW_FRAMES,
  ReplayWindow,
  sealFrame,
} from "../../src/e2ee/sframe.ts";
import { hex, readVectors, toHex } from "./vectors.ts";

type Vectors = {
  header: { kid: string; ctr: string; encoded: string }[];
  sframe: { kid: string; ctr: string; base_key: string; metadata: string; pt: string; ct: string }[];
};

const vectors = readVectors<Vectors>("sframe-rfc9605.json");
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

test("the RFC's header vectors", () => {
  expect(vectors.header.length).toBeGreaterThan(200);
  for (const { kid, ctr, encoded } of vectors.header) {
    expect(toHex(encodeHeader(BigInt(kid), BigInt(ctr)))).toBe(encoded);
    expect(decodeHeader(hex(encoded))).toEqual({ kid: BigInt(kid), ctr: BigInt(ctr), bytes: hex(encoded) });
  }
});

test.each(vectors.sframe)("the RFC's vector of cipher suite 4", async ({ kid, ctr, base_key, metadata, pt, ct }) => {
  const key = await deriveFrameKey(await importBaseKey(hex(base_key)), BigInt(kid));
  expect(toHex(await sealFrame(key, [BigInt(kid), BigInt(ctr)], hex(pt), hex(metadata)))).toBe(ct);
  const header = decodeHeader(hex(ct));
  if (header === null) throw new Error("the header does not decode");
  expect(toHex((await openFrame(key, header, hex(ct), hex(metadata))) ?? new Uint8Array())).toBe(pt);
  expect(await openFrame(key, header, hex(ct), hex("00"))).toBeNull();
});

test("keys cannot be extracted, and the base key's bytes are wiped", async () => {
  const bytes = hex("000102030405060708090a0b0c0d0e0f");
  const base = await importBaseKey(bytes);
  const { key } = await deriveFrameKey(base, 1n);
  expect([base.extractable, key.extractable]).toEqual([false, false]);
  expect(bytes).toEqual(new Uint8Array(16));
});

test("every header decodes to what was encoded, has one form only, and no bytes make decoding throw", () => {
  fc.assert(
    fc.property(uint64, uint64, fc.uint8Array({ maxLength: 20 }), (kid, ctr, junk) => {
      const bytes = encodeHeader(kid, ctr);
      expect(decodeHeader(new Uint8Array([...bytes, ...junk]))).toEqual({ kid, ctr, bytes });
      for (let end = 0; end < bytes.length; end += 1) expect(decodeHeader(bytes.subarray(0, end))).toBeNull();
      const header = decodeHeader(junk);
      if (header !== null) expect(encodeHeader(header.kid, header.ctr)).toEqual(header.bytes);
    }),
  );
});

test("a field longer than need be is refused", () => {
  expect(decodeHeader(hex("8007"))).toBeNull();
  expect(decodeHeader(hex("900008"))).toBeNull();
  expect(decodeHeader(hex("8008"))).not.toBeNull();
});

test("a counter gives each number once and stops at its limit", () => {
  const counter = new Counter(3);
  expect([counter.take(), counter.take(), counter.take(), counter.take(), counter.take()]).toEqual([
    0,
    1,
    2,
    null,
    null,
  ]);
});

test("the replay window accepts each counter once, late ones within 1,024 and none older", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 300 }), (counters) => {
      const window = new ReplayWindow();
      const seen = new Set<number>();
      for (const ctr of counters) {
        const isOld = ctr <= Math.max(-1, ...seen) - REPLAY_WINDOW_FRAMES;
        expect(window.isFresh(ctr)).toBe(!isOld && !seen.has(ctr));
        if (window.isFresh(ctr)) window.mark(ctr);
        seen.add(isOld ? Number.NEGATIVE_INFINITY : ctr);
      }
    }),
  );
});
