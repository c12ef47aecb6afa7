/** The messages of the room protocol (docs/protocol/room.md): events decoded once, at the edge; commands encoded. */

import { encodeBase64 } from "./base64.ts";
import {
  type Fields,
  MalformedMessage,
  readArray,
  readBoolean,
  readBytes,
  readChoice,
  readCounter,
  readMatch,
  readObject,
  readText,
} from "./reader.ts";

export { MalformedMessage } from "./reader.ts";

/** 250 entries with a full key package each; the server sends nothing larger. */
const MAX_EVENT_CHARACTERS = 4 * 1024 * 1024;
const MAX_KEY_PACKAGE_BYTES = 8 * 1024;
const MAX_HANDSHAKE_BYTES = 256 * 1024;
const MAX_MESSAGE_BYTES = 64 * 1024;
const MAX_DEVICES = 250;
/** The ticket allows 60 characters; one may take two code units. */
const MAX_NAME_UNITS = 120;
const MAX_URL_CHARACTERS = 512;
/** The certificate in use and those on either side of a rotation, with room to spare. */
const MAX_FINGERPRINTS = 8;

const HEX_16 = /^[0-9a-f]{16}$/;
const HEX_64 = /^[0-9a-f]{64}$/;
const ROLES = ["organizer", "presenter", "attendee"] as const;
const GRANTS = ["chat", "share", "speak", "admit", "appoint", "remove", "end"] as const;
const LEFT_REASONS = ["left", "lost", "replaced", "removed", "ended", "unverified", "limited"] as const;

export type Entry = {
  readonly participant: string;
  readonly device: string;
  readonly name: string;
  readonly role: (typeof ROLES)[number];
  readonly grants: readonly (typeof GRANTS)[number][];
  readonly member: boolean;
  readonly keyPackage: Uint8Array<ArrayBuffer>;
};

/** Somebody who waits to be admitted. */
export type Knock = { readonly participant: string; readonly name: string; readonly account: boolean };

export type RelayAddress = { readonly url: string; readonly fingerprints: readonly string[] };

export type Entered = {
  readonly type: "entered";
  readonly participant: string;
  readonly device: string;
  readonly role: (typeof ROLES)[number];
  readonly grants: readonly (typeof GRANTS)[number][];
  readonly group: number;
  readonly epoch: number;
  readonly founder: boolean;
  readonly roster: readonly Entry[];
  readonly relay: RelayAddress;
  readonly locked: boolean;
  readonly knocks: readonly Knock[];
};

/** What the server tells of who comes in and who may do what. */
export type HouseEvent =
  | { readonly type: "knocking" }
  | { readonly type: "knocked"; readonly knock: Knock }
  | { readonly type: "answered"; readonly participant: string }
  | { readonly type: "locked"; readonly locked: boolean; readonly participant: string }
  | {
      readonly type: "appointed";
      readonly participant: string;
      readonly role: (typeof ROLES)[number];
      readonly grants: readonly (typeof GRANTS)[number][];
    };

/** What the server tells a device. */
export type ServerEvent =
  | HouseEvent
  | Entered
  | { readonly type: "joined"; readonly entry: Entry }
  | {
      readonly type: "left";
      readonly device: string;
      readonly participant: string;
      readonly reason: (typeof LEFT_REASONS)[number];
    }
  | { readonly type: "found"; readonly group: number }
  | { readonly type: "accepted" | "stale"; readonly group: number; readonly epoch: number }
  | {
      readonly type: "commit";
      readonly group: number;
      readonly epoch: number;
      readonly from: string;
      readonly commit: Uint8Array<ArrayBuffer>;
      readonly adds: readonly string[];
      readonly removes: readonly string[];
    }
  | {
      readonly type: "welcome";
      readonly group: number;
      readonly epoch: number;
      readonly from: string;
      readonly welcome: Uint8Array<ArrayBuffer>;
    }
  | {
      readonly type: "message";
      readonly from: string;
      readonly epoch: number;
      readonly message: Uint8Array<ArrayBuffer>;
    };

/** What a device asks of the server. */
export type ClientCommand =
  | {
      readonly type: "enter";
      readonly ticket: string;
      readonly device: string;
      readonly keyPackage: Uint8Array;
      readonly proof: Uint8Array;
    }
  | {
      readonly type: "commit";
      readonly group: number;
      readonly epoch: number;
      readonly commit: Uint8Array;
      readonly welcome: Uint8Array | null;
      readonly adds: readonly string[];
      readonly removes: readonly string[];
    }
  | { readonly type: "refuse"; readonly group: number; readonly epoch: number; readonly digest: Uint8Array }
  | { readonly type: "send"; readonly message: Uint8Array }
  | { readonly type: "admit"; readonly participants: readonly string[] }
  | { readonly type: "deny"; readonly participant: string }
  | { readonly type: "lock"; readonly locked: boolean }
  | { readonly type: "appoint"; readonly participant: string; readonly role: "presenter" | "attendee" }
  | { readonly type: "remove"; readonly participant: string }
  | { readonly type: "end" }
  | { readonly type: "leave" };

/** Decode the answer to a test of the connection, or throw `MalformedMessage`, whatever `text` is. */
export function decodeRelayAddress(text: unknown): RelayAddress {
  return readRelayAddress(parse(text));
}

