import { expect, test } from "vitest";
import { importDoorKey, proveWords } from "../../src/e2ee/door.ts";
import { hex, readVectors } from "./vectors.ts";

type Proof = { case: string; ticket: string; device: string; key_package: string; proof: string; proves: boolean };

const [good, ...others] = readVectors<{ proofs: [Proof, ...Proof[]] }>("ticket.json").proofs;
const bytes = (text: string) => new Uint8Array(Buffer.from(text, "base64"));
/** Of the vectors: the bytes 3, 4, 5 and so on. */
const seed = Uint8Array.from({ length: 32 }, (_, index) => index + 3);
const made = async ({ ticket, device, key_package }: Proof) =>
  proveWords(await importDoorKey(seed), { ticket, device, keyPackage: bytes(key_package) });

test("a proof is the one of the vectors", async () => {
  expect(good.proves).toBe(true);
  expect(await made(good)).toEqual(bytes(good.proof));
});

test.each(others)("not the one for $case", async (other) => {
  expect(await made(good)).not.toEqual(bytes(other.proof));
});

test("a proof holds for its own public key", async () => {
  const { publicKey } = await importDoorKey(seed);
  const key = await crypto.subtle.importKey("raw", hex(publicKey), "Ed25519", false, ["verify"]);
  const message = Buffer.concat([
    Buffer.from("conclave enter v1\0"),
    new Uint8Array(await crypto.subtle.digest("SHA-256", Buffer.from(good.ticket))),
    Buffer.from(good.device),
    new Uint8Array(await crypto.subtle.digest("SHA-256", bytes(good.key_package))),
  ]);
  expect(await crypto.subtle.verify("Ed25519", key, bytes(good.proof), message)).toBe(true);
});

test("the private half stays inside", async () => {
  const { privateKey } = await importDoorKey(seed);
  expect(privateKey.extractable).toBe(false);
});
