/**
 * The one MLS cipher suite of the profile (docs/protocol/media.md, "MLS profile"), put together from the library's own
 * parts: its collection of all suites would load every cipher that it knows.
 */

import { Aes128Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";
import type { CiphersuiteImpl } from "ts-mls";
import { makeHashImpl } from "ts-mls/crypto/implementation/default/makeHashImpl.js";
import { makeKdfImpl } from "ts-mls/crypto/implementation/default/makeKdfImpl.js";
import { makeNobleSignatureImpl } from "ts-mls/crypto/implementation/default/makeNobleSignatureImpl.js";
import { defaultRng } from "ts-mls/crypto/implementation/default/rng.js";
import { makeGenericHpke } from "ts-mls/crypto/implementation/hpke.js";
import { owned } from "./bytes.ts";

export const SUITE = "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519";

type Crypt = (key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, text: Uint8Array) => Promise<Uint8Array>;

const aesGcm =
  (usage: "encrypt" | "decrypt"): Crypt =>
  async (key, nonce, aad, text) => {
    const aes = await crypto.subtle.importKey("raw", owned(key), "AES-GCM", false, [usage]);
    const params = { name: "AES-GCM", iv: owned(nonce), additionalData: owned(aad) };
    return new Uint8Array(await crypto.subtle[usage](params, aes, owned(text)));
  };

async function makeSuite(): Promise<CiphersuiteImpl> {
  const names = { kem: "DHKEM-X25519-HKDF-SHA256", kdf: "HKDF-SHA256", aead: "AES128GCM" } as const;
  const [kem, kdf, aead] = [new DhkemX25519HkdfSha256(), new HkdfSha256(), new Aes128Gcm()];
  const gcm = { encrypt: aesGcm("encrypt"), decrypt: aesGcm("decrypt") };
  return {
    name: SUITE,
    hash: makeHashImpl(crypto.subtle, "SHA-256"),
    kdf: makeKdfImpl(kdf),
    signature: await makeNobleSignatureImpl("Ed25519"),
    // The library of HPKE lends its key derivation to one suite only.
    hpke: await makeGenericHpke(names, gcm, new CipherSuite({ kem, kdf: new HkdfSha256(), aead })),
    rng: defaultRng,
  };
}

let made: Promise<CiphersuiteImpl> | null = null;

export function loadSuite(): Promise<CiphersuiteImpl> {
  made ??= makeSuite();
  return made;
}