/** Decode one event, or throw `MalformedMessage`, whatever `text` is. */
export function decodeEvent(text: unknown): ServerEvent {
  const fields = readObject(parse(text));
  const read = typeof fields.type === "string" && Object.hasOwn(EVENTS, fields.type) ? EVENTS[fields.type] : undefined;
  if (read === undefined) throw new MalformedMessage("of no known type");
  return read(fields);
}

function parse(text: unknown): unknown {
  const json = readText(text, MAX_EVENT_CHARACTERS);
  try {
    return JSON.parse(json);
  } catch {
    throw new MalformedMessage("not JSON");
  }
}

export function encodeCommand(command: ClientCommand): string {
  switch (command.type) {
    case "enter": {
      const { type, ticket, device, keyPackage, proof } = command;
      return JSON.stringify({
        type,
        ticket,
        device,
        key_package: encodeBase64(keyPackage),
        proof: encodeBase64(proof),
      });
    }
    case "commit": {
      const welcome = command.welcome === null ? null : encodeBase64(command.welcome);
      return JSON.stringify({ ...command, commit: encodeBase64(command.commit), welcome });
    }
    case "send":
      return JSON.stringify({ type: "send", message: encodeBase64(command.message) });
    case "refuse":
      return JSON.stringify({ ...command, digest: encodeBase64(command.digest) });
    case "admit":
    case "deny":
    case "lock":
    case "appoint":
    case "remove":
    case "end":
    case "leave":
      return JSON.stringify(command);
    default:
      return command satisfies never;
  }
}

const EVENTS: Readonly<Record<string, (fields: Fields) => ServerEvent>> = {
  knocking: () => ({ type: "knocking" }),
  entered: readEntered,
  knocked: ({ knock }) => ({ type: "knocked", knock: readKnock(knock) }),
  answered: ({ participant }) => ({ type: "answered", participant: readId(participant) }),
  locked: ({ locked, participant }) => ({
    type: "locked",
    locked: readBoolean(locked),
    participant: readId(participant),
  }),
  appointed: ({ participant, role, grants }) => ({
    type: "appointed",
    participant: readId(participant),
    role: readChoice(role, ROLES),
    grants: readGrants(grants),
  }),
  joined: ({ entry }) => ({ type: "joined", entry: readEntry(entry) }),
  left: ({ device, participant, reason }) => ({
    type: "left",
    device: readId(device),
    participant: readId(participant),
    reason: readChoice(reason, LEFT_REASONS),
  }),
  found: ({ group }) => ({ type: "found", group: readCounter(group) }),
  accepted: (fields) => ({ type: "accepted", ...readEpoch(fields) }),
  stale: (fields) => ({ type: "stale", ...readEpoch(fields) }),
  commit: (fields) => ({
    type: "commit",
    ...readEpoch(fields),
    from: readId(fields.from),
    commit: readBytes(fields.commit, MAX_HANDSHAKE_BYTES),
    adds: readArray(fields.adds, MAX_DEVICES, readId),
    removes: readArray(fields.removes, MAX_DEVICES, readId),
  }),
  welcome: (fields) => ({
    type: "welcome",
    ...readEpoch(fields),
    from: readId(fields.from),
    welcome: readBytes(fields.welcome, MAX_HANDSHAKE_BYTES),
  }),
  message: ({ from, epoch, message }) => ({
    type: "message",
    from: readId(from),
    epoch: readCounter(epoch),
    message: readBytes(message, MAX_MESSAGE_BYTES),
  }),
};

function readEntered(fields: Fields): Entered {
  return {
    type: "entered",
    participant: readId(fields.participant),
    device: readId(fields.device),
    role: readChoice(fields.role, ROLES),
    grants: readGrants(fields.grants),
    ...readEpoch(fields),
    founder: readBoolean(fields.founder),
    roster: readArray(fields.roster, MAX_DEVICES, readEntry),
    relay: readRelayAddress(fields.relay),
    locked: readBoolean(fields.locked),
    knocks: readArray(fields.knocks, MAX_DEVICES, readKnock),
  };
}

function readRelayAddress(value: unknown): RelayAddress {
  const { url, fingerprints } = readObject(value);
  const hashes = readArray(fingerprints, MAX_FINGERPRINTS, (each) => readMatch(each, HEX_64));
  return { url: readUrl(url), fingerprints: hashes };
}

function readKnock(value: unknown): Knock {
  const { participant, name, account } = readObject(value);
  return { participant: readId(participant), name: readText(name, MAX_NAME_UNITS), account: readBoolean(account) };
}

function readEntry(value: unknown): Entry {
  const fields = readObject(value);
  return {
    participant: readId(fields.participant),
    device: readId(fields.device),
    name: readText(fields.name, MAX_NAME_UNITS),
    role: readChoice(fields.role, ROLES),
    grants: readGrants(fields.grants),
    member: readBoolean(fields.member),
    keyPackage: readBytes(fields.key_package, MAX_KEY_PACKAGE_BYTES),
  };
}

function readUrl(value: unknown): string {
  const text = readText(value, MAX_URL_CHARACTERS);
  if (!URL.canParse(text) || new URL(text).protocol !== "https:")
    throw new MalformedMessage("not the address of a relay");
  return text;
}

const readGrants = (value: unknown) => readArray(value, GRANTS.length, (grant) => readChoice(grant, GRANTS));

const readId = (value: unknown): string => readMatch(value, HEX_16);

const readEpoch = (fields: Fields): { group: number; epoch: number } => ({
  group: readCounter(fields.group),
  epoch: readCounter(fields.epoch),
});
