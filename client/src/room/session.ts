/**
 * The meeting as one person has it, from entering to the last word: it outlives connections. Runs in the worker; says
 * what a person can see as `RoomState` (room/state.ts).
 */

import { deriveKeys, type MeetingKeys, readWords } from "../e2ee/meeting_key.ts";
import { canEncode, decodableFamilies } from "../media/ability.ts";
import { FAMILIES, type Family, type Size } from "../media/codecs.ts";
import { SCREEN } from "../media/profile.ts";
import type { Entered } from "../transport/messages.ts";
import { Admission } from "./admission.ts";
import { Alarm } from "./alarm.ts";
import { ChatLog, isChatText, readChat } from "./chat_log.ts";
import { PictureSource } from "./picture_source.ts";
import { Reconnect } from "./reconnect.ts";
import type { OverReason, Person, Phase, RoomCommand, RoomEvent, RoomState, SharedScreen } from "./state.ts";
import { drawId, Visit, type VisitListener } from "./visit.ts";

/** After so many attempts in a row the network is to blame, and the person should know why there are no pictures. */
const RELAY_ATTEMPTS = 3;

/** After a restart of the server people come back one by one; what was written goes out when they are here again. */
const GATHER_MS = 5000;

const NOTICES = {
  relayAway: "Shared screens cannot be reached just now; your network may block them (UDP). Chat goes on.",
  noCodec: "Your screen is not shared: there is no picture format that this browser writes and everyone here reads.",
  unverified: "Nobody here can be verified yet.",
} as const;

type Seen = Pick<RoomState, "self" | "people" | "screens">;
type Enter = Extract<RoomCommand, { type: "enter" }>;

export class Session {
  readonly #post: (event: RoomEvent) => void;
  readonly #chat = new ChatLog();
  readonly #decodes = decodableFamilies().catch(() => []);
  readonly #encodes = new Map<Family, Promise<boolean>>();
  readonly #canvases = new Map<string, OffscreenCanvas>();
  readonly #gathered = new Alarm(() => this.#stopGathering());
  readonly #retry = new Alarm(() => void this.#connect(this.#mustBeFresh));
  #enter: Enter | null = null;
  #keys: Promise<MeetingKeys> | null = null;
  #admission: Admission | null = null;
  #reconnect = new Reconnect(0);
  #mustBeFresh = false;
  #visit: Visit | null = null;
  #presenter: PictureSource | null = null;
  /** The catalog says that we present only once there is a key frame to see. */
  #isCatalogDue = false;
  #hasBeenLive = false;
  #over: OverReason | null = null;
  #notice: string | null = null;
  #remembered: Seen = { self: null, people: [], screens: [] };
  #isGathering = false;
  #isPosting = false;
  #isSending = false;

  constructor(post: (event: RoomEvent) => void) {
    this.#post = post;
  }

  receive(command: RoomCommand): void {
    switch (command.type) {
      case "enter":
        return this.#begin(command);
      case "chat":
        return this.#write(command.text);
      case "resend":
        this.#chat.resend(command.id);
        return void this.#sendWaiting();
      case "share":
        return this.#share(command.source);
      case "stop-sharing":
        return this.#stopSharing();
      case "canvas":
        return this.#place(command.device, command.canvas);
      case "remove":
        return this.#visit?.remove(command.participant);
      case "end":
        return this.#visit?.endMeeting();
      case "leave":
        return this.#finish("left");
      default:
        return command satisfies never;
    }
  }

  #begin(enter: Enter): void {
    if (this.#enter !== null) return;
    this.#enter = enter;
    const read = readWords(enter.words);
    if (!isSupported()) return this.#finish("unsupported");
    if (!read.ok) return this.#finish("wrong-words");
    this.#keys = deriveKeys(read.words, enter.room);
    this.#admission = new Admission({ url: enter.ticketUrl, csrfToken: enter.csrfToken, name: enter.name });
    this.#reconnect = new Reconnect(performance.now());
    this.#changed();
    void this.#connect(false);
  }

  // --- connecting -------------------------------------------------------------

