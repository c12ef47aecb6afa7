/** One participant of a crowd: the client's own room, MLS, SFrame and MoQ, without a page around it. */

import { CONTEXT, type Context } from "../src/e2ee/frames.ts";
import type { MeetingKeys } from "../src/e2ee/meeting_key.ts";
import { allocateFrame } from "../src/media/frame.ts";
import { CAMERA_LOW } from "../src/media/profile.ts";
import { encodeVoiceFrame } from "../src/media/voice_frame.ts";
import { encodeCatalog, type Published } from "../src/room/catalog.ts";
import { Visit, type VisitListener } from "../src/room/visit.ts";
import type { TrackName } from "../src/transport/relay.ts";
import type { Ticket } from "../src/transport/ticket_desk.ts";

export type Show = {
  readonly track: "screen" | "screen-low" | "camera-low" | "mic";
  readonly perSecond: number;
  readonly bytes: number;
};

/** What is published of one track, and when its last key frame was cut. */
type Beat = { readonly timer: NodeJS.Timeout; sent: number; group: number; index: number; keyMs: number };

/** What has come from one track of one device. */
type Came = { objects: number; lastMs: number; maxGapMs: number };
export type HandOver = (track: TrackName, object: Uint8Array, isFirst: boolean) => void;
export type MemberEvent = "entered" | "epoch" | "relay" | "relay-away" | "picture" | "closed";

const FORMAT = { codec: "avc1.42e01f", width: 1280, height: 720 };
/** A strip of small tiles beside a shared screen. */
const TILE_PX = 90;
const GROUP_PICTURES: Readonly<Record<string, number>> = { "camera-low": CAMERA_LOW.groupPictures };
/** A publisher obeys a wish for a key frame once a second. */
const REFRESH_MS = 1000;
/** As a voice that goes on is sent. */
const GROUP_PACKETS = 5;
const NAMES = new Map<number, string>(Object.entries(CONTEXT).map(([name, context]) => [context, name]));

export class Member {
  readonly #visit: Visit;
  readonly #tell: (event: MemberEvent, detail?: object) => void;
  readonly #came = new Map<string, Came>();
  readonly #shows = new Map<string, Beat>();
  #published: Published = { screen: false, mic: null, camera: [], control: null };
  #watchesCameras = 0;
  #refused = 0;
  /** Takes what is to be published, where somebody else has this member's session with the relay. */
  readonly #handOver: HandOver | null;
  #sealed: Promise<void> = Promise.resolve();

  constructor(o: {
    readonly room: string;
    readonly ticket: Ticket;
    readonly keys: MeetingKeys;
    readonly tell: (event: MemberEvent, detail?: object) => void;
    readonly handOver: HandOver | null;
  }) {
    this.#handOver = o.handOver;
    this.#tell = o.tell;
    const decodes = Promise.resolve(["avc1" as const]);
    const renewTicket = async () => o.ticket.jwt;
    this.#visit = new Visit({ ...o, decodes, renewTicket, sound: () => undefined, listener: this.#listen() });
  }

  /** Begin to publish synthetic pictures or packets, on the beat. */
  show({ track, perSecond, bytes }: Show): void {
    const begunMs = performance.now();
    const beat = () => {
      // What a busy machine is late is made up, as an encoder's pictures come in a burst then.
      const due = ((performance.now() - begunMs) / 1000) * perSecond;
      for (; show.sent < due; show.sent += 1) this.#publish(track, show, bytes);
    };
    const timer = setInterval(beat, 1000 / perSecond / 2);
    const show: Beat = { timer, sent: 0, group: 0, index: 0, keyMs: 0 };
    this.hide(track);
    this.#shows.set(track, show);
    this.#publishCatalog(track, true);
  }

