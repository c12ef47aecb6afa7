/**
 * Many participants in one process, for measurements and tests under load: `node crowd.ts < commands > events`, both
 * JSON, one object a line. It goes when its input ends, or after `--minutes`.
 */

import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { deriveKeys, readWords } from "../src/e2ee/meeting_key.ts";
import { installCodecs } from "./codecs.ts";
import { Member, type Show } from "./member.ts";

type Admission = { readonly jwt: string; readonly participant: string; readonly name: string };
type Command =
  | { readonly do: "enter"; readonly members: readonly Admission[]; readonly everyMs: number }
  | ({ readonly do: "show"; readonly member: string } & Show)
  | { readonly do: "hide"; readonly member: string; readonly track: string }
  | { readonly do: "watch-cameras"; readonly count: number }
  | { readonly do: "take" }
  /** Commit what nobody can apply, as mallory would. */
  | { readonly do: "commit-junk"; readonly member: string }
  | { readonly do: "leave"; readonly member: string };

const { values: options } = parseArgs({
  options: {
    room: { type: "string", default: "" },
    words: { type: "string", default: "" },
    "live-url": { type: "string", default: "" },
    origin: { type: "string", default: "" },
    /** Somebody else has these members' sessions with the relay, and publishes what they seal. */
    "without-relay": { type: "boolean", default: false },
    minutes: { type: "string", default: "5" },
  },
});

const members = new Map<string, Member>();
const roomSockets = new Map<string, PageSocket>();
const tell = (event: object) => process.stdout.write(`${JSON.stringify({ ...event, atMs: Date.now() })}\n`);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends what a browser's would: the page's origin. */
class PageSocket extends WebSocket {
  static newest: PageSocket | null = null;
  /** Of the room's group, as its server says. */
  at = { group: 0, epoch: 0 };

  constructor(url: string | URL, protocol: string) {
    if (options["without-relay"] && new URL(url).pathname.startsWith("/relay/")) throw new Error("not from here");
    // Node's own option, unknown to the DOM's types.
    super(url, { protocols: [protocol], headers: { origin: options.origin } } as unknown as string[]);
    PageSocket.newest = this;
    this.addEventListener("message", ({ data }) => {
      const { type, group, epoch } = typeof data === "string" ? JSON.parse(data) : {};
      if (["entered", "accepted", "commit", "welcome"].includes(type)) this.at = { group, epoch };
    });
  }
}

async function enter({ members: admissions, everyMs }: Extract<Command, { do: "enter" }>): Promise<void> {
  const read = readWords(options.words);
  if (!read.ok) throw new Error("not the words of a meeting");
  const keys = await deriveKeys(read.words, options.room);
  for (const { jwt, participant, name } of admissions) {
    const ticket = { jwt, participant, name, liveUrl: options["live-url"], door: keys.door.publicKey };
    const say = (event: string, detail?: object) => tell({ member: participant, event, ...detail });
    const hand = (track: string, object: Uint8Array, isFirst: boolean) =>
      say("object", { track, isFirst, data: Buffer.from(object).toString("base64") });
    const handOver = options["without-relay"] ? hand : null;
    members.set(participant, new Member({ room: options.room, ticket, keys, tell: say, handOver }));
    if (PageSocket.newest !== null) roomSockets.set(participant, PageSocket.newest);
    await pause(everyMs);
  }
}

function obey(command: Command): void {
  switch (command.do) {
    case "enter":
      return void enter(command);
    case "show":
      return members.get(command.member)?.show(command);
    case "hide":
      return members.get(command.member)?.hide(command.track);
    case "watch-cameras":
      for (const member of members.values()) member.watchCameras(command.count);
      return;
    case "take": {
      const came = Object.fromEntries([...members].map(([participant, member]) => [participant, member.take()]));
      return void tell({ event: "taken", came });
    }
    case "commit-junk": {
      const socket = roomSockets.get(command.member);
      const junk = { type: "commit", ...socket?.at, commit: "anVuaw==", welcome: null, adds: [], removes: [] };
      return socket?.send(JSON.stringify(junk));
    }
    case "leave":
      members.get(command.member)?.leave();
      members.delete(command.member);
      return;
    default:
      return command satisfies never;
  }
}

installCodecs();
Object.assign(globalThis, { WebSocket: PageSocket });
setTimeout(() => process.exit(2), Number(options.minutes) * 60_000).unref();
createInterface({ input: process.stdin })
  .on("line", (line) => obey(JSON.parse(line)))
  .on("close", () => process.exit(0));