  async #connect(mustBeFresh: boolean): Promise<void> {
    const [keys, admission, enter] = [this.#keys, this.#admission, this.#enter];
    if (keys === null || admission === null || enter === null) return;
    const admitted = await admission.ask(mustBeFresh);
    if (this.#over !== null) return;
    this.#notice = admitted.ok ? this.#notice : admitted.sentence;
    if (!admitted.ok) return admitted.over === null ? this.#comeBack("lost") : this.#finish(admitted.over);
    const material = await keys;
    if (this.#over !== null) return;
    const visit: Visit = new Visit({
      room: enter.room,
      ticket: admitted.ticket,
      keys: material,
      decodes: this.#decodes,
      renewTicket: () => admission.renew(),
      listener: this.#listen(() => this.#visit === visit),
    });
    this.#visit = visit;
  }

  /** Return what hears of a visit as long as it is the present one. */
  #listen(isCurrent: () => boolean): VisitListener {
    const ifCurrent =
      <T extends unknown[]>(act: (...args: T) => void) =>
      (...args: T): void => {
        if (isCurrent()) act(...args);
      };
    return {
      entered: ifCurrent(() => this.#entered()),
      changed: ifCurrent(() => this.#changed()),
      epoch: ifCurrent(() => this.#epoch()),
      message: ifCurrent((message, from) => this.#hear(message, from)),
      cataloged: ifCurrent(() => this.#presenter?.reconsider()),
      relayConnected: ifCurrent(() => this.#relayConnected()),
      relayAway: ifCurrent((attempt) => this.#relayAway(attempt)),
      wrongWords: ifCurrent(() => this.#wrongWords()),
      closed: ifCurrent((outcome) => this.#comeBack(outcome)),
    };
  }

  #entered(): void {
    this.#reconnect.entered(performance.now());
    this.#presenter?.restart();
    for (const [device, canvas] of this.#canvases) this.#visit?.place(device, canvas);
  }

  #comeBack(outcome: Parameters<Reconnect["closed"]>[0]): void {
    if (this.#over !== null) return;
    if (this.#visit?.isMember) this.#remember();
    this.#visit = null;
    this.#chat.lost(Date.now());
    const next = this.#reconnect.closed(outcome, performance.now(), Math.random());
    if (next.type === "over") return this.#finish(next.reason);
    this.#mustBeFresh = next.mustBeFresh;
    this.#retry.set(performance.now() + next.waitMs);
    this.#changed();
  }

  #epoch(): void {
    this.#hasBeenLive = true;
    if (this.#isGathering) this.#gather();
    this.#tell(NOTICES.unverified, false);
    void this.#sendWaiting();
    this.#publishAnew();
  }

  /** We are back in the group: see whether everyone is who was here before. */
  #gather(): void {
    const isBack = new Set(
      this.#seen()
        .people.filter(isVerified)
        .map(({ participant }) => participant),
    );
    const areAll = this.#remembered.people.filter(isVerified).every(({ participant }) => isBack.has(participant));
    if (areAll) this.#stopGathering();
    else if (!this.#gathered.isSet) this.#gathered.set(performance.now() + GATHER_MS);
  }

  #stopGathering(): void {
    this.#gathered.set(null);
    this.#isGathering = false;
    void this.#sendWaiting();
  }

  #relayConnected(): void {
    this.#tell(NOTICES.relayAway, false);
    this.#publishAnew();
  }

  #relayAway(attempt: number): void {
    if (attempt >= RELAY_ATTEMPTS) this.#tell(NOTICES.relayAway, true);
  }

  #wrongWords(): void {
    // Once the words have opened the meeting they are right, and somebody else's are not.
    if (this.#hasBeenLive) this.#tell(NOTICES.unverified, true);
    else this.#finish("wrong-words");
  }

  #finish(reason: OverReason): void {
    if (this.#over !== null) return;
    this.#over = reason;
    this.#retry.set(null);
    this.#gathered.set(null);
    this.#stopSharing();
    this.#visit?.leave();
    this.#visit = null;
    this.#chat.giveUp();
    this.#canvases.clear();
    this.#changed();
  }

  // --- chat -------------------------------------------------------------------

  #write(text: string): void {
    const ticketed = this.#visit?.entry;
    if (this.#over !== null || !isChatText(text)) return;
    const self = { participant: ticketed?.participant ?? "", name: this.#enter?.name ?? "" };
    this.#chat.write(drawId(), text, self, Date.now());
    void this.#sendWaiting();
  }

  async #sendWaiting(): Promise<void> {
    this.#changed();
    if (this.#isSending || this.#isGathering) return;
    this.#isSending = true;
    for (let next = this.#chat.waiting()[0]; next !== undefined; next = this.#chat.waiting()[0]) {
      if (this.#over !== null || (await this.#visit?.say(next)) !== true) break;
      this.#chat.sent(next.id);
    }
    this.#isSending = false;
    this.#changed();
  }

  #hear(message: object, from: { participant: string; name: string }): void {
    const chat = readChat(message);
    if (chat !== null && this.#chat.receive(chat, from, Date.now())) this.#changed();
    const { type, device, track } = message as Record<string, unknown>;
    if (type === "refresh" && device === this.#visit?.device && track === "screen") this.#presenter?.refresh();
  }

  // --- our screen -------------------------------------------------------------

  #share(source: ReadableStream<VideoFrame>): void {
    if (this.#over !== null || this.#enter === null) return void source.cancel().catch(() => undefined);
    this.#presenter?.close();
    this.#tell(NOTICES.noCodec, false);
    const presenter: PictureSource = new PictureSource(source, SCREEN, {
      chooseFamily: (size) => this.#chooseFamily(size),
      encoded: (frame, isKey) => this.#presenter === presenter && this.#publishFrame(frame, isKey),
      resized: () => this.#changed(),
      ended: (reason) => this.#presenter === presenter && this.#sharingEnded(reason),
    });
    this.#presenter = presenter;
    this.#isCatalogDue = true;
    this.#changed();
  }

  #stopSharing(): void {
    if (this.#presenter === null) return;
    this.#presenter.close();
    this.#presenter = null;
    this.#publishCatalog();
    this.#changed();
  }

  #sharingEnded(reason: "source" | "no-codec"): void {
    this.#stopSharing();
    this.#tell(NOTICES.noCodec, reason === "no-codec");
    this.#post({ type: "sharing-stopped" });
  }

  /** Everything anew: for a new epoch, and for a new MoQ session. */
  #publishAnew(): void {
    if (this.#visit?.isMember !== true) return;
    this.#isCatalogDue = this.#presenter !== null;
    if (this.#presenter === null || this.#presenter.size === null) this.#publishCatalog();
    this.#presenter?.cutKeyFrame();
  }

  #publishFrame(frame: Uint8Array, isKey: boolean): void {
    this.#visit?.publish("screen", frame, isKey);
    if (isKey && this.#isCatalogDue) this.#publishCatalog();
  }

  #publishCatalog(): void {
    const isPresenting = this.#presenter !== null && this.#presenter.size !== null;
    if (isPresenting || this.#presenter === null) this.#isCatalogDue = false;
    void this.#visit?.publishCatalog({ screen: isPresenting, mic: null, camera: [] });
  }

  async #chooseFamily(size: Size): Promise<Family | null> {
    const others = this.#visit?.othersDecode() ?? [];
    for (const family of FAMILIES) {
      if (others.every((decodes) => decodes.includes(family)) && (await this.#canEncode(family, size))) return family;
    }
    return null;
  }

  #canEncode(family: Family, size: Size): Promise<boolean> {
    const known = this.#encodes.get(family) ?? canEncode(family, size);
    this.#encodes.set(family, known);
    return known;
  }

  // --- what the person sees ---------------------------------------------------

  #place(device: string, canvas: OffscreenCanvas | null): void {
    if (canvas === null) this.#canvases.delete(device);
    else this.#canvases.set(device, canvas);
    this.#visit?.place(device, canvas);
  }

  /** Show `sentence`, or take it away if it is the one that is shown. */
  #tell(sentence: string, isTrue: boolean): void {
    if (isTrue) this.#notice = sentence;
    else if (this.#notice === sentence) this.#notice = null;
    this.#changed();
  }

  /** Post the state once for all that changes in one turn. */
  #changed(): void {
    if (this.#isPosting) return;
    this.#isPosting = true;
    queueMicrotask(() => {
      this.#isPosting = false;
      this.#post({ type: "state", state: this.#state() });
    });
  }

  #state(): RoomState {
    const visit = this.#visit;
    return {
      phase: this.#phase(),
      ...(this.#hasBeenLive && visit?.isMember !== true ? this.#remembered : this.#seen()),
      chat: this.#chat.messages,
      safetyWords: visit?.isMember ? visit.safetyWords : null,
      notice: this.#notice,
    };
  }

  /** What is there to see of the room now. */
  #seen(): Seen {
    const visit = this.#visit;
    const screens = [...(visit?.screens() ?? []), ...this.#ownScreen()];
    return { self: selfOf(visit?.entry ?? null), people: visit?.people() ?? [], screens };
  }

  /** While a lost connection is made again, the room is shown as it was. */
  #remember(): void {
    this.#remembered = this.#seen();
    this.#isGathering = true;
  }

  #phase(): Phase {
    if (this.#over !== null) return { name: "over", reason: this.#over };
    if (this.#visit?.isMember) return { name: "live" };
    if (this.#hasBeenLive) return { name: "reconnecting" };
    const isWaiting = this.#visit !== null && this.#visit.entry !== null;
    return isWaiting ? { name: "waiting", alone: this.#visit?.isAlone ?? true } : { name: "connecting" };
  }

  #ownScreen(): SharedScreen[] {
    if (this.#presenter === null) return [];
    const { width, height } = this.#presenter.size ?? { width: 0, height: 0 };
    const device = this.#visit?.device ?? "";
    const picture = width > 0 ? "shown" : "starting";
    return [{ device, name: this.#enter?.name ?? "", isSelf: true, picture, widthPx: width, heightPx: height }];
  }
}

const isVerified = ({ trust }: Person): boolean => trust === "verified";

function selfOf(entry: Entered | null): RoomState["self"] {
  if (entry === null) return null;
  const { participant, device, role, grants } = entry;
  return { participant, device, role, grants };
}

function isSupported(): boolean {
  return (
    typeof VideoDecoder === "function" && typeof WebTransport === "function" && typeof OffscreenCanvas === "function"
  );
}
