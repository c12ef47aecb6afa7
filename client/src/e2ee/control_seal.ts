/**
 * Grants of remote control, and inputs signed for one and sealed for one reader (docs/protocol/control.md). The keys are
 * drawn anew for every request, stay in the worker, and cannot be taken out of it.
 */

import { type Bytes, concat, decodeHex, encodeHex, encodeText, owned } from "./bytes.ts";
import { readSafetyWords } from "./safety_words.ts";

/** What a grant can allow; in the order of the protocol, in which each has its bit. */
export const SCOPE = ["mouse", "keyboard", "paste", "copy"] as const;
export type Scope = readonly (typeof SCOPE)[number][];

export type DeviceRef = { readonly participant: string; readonly device: string };

/** One consent: who may do what, on whose computer, in which meeting, for how long. Ids, key and group are hex. */
export type Grant = {
  readonly id: string;
  readonly epoch: number;
  readonly seconds: number;
  readonly scope: Scope;
  readonly presenter: DeviceRef;
  readonly controller: DeviceRef;
  readonly key: string;
  readonly group: string;
};

const GRANT_DOMAIN = "conclave grant v1\0";
const INPUT_DOMAIN = "conclave input v1\0";
const WORDS_DOMAIN = "conclave controller v1\0";
const COUNTER_BYTES = 8;
const SIGNATURE_BYTES = 64;
const STEP_BYTES = 256;
const SEAL_BYTES = 16;
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** As long as an input may be: 4,000 characters for a clipboard take at most 16 KiB. */
export const MAX_INPUT_BYTES = 32 * 1024;

export function encodeGrant({ id, epoch, seconds, scope, presenter, controller, key, group }: Grant): Bytes {
  const numbers = new Uint8Array(13);
  const view = new DataView(numbers.buffer);
  view.setBigUint64(0, BigInt(epoch));
  view.setUint32(8, seconds);
  view.setUint8(
    12,
    SCOPE.reduce((bits, each, bit) => bits + (scope.includes(each) ? 1 << bit : 0), 0),
  );
  const who = [presenter, controller].map(({ participant, device }) => participant + device).join("");
  return concat(unhex(id), numbers, encodeText(who), unhex(key), unhex(group));
}

export const hashGrant = (grant: Grant): Promise<Bytes> => digest(concat(encodeText(GRANT_DOMAIN), encodeGrant(grant)));

/** Return the four words of a controller's key, for people to compare. */
export const readControllerWords = async (key: string): Promise<readonly string[]> =>
  readSafetyWords(await digest(concat(encodeText(WORDS_DOMAIN), unhex(key))));

/** The key pair and the seal of one request. */
export class ControllerKeys {
  /** The public half, and the key that seals for the presenter alone, as `ask-control` carries them. */
  readonly key: string;
  readonly seal = encodeHex(crypto.getRandomValues(new Uint8Array(SEAL_BYTES)));
  readonly #privateKey: CryptoKey;
  readonly #cipher = importSeal(this.seal);

  private constructor(key: string, privateKey: CryptoKey) {
    this.key = key;
    this.#privateKey = privateKey;
  }

  static async draw(): Promise<ControllerKeys> {
    const pair = await crypto.subtle.generateKey("Ed25519", false, ["sign"]);
    const key = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
    return new ControllerKeys(encodeHex(key), pair.privateKey);
  }

  /** Return the object's plaintext for one input: its counter, and the signed rest for the presenter alone. */
  async makeInput(what: Said): Promise<Bytes> {
    const [counter, rest] = await signInput(this.#privateKey, what);
    const sealed = await crypto.subtle.encrypt(parameters(counter), await this.#cipher, rest);
    return concat(counter, new Uint8Array(sealed));
  }
}

export type Said = {
  readonly grantHash: Bytes;
  readonly counter: number;
  /** Whole milliseconds since we heard of the grant. */
  readonly timeMs: number;
  readonly events: readonly object[];
};

/** Return an input's counter, and what follows it. */
export async function signInput(privateKey: CryptoKey, said: Said): Promise<[Bytes, Bytes]> {
  const counter = number64(said.counter);
  const padded = pad(said.timeMs, encodeText(JSON.stringify(said.events)));
  const message = concat(encodeText(INPUT_DOMAIN), said.grantHash, counter, padded);
  const signature = new Uint8Array(await crypto.subtle.sign("Ed25519", privateKey, message));
  return [counter, concat(signature, padded)];
}

/** Opens what a controller has sealed for us. */
export class Unsealer {
  readonly #cipher: Promise<CryptoKey>;

  /** `seal`: 32 hexadecimal digits. */
  constructor(seal: string) {
    this.#cipher = importSeal(seal);
  }

  /** Return the input as the helper takes it, or null when it is not sealed for us. */
  async open(object: Uint8Array): Promise<Bytes | null> {
    if (object.length > MAX_INPUT_BYTES + TAG_BYTES || object.length < COUNTER_BYTES) return null;
    const counter = owned(object.slice(0, COUNTER_BYTES));
    try {
      const sealed = owned(object.slice(COUNTER_BYTES));
      return concat(
        counter,
        new Uint8Array(await crypto.subtle.decrypt(parameters(counter), await this.#cipher, sealed)),
      );
    } catch {
      return null;
    }
  }
}

/** Return time, length and JSON, and the zeros that make the whole input a multiple of 256 bytes. */
function pad(timeMs: number, json: Bytes): Bytes {
  const length = new Uint8Array(2);
  new DataView(length.buffer).setUint16(0, json.length);
  const bytes = COUNTER_BYTES + SIGNATURE_BYTES + 8 + 2 + json.length;
  const zeros = new Uint8Array((STEP_BYTES - (bytes % STEP_BYTES)) % STEP_BYTES);
  return concat(number64(timeMs), length, json, zeros);
}

function number64(value: number): Bytes {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

const importSeal = (seal: string): Promise<CryptoKey> =>
  crypto.subtle.importKey("raw", unhex(seal), "AES-GCM", false, ["encrypt", "decrypt"]);

/** A counter is used once under a seal, so the nonce never repeats. */
function parameters(counter: Bytes): AesGcmParams {
  const iv = new Uint8Array(IV_BYTES);
  iv.set(counter, IV_BYTES - COUNTER_BYTES);
  return { name: "AES-GCM", iv };
}

const unhex = (text: string): Bytes => decodeHex(text) ?? new Uint8Array();

const digest = async (bytes: Bytes): Promise<Bytes> => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
