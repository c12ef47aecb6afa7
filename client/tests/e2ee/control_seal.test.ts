import { describe, expect, test } from "vitest";
import {
  ControllerKeys,
  encodeGrant,
  type Grant,
  hashGrant,
  readControllerWords,
  signInput,
  Unsealer,
} from "../../src/e2ee/control_seal.ts";
import { flip, hex, readVectors, toHex } from "./vectors.ts";

type Vectors = {
  readonly seed: string;
  readonly seal: string;
  readonly grants: readonly { grant: Grant; bytes: string; hash: string; words: string[] }[];
  readonly inputs: readonly { events: object[]; counter: number; timeMs: number; input: string; sealed: string }[];
};
const VECTORS = readVectors<Vectors>("control.json");
const PKCS8 = "302e020100300506032b657004220420";
const FIRST = VECTORS.grants[0];
if (FIRST === undefined) throw new Error("no vectors");

const importSigner = (): Promise<CryptoKey> =>
  crypto.subtle.importKey("pkcs8", hex(PKCS8 + VECTORS.seed), "Ed25519", false, ["sign"]);

describe("grants", () => {
  test.each(VECTORS.grants)("bytes, hash and words of grant %#", async ({ grant, bytes, hash, words }) => {
    expect(toHex(encodeGrant(grant))).toBe(bytes);
    expect(toHex(await hashGrant(grant))).toBe(hash);
    expect(await readControllerWords(grant.key)).toEqual(words);
  });
});

describe("inputs", () => {
  test.each(VECTORS.inputs)("input $counter is signed as the helper reads it", async (vector) => {
    const said = { ...vector, grantHash: hex(FIRST.hash) };
    const [counter, rest] = await signInput(await importSigner(), said);
    expect(toHex(counter) + toHex(rest)).toBe(vector.input);
  });

  test.each(VECTORS.inputs)(
    "the presenter opens input $counter, and nobody's whose seal is another",
    async (vector) => {
      const opened = await new Unsealer(VECTORS.seal).open(hex(vector.sealed));
      expect(opened && toHex(opened)).toBe(vector.input);
      expect(await new Unsealer("ff".repeat(16)).open(hex(vector.sealed))).toBeNull();
    },
  );

  test("R2 mallory alters, cuts and stretches what is sealed: nothing opens", async () => {
    const unsealer = new Unsealer(VECTORS.seal);
    const sealed = hex(VECTORS.inputs[0]?.sealed ?? "");
    for (const bit of [0, 63, 64, 700, sealed.length * 8 - 1]) {
      expect(await unsealer.open(flip(sealed, bit))).toBeNull();
    }
    for (const length of [0, 7, 8, 23, sealed.length - 1]) {
      expect(await unsealer.open(sealed.subarray(0, length))).toBeNull();
    }
    expect(await unsealer.open(new Uint8Array(40_000))).toBeNull();
  });

  test("what a controller makes opens with its seal, and is signed by its key for the grant", async () => {
    const keys = await ControllerKeys.draw();
    const grantHash = hex(FIRST.hash);
    const object = await keys.makeInput({ grantHash, counter: 5, timeMs: 9, events: [{ type: "text", text: "ß" }] });
    const input = await new Unsealer(keys.seal).open(object);
    if (input === null) throw new Error("does not open");
    const publicKey = await crypto.subtle.importKey("raw", hex(keys.key), "Ed25519", false, ["verify"]);
    const head = new TextEncoder().encode("conclave input v1\0");
    const signed = Buffer.concat([head, grantHash, input.subarray(0, 8), input.subarray(72)]);
    expect(await crypto.subtle.verify("Ed25519", publicKey, input.slice(8, 72), signed)).toBe(true);
    expect(input.length % 256).toBe(0);
  });

  test("two requests have nothing in common", async () => {
    const [one, other] = [await ControllerKeys.draw(), await ControllerKeys.draw()];
    expect(one.key).not.toBe(other.key);
    expect(one.seal).not.toBe(other.seal);
  });
});