  hide(track: string): void {
    clearInterval(this.#shows.get(track)?.timer);
    if (this.#shows.delete(track)) this.#publishCatalog(track, false);
  }

  /** Look at the cameras of at most so many others from now on. */
  watchCameras(count: number): void {
    this.#watchesCameras = count;
    for (const [index, { device }] of this.#visit.cameras().entries()) {
      this.#visit.watchCamera(device, index < count ? TILE_PX : 0);
    }
  }

  leave(): void {
    for (const { timer } of this.#shows.values()) clearInterval(timer);
    this.#visit.leave();
  }

  get device(): string {
    return this.#visit.device;
  }

  /** What came since the last time, by track: objects, from how many devices, and the longest gap of any. */
  take(): object {
    const tracks: Record<string, { objects: number; devices: number; maxGapMs: number }> = {};
    for (const [key, came] of this.#came) {
      const track = key.split(" ")[1] ?? "";
      const sum = tracks[track] ?? { objects: 0, devices: 0, maxGapMs: 0 };
      const maxGapMs = Math.max(sum.maxGapMs, came.maxGapMs);
      tracks[track] = { objects: sum.objects + came.objects, devices: sum.devices + 1, maxGapMs };
      this.#came.set(key, { objects: 0, lastMs: came.lastMs, maxGapMs: 0 });
    }
    const refused = this.#refused;
    this.#refused = 0;
    return { verified: this.#visit.people([]).filter(({ trust }) => trust === "verified").length, refused, tracks };
  }

  #publish(track: Show["track"], show: Beat, bytes: number): void {
    const capturedUs = Date.now() * 1000;
    if (track === "mic") {
      const frame = encodeVoiceFrame({ number: show.sent, capturedUs, packet: new Uint8Array(bytes) });
      return this.#send(track, frame, show.sent % GROUP_PACKETS === 0);
    }
    const { group, index } = show;
    const [frame] = allocateFrame({ group, index, capturedUs, format: index === 0 ? FORMAT : null }, bytes);
    this.#send(track, frame, index === 0);
    show.index += 1;
    if (show.index === GROUP_PICTURES[track]) this.#cutKeyFrame(show);
  }

  #cutKeyFrame(show: Beat): void {
    if (show.index === 0) return;
    show.group += 1;
    show.index = 0;
    show.keyMs = performance.now();
  }

  #hear(message: object): void {
    if (!("type" in message && "device" in message && "track" in message)) return;
    const show = this.#shows.get(String(message.track));
    const isForUs = message.type === "refresh" && message.device === this.device;
    if (isForUs && show !== undefined && performance.now() - show.keyMs > REFRESH_MS) this.#cutKeyFrame(show);
  }

  #send(track: Show["track"], frame: Uint8Array, isFirst: boolean): void {
    if (this.#handOver === null) this.#visit.publish(track, frame, isFirst);
    else this.#seal(track, frame, isFirst);
  }

  /** Seal, and leave it to somebody else to publish. */
  #seal(track: TrackName, plaintext: Uint8Array, isFirst: boolean): void {
    const sealing = this.#visit.frames.seal(CONTEXT[track], plaintext);
    this.#sealed = this.#sealed.then(async () => {
      const object = await sealing;
      if (object !== null) this.#handOver?.(track, object, isFirst);
    });
  }

  #publishCatalog(track?: string, isShown = false): void {
    const { screen, mic, camera } = this.#published;
    const low = { track: "camera-low", width: 320, height: 180 } as const;
    this.#published = {
      screen: track === "screen" ? isShown : screen,
      mic: track === "mic" ? (isShown ? { codec: "opus" } : null) : mic,
      camera: track === "camera-low" ? (isShown ? [low] : []) : camera,
      control: null,
    };
    if (this.#handOver === null) return void this.#visit.publishCatalog(this.#published);
    this.#seal("catalog", encodeCatalog({ decode: ["avc1"], ...this.#published }), true);
  }

  #listen(): VisitListener {
    const nothing = () => undefined;
    return {
      knocking: nothing,
      housed: nothing,
      changed: nothing,
      message: (message) => this.#hear(message),
      wrongWords: nothing,
      entered: () => {
        this.#count();
        const { relay } = this.#visit.entry ?? {};
        this.#tell("entered", { device: this.device, relay });
      },
      epoch: () => {
        this.#tell("epoch");
        this.#publishCatalog();
        for (const show of this.#shows.values()) this.#cutKeyFrame(show);
      },
      cataloged: () => this.watchCameras(this.#watchesCameras),
      relayConnected: () => {
        this.#tell("relay");
        this.#publishCatalog();
      },
      relayAway: () => this.#tell("relay-away"),
      closed: (outcome) => this.#tell("closed", { outcome }),
    };
  }

  /** Note every object that opens. */
  #count(): void {
    const frames = this.#visit.frames;
    const unseal = frames.unseal.bind(frames);
    frames.unseal = async (from: { device: string; context: Context }, object: Uint8Array) => {
      const opened = await unseal(from, object);
      if (opened.ok) this.#note(from.device, (NAMES.get(from.context) ?? "") as TrackName);
      else this.#refused += 1;
      return opened;
    };
  }

  #note(device: string, track: TrackName): void {
    const key = `${device} ${track}`;
    const nowMs = performance.now();
    const came = this.#came.get(key);
    if (came === undefined && track === "screen") this.#tell("picture");
    const maxGapMs = came === undefined ? 0 : Math.max(came.maxGapMs, nowMs - came.lastMs);
    this.#came.set(key, { objects: (came?.objects ?? 0) + 1, lastMs: nowMs, maxGapMs });
  }
}
