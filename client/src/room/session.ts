/**
 * The meeting as one person has it, from entering to the last word: it outlives connections. Runs in the worker; says
 * what a person can see as `RoomState` (room/state.ts).
 */

import type { Identity } from "../e2ee/credential.ts";
import { judgeWords, readWords } from "../e2ee/meeting_key.ts";
import { canEncode, decodableFamilies, fineFamily } from "../media/ability.ts";
import { FAMILIES, type Family, type Size } from "../media/codecs.ts";
import type { Surface } from "../media/easel.ts";
import { Governor } from "../media/governor.ts";
import { postDoorKey } from "../transport/door_desk.ts";
import type { Entered } from "../transport/messages.ts";
import type { PictureTrack } from "../transport/relay.ts";
import { Admission } from "./admission.ts";
import { Alarm } from "./alarm.ts";
import { type Author, ChatLog, type ChatText, isChatText, readChat } from "./chat_log.ts";
import { testConnection } from "./connection_test.ts";
import { Control } from "./control.ts";
import { type FileOffer, readOffer } from "./file_wire.ts";
import { Files } from "./files.ts";
import { Hands, readHand } from "./hands.ts";
import { Keyring } from "./keyring.ts";
import { CAMERA_TRACKS, cameraTracks, PictureSource, SCREEN_TRACKS } from "./picture_source.ts";
import { readReaction } from "./reaction.ts";
import { type ReceptionMessage, readReception } from "./reception_message.ts";
import { Reconnect } from "./reconnect.ts";
import { nextSecond, renewWords } from "./renewal.ts";
import { Speaker } from "./speaker.ts";
import type {
  ControlState,
  OverReason,
  Person,
  Phase,
  PictureKind,
  Reaction,
  RoomCommand,
  RoomEvent,
  RoomState,
  SharedScreen,
} from "./state.ts";
import { drawId, Visit, type VisitListener } from "./visit.ts";

/** After so many attempts in a row the network is to blame, and the person should know why there are no pictures. */
const RELAY_ATTEMPTS = 3;

/** After a restart of the server people come back one by one; what was written goes out when they are here again. */
const GATHER_MS = 5000;

const NOTICES = {
  renewing: "The meeting gets new words…",
  relayAway: "What others show cannot be reached just now. It is being tried again; chat goes on.",
  screen: "Your screen is not shared: there is no picture format that this browser writes and everyone here reads.",
  camera: "Your camera is off: there is no picture format that this browser writes and everyone here reads.",
  file: "The file is not sent: it is empty, larger than 25 MB, or can no longer be read.",
  unverified: "Nobody here can be verified yet.",
} as const;

type Seen = Pick<RoomState, "self" | "people" | "screens" | "cameras">;
const NO_CONTROL: ControlState = { mine: null, requests: [], offer: null, given: null };
const KINDS: readonly PictureKind[] = ["screen", "camera"];
type Enter = Extract<RoomCommand, { type: "enter" }>;

export class Session {
  readonly #post: (event: RoomEvent) => void;
  readonly #chat = new ChatLog();
  readonly #files = new Files({
    say: (message, to) => void this.#visit?.say(message, to),
    publish: (piece) => this.#visit?.publishFile(piece),
    isWanted: () => this.#visit?.isWanted("file") === true,
    read: (participant, receive) => this.#visit?.readFiles(participant, receive) ?? null,
    changed: () => this.#changed(),
    save: (name, content) => this.#post({ type: "file", name, content }),
  });
  #control: Control | null = null;
  readonly #hands = new Hands();
  readonly #decodes = decodableFamilies().catch(() => []);
  readonly #encodes = new Map<Family, Promise<boolean>>();
  #fineFamily: Promise<Family | null> | null = null;
  readonly #surfaces = { screen: new Map<string, Surface>(), camera: new Map<string, Surface>() };
  /** How high the tile of each camera that is in sight is. */
  readonly #tilesPx = new Map<string, number>();
  readonly #gathered = new Alarm(() => this.#stopGathering());
  readonly #retry = new Alarm(() => void this.#connect(this.#mustBeFresh));
  readonly #speaker = new Speaker({
    spoke: (frame, isFirst) => this.#visit?.publish("mic", frame, isFirst),
    changed: (voice) => this.#post({ type: "voice", voice }),
    ended: () => this.#voiceEnded(),
  });
  #speakId = 0;
  /** The way to the audio thread. */
  #sound: MessagePort | null = null;
  #enter: Enter | null = null;
  #keyring: Keyring | null = null;
  /** The words that we entered with. */
  #words = "";
  #isRenewing = false;
  #admission: Admission | null = null;
  #reconnect = new Reconnect(0);
  #mustBeFresh = false;
  #visit: Visit | null = null;
  /** What we show of ourselves. */
  readonly #sources = new Map<PictureKind, PictureSource>();
  /** The catalog says that we present only once there is a key frame to see. */
  #isCatalogDue = false;
  #hasBeenLive = false;
  #over: OverReason | null = null;
  #notice: string | null = null;
  #remembered: Seen = { self: null, people: [], screens: [], cameras: [] };
  #isGathering = false;
  #isPosting = false;
  #isSending = false;

  constructor(post: (event: RoomEvent) => void) {
    this.#post = post;
  }

  receive(command: RoomCommand): void {
    switch (command.type) {
      case "judge":
        return void this.#judge(command);
      case "test-connection":
        return void testConnection(command.liveUrl).then((tested) => this.#post({ type: "tested", tested }));
      case "enter":
        return this.#begin(command);
      case "chat":
        return this.#write(command);
      case "resend":
        this.#chat.resend(command.id);
        return void this.#sendWaiting();
      case "file":
        return void this.#offer(command);
      case "withdraw":
        return this.#withdraw(command.id);
      case "fetch":
        return this.#files.fetch(command);
      case "cancel-fetch":
        return this.#files.cancel(command);
      case "share":
        return this.#show("screen", command.source);
      case "stop-sharing":
        return this.#hide("screen");
      case "camera":
        return this.#show("camera", command.source);
      case "stop-camera":
        return this.#hide("camera");
      case "surface":
        return this.#place(command.kind, command.device, command.surface);
      case "watch":
        return this.#watch(command.device, command.heightPx);
      case "sound":
        this.#sound = command.port;
        return;
      case "speak":
        return this.#speak(command.source, command.id);
      case "mute":
        return this.#mute();
      case "hand":
        return this.#raise(command.isUp);
      case "lower-hand":
        return void this.#visit?.say({ type: "lower", participant: command.participant });
      case "mute-other":
        return void this.#visit?.say({ type: "mute", participant: command.participant });
      case "react":
        return this.#react(command.reaction);
      case "ask-control":
      case "leave-control":
      case "input":
      case "give-control":
      case "refuse-control":
      case "pair-helper":
      case "take-back-control":
      case "stop-control":
      case "shared-surface":
      case "focus":
        return this.#control?.receive(command);
      case "lock":
        return this.#visit?.command({ type: "lock", locked: command.isLocked });
      case "admit":
      case "deny":
      case "appoint":
      case "remove":
      case "end":
        return this.#visit?.command(command);
      case "renew-words":
        return void this.#renewWords();
      case "leave":
        return this.#finish("left");
      default:
        return command satisfies never;
    }
  }

  async #judge({ id, text, room, doorKey }: Extract<RoomCommand, { type: "judge" }>): Promise<void> {
    const verdict = await judgeWords(text, room, doorKey).catch(() => null);
    this.#post({ type: "judged", id, verdict });
  }

  #begin(enter: Enter): void {
    if (this.#enter !== null) return;
    this.#enter = enter;
    const read = readWords(enter.words);
    if (!isSupported()) return this.#finish("unsupported");
    if (!read.ok) return this.#finish("wrong-words");
    this.#keyring = new Keyring(enter.room);
    void this.#keyring.learn(read.words);
    this.#words = read.words.join("-");
    this.#control = this.#startControl(enter.room);
    this.#admission = new Admission({ url: enter.ticketUrl, csrfToken: enter.csrfToken, name: enter.name });
    this.#reconnect = new Reconnect(performance.now());
    this.#changed();
    void this.#connect(false);
  }

  // --- connecting -------------------------------------------------------------

  async #connect(mustBeFresh: boolean): Promise<void> {
    const [keyring, admission, enter] = [this.#keyring, this.#admission, this.#enter];
    if (keyring === null || admission === null || enter === null) return;
    const admitted = await admission.ask(mustBeFresh);
    if (this.#over !== null) return;
    this.#notice = admitted.ok ? this.#notice : admitted.sentence;
    if (!admitted.ok) return admitted.over === null ? this.#comeBack("lost") : this.#finish(admitted.over);
    const held = await keyring.open(admitted.ticket.door);
    if (this.#over !== null) return;
    if (held === null) return this.#finish("wrong-words");
    if (held.words !== this.#words) this.#adopt(held.words);
    const visit: Visit = new Visit({
      room: enter.room,
      ticket: admitted.ticket,
      keys: held.keys,
      decodes: this.#decodes,
      renewTicket: () => admission.renew(),
      sound: (message, transfer = []) => this.#sound?.postMessage(message, transfer),
      listener: this.#listen(() => this.#visit === visit),
    });
    this.#visit = visit;
  }

  // --- new words ----------------------------------------------------------------

  /** The words are others from now on: the page keeps them, so that a reload finds them. */
  #adopt(words: string): void {
    this.#words = words;
    this.#post({ type: "words", words });
  }

  async #renewWords(): Promise<void> {
    const [visit, keyring, enter] = [this.#visit, this.#keyring, this.#enter];
    if (this.#isRenewing || visit === null || keyring === null || enter === null) return;
    this.#isRenewing = true;
    this.#tell(NOTICES.renewing, true);
    const renewed = await renewWords(visit, keyring, (doorKey) => postDoorKey(enter.keyUrl, enter.csrfToken, doorKey));
    if (renewed.ok) {
      this.#adopt(renewed.words);
      await nextSecond();
      this.#visit?.close("rejoin");
    }
    this.#isRenewing = false;
    this.#tell(NOTICES.renewing, false);
    if (!renewed.ok) this.#tell(renewed.sentence, true);
  }

  #hearWords(message: object, from: Identity): void {
    const { type, words } = message as Record<string, unknown>;
    if (type !== "words" || typeof words !== "string" || !this.#visit?.isOrganizer(from.device)) return;
    const read = readWords(words);
    if (read.ok) void this.#keyring?.learn(read.words);
  }

  /** Return what hears of a visit as long as it is the present one. */
  #listen(isCurrent: () => boolean): VisitListener {
    const ifCurrent =
      <T extends unknown[]>(act: (...args: T) => void) =>
      (...args: T): void => {
        if (isCurrent()) act(...args);
      };
    return {
      knocking: ifCurrent(() => this.#reconnect.entered(performance.now())),
      entered: ifCurrent(() => this.#entered()),
      housed: ifCurrent(() => this.#housed()),
      changed: ifCurrent(() => this.#look()),
      epoch: ifCurrent(() => this.#epoch()),
      message: ifCurrent((message, from, isPrivate) => this.#hear(message, from, isPrivate)),
      cataloged: ifCurrent(() => this.#eachSource((source) => source.reconsider())),
      relayConnected: ifCurrent(() => this.#relayConnected()),
      relayAway: ifCurrent((attempt) => this.#relayAway(attempt)),
      wrongWords: ifCurrent(() => this.#wrongWords()),
      closed: ifCurrent((outcome) => this.#comeBack(outcome)),
    };
  }

  #entered(): void {
    this.#reconnect.entered(performance.now());
    this.#eachSource((source) => source.restart());
    for (const kind of KINDS) {
      for (const [device, surface] of this.#surfaces[kind]) this.#visit?.place(kind, device, surface);
    }
    for (const [device, heightPx] of this.#tilesPx) this.#visit?.watchCamera(device, heightPx);
    this.#hands.join(this.#visit?.entry?.participant ?? "", performance.now());
    this.#housed();
  }

  /** Let those in again who were with us before the server lost the room, and stop what we may not do any more. */
  #housed(): void {
    const visit = this.#visit;
    if (visit === null) return;
    const before = new Set(this.#remembered.people.filter(isVerified).map(({ participant }) => participant));
    const back = visit.house.knocks.map(({ participant }) => participant).filter((each) => before.has(each));
    if (back.length > 0) visit.command({ type: "admit", participants: back });
    if (this.#sources.has("screen") && visit.entry?.grants.includes("share") === false) {
      this.#hide("screen");
      this.#post({ type: "sharing-stopped" });
    }
    if (!this.#speaker.isMuted && visit.entry?.grants.includes("speak") === false) this.#silence(null);
  }

  #silence(by: string | null): void {
    this.#mute();
    this.#post({ type: "muted", by });
  }

  #comeBack(outcome: Parameters<Reconnect["closed"]>[0]): void {
    if (this.#over !== null) return;
    if (this.#visit?.isMember) this.#remember();
    this.#control?.lost();
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
    this.#tellHand();
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
    this.#files.resume();
    this.#tell(NOTICES.relayAway, false);
    this.#publishAnew();
  }

  #relayAway(attempt: number): void {
    if (attempt >= RELAY_ATTEMPTS) this.#tell(NOTICES.relayAway, true);
    this.#changed();
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
    this.#control?.close();
    for (const kind of KINDS) this.#hide(kind);
    this.#speaker.mute();
    this.#visit?.leave();
    this.#visit = null;
    this.#chat.giveUp();
    this.#files.close();
    for (const kind of KINDS) this.#surfaces[kind].clear();
    this.#changed();
  }

  // --- chat -------------------------------------------------------------------

  #write({ text, to, reply }: Extract<RoomCommand, { type: "chat" }>): void {
    if (isChatText(text)) this.#put({ type: "chat", id: drawId(), text, ...(reply && { reply }) }, to);
  }

  async #offer({ file, to }: Extract<RoomCommand, { type: "file" }>): Promise<void> {
    const offer = await this.#files.offer(drawId(), file);
    this.#tell(NOTICES.file, offer === null);
    if (offer !== null) this.#put(offer, to);
  }

  #withdraw(id: string): void {
    this.#files.withdraw(id);
    this.#chat.withdraw(id);
    void this.#visit?.say({ type: "withdraw", file: id });
    this.#changed();
  }

  /** Into the chat, and out as soon as there is a way. */
  #put(said: ChatText | FileOffer, to: string | null): void {
    if (this.#over !== null) return;
    this.#chat.write(said, this.#self(), Date.now(), to === null ? null : { participant: to, name: this.#nameOf(to) });
    void this.#sendWaiting();
  }

  #self(): Author {
    return { participant: this.#visit?.entry?.participant ?? "", name: this.#enter?.name ?? "" };
  }

  #nameOf(participant: string): string {
    const people = [...this.#seen().people, ...this.#remembered.people];
    return people.find((person) => person.participant === participant)?.name ?? "";
  }

  async #sendWaiting(): Promise<void> {
    this.#changed();
    if (this.#isSending || this.#isGathering) return;
    this.#isSending = true;
    for (let next = this.#chat.waiting()[0]; next !== undefined; next = this.#chat.waiting()[0]) {
      const said = this.#over === null ? await this.#visit?.say(next.message, next.to) : undefined;
      if (said === "sent") this.#chat.sent(next.message.id);
      else if (said === "gone") this.#chat.failed(next.message.id);
      else break;
    }
    this.#isSending = false;
    this.#changed();
  }

  #hear(message: object, from: Identity, isPrivate: boolean): void {
    const said = this.#visit?.may(from.device, "chat") ? (readChat(message) ?? readOffer(message)) : null;
    if (said !== null && this.#chat.receive(said, from, Date.now(), isPrivate ? this.#self() : null)) {
      if (said.type === "file") this.#files.learn(said, from.participant);
      this.#changed();
    }
    this.#files.hear(message, from.participant, isPrivate);
    if (isPrivate) return this.#control?.hear(message, from);
    const told = readReception(message);
    if (told !== null && told.device === this.#visit?.device) this.#hearReception(told, from.participant);
    const { type, device, track } = message as Record<string, unknown>;
    if (type === "refresh" && device === this.#visit?.device) this.#eachSource((source) => source.refresh(track));
    this.#hearOfHands(message, from);
    this.#hearWords(message, from);
    this.#obey(message, from);
    const reaction = readReaction(message);
    if (reaction !== null) this.#post({ type: "reaction", reaction, name: from.name, isSelf: false });
  }

  // --- remote control ---------------------------------------------------------

  #startControl(room: string): Control {
    return new Control(room, {
      own: () => this.#visit?.own ?? null,
      say: (message, to) => void this.#visit?.say(message, to),
      publish: (input, isFirst) => this.#visit?.publish("control", input, isFirst),
      read: (from, receive) => this.#visit?.readControl(from, receive) ?? null,
      find: (device) => this.#visit?.find(device) ?? null,
      isHere: (device) => this.#visit?.isTogether(device) ?? false,
      isSharing: (device) => this.#visit?.screens().some((screen) => screen.device === device) ?? false,
      changed: () => this.#changed(),
      passed: () => {
        this.#publishCatalog();
        this.#changed();
      },
      post: (event) => this.#post(event),
    });
  }

  #look(): void {
    this.#control?.look();
    this.#changed();
  }

  // --- hands and reactions ----------------------------------------------------

  #hearOfHands(message: object, from: Identity): void {
    const hand = readHand(message);
    if (hand !== null) this.#hands.receive(hand, from.participant, performance.now());
    if (hand !== null) this.#changed();
  }

  /** What an organizer asks of us, and nobody else. */
  #obey(message: object, from: Identity): void {
    const { type, participant } = message as Record<string, unknown>;
    const visit = this.#visit;
    if (participant !== visit?.entry?.participant || !visit?.isOrganizer(from.device)) return;
    if (type === "lower") this.#raise(false);
    if (type === "mute" && !this.#speaker.isMuted) this.#silence(from.name);
  }

  #raise(isUp: boolean): void {
    const self = this.#visit?.entry?.participant;
    if (self === undefined || this.#hands.isUp(self) === isUp) return;
    void this.#visit?.say(this.#hands.set(self, isUp, performance.now()));
    this.#changed();
  }

  /** Whoever has joined does not know yet that our hand is up; and who has left has none. */
  #tellHand(): void {
    const visit = this.#visit;
    if (visit === null) return;
    this.#hands.keep(new Set(visit.people([]).map(({ participant }) => participant)));
    const hand = this.#hands.tell(visit.entry?.participant ?? "", performance.now());
    if (hand !== null) void visit.say(hand);
  }

  #react(reaction: Reaction): void {
    void this.#visit?.say({ type: "reaction", emoji: reaction });
    this.#post({ type: "reaction", reaction, name: this.#enter?.name ?? "", isSelf: true });
  }

  // --- our voice --------------------------------------------------------------

  #speak(source: ReadableStream<AudioData>, id: number): void {
    if (this.#over !== null || this.#enter === null) return void source.cancel().catch(() => undefined);
    this.#speakId = id;
    this.#speaker.use(source);
    this.#publishCatalog();
    this.#housed();
    this.#changed();
  }

  #mute(): void {
    this.#speaker.mute();
    this.#publishCatalog();
    this.#changed();
  }

  #voiceEnded(): void {
    this.#mute();
    this.#post({ type: "voice-stopped", id: this.#speakId });
  }

  // --- our screen and our camera ----------------------------------------------

  #show(kind: PictureKind, pictures: ReadableStream<VideoFrame>): void {
    if (this.#over !== null || this.#enter === null) return void pictures.cancel().catch(() => undefined);
    this.#sources.get(kind)?.close();
    this.#tell(NOTICES[kind], false);
    const source: PictureSource = new PictureSource(
      pictures,
      kind === "screen" ? SCREEN_TRACKS : CAMERA_TRACKS,
      {
        chooseFamily: (size) => this.#chooseFamily(size),
        chooseFine: (size) => this.#chooseFine(size),
        isWanted: (track) => this.#isWanted(track),
        encoded: (track, frame, isKey) => this.#publishFrame(track, frame, isKey),
        paused: (track) => this.#visit?.endGroup(track),
        resized: () => this.#resized(kind),
        ended: (reason) => this.#sources.get(kind) === source && this.#sourceEnded(kind, reason),
      },
      kind === "camera" ? new Governor() : null,
    );
    this.#sources.set(kind, source);
    if (kind === "screen") this.#isCatalogDue = true;
    this.#changed();
  }

  #hide(kind: PictureKind): void {
    this.#sources.get(kind)?.close();
    if (!this.#sources.delete(kind)) return;
    if (kind === "screen") this.#control?.unshare();
    this.#publishCatalog();
    this.#changed();
  }

  #sourceEnded(kind: PictureKind, reason: "source" | "no-codec"): void {
    this.#hide(kind);
    this.#tell(NOTICES[kind], reason === "no-codec");
    this.#post({ type: kind === "screen" ? "sharing-stopped" : "camera-stopped" });
  }

  /** Whoever comes to see a screen sees it at once: it is encoded even while nobody looks. */
  #isWanted(track: PictureTrack): boolean {
    const isRead = (one: PictureTrack) => this.#visit?.isWanted(one) === true;
    return isRead(track) || (track === "screen" && !isRead("screen-low"));
  }

  #hearReception({ track, reception }: ReceptionMessage, from: string): void {
    this.#eachSource((source) => source.heard(track, from, reception));
  }

  #eachSource(act: (source: PictureSource) => void): void {
    for (const source of this.#sources.values()) act(source);
  }

  #resized(kind: PictureKind): void {
    if (kind === "camera") this.#publishCatalog();
    this.#changed();
  }

  /** Everything anew: for a new epoch, and for a new MoQ session. */
  #publishAnew(): void {
    if (this.#visit?.isMember !== true) return;
    const screen = this.#sources.get("screen");
    this.#isCatalogDue = screen !== undefined;
    if (screen === undefined || screen.size === null) this.#publishCatalog();
    this.#eachSource((source) => source.cutKeyFrame());
  }

  #publishFrame(track: PictureTrack, frame: Uint8Array, isKey: boolean): void {
    this.#visit?.publish(track, frame, isKey);
    if (track === "screen" && isKey && this.#isCatalogDue) this.#publishCatalog();
  }

  #publishCatalog(): void {
    const screen = this.#sources.get("screen");
    const isPresenting = screen !== undefined && screen.size !== null;
    if (isPresenting || screen === undefined) this.#isCatalogDue = false;
    const camera = cameraTracks(this.#sources.get("camera")?.size ?? null);
    const mic = this.#speaker.isMuted ? null : ({ codec: "opus" } as const);
    void this.#visit?.publishCatalog({ screen: isPresenting, mic, camera, control: this.#control?.controller ?? null });
  }

  async #chooseFamily(size: Size): Promise<Family | null> {
    const others = this.#visit?.othersDecode() ?? [];
    for (const family of FAMILIES) {
      if (others.every((decodes) => decodes.includes(family)) && (await this.#canEncode(family, size))) return family;
    }
    return null;
  }

  async #chooseFine(size: Size): Promise<Family | null> {
    this.#fineFamily ??= fineFamily(size);
    const family = await this.#fineFamily;
    const others = this.#visit?.othersDecode() ?? [];
    return family !== null && others.every((decodes) => decodes.includes(family)) ? family : null;
  }

  #canEncode(family: Family, size: Size): Promise<boolean> {
    const known = this.#encodes.get(family) ?? canEncode(family, size);
    this.#encodes.set(family, known);
    return known;
  }

  // --- what the person sees ---------------------------------------------------

  #place(kind: PictureKind, device: string, surface: Surface | null): void {
    if (surface === null) this.#surfaces[kind].delete(device);
    else this.#surfaces[kind].set(device, surface);
    this.#visit?.place(kind, device, surface);
  }

  #watch(device: string, heightPx: number): void {
    if (heightPx > 0) this.#tilesPx.set(device, heightPx);
    else this.#tilesPx.delete(device);
    this.#visit?.watchCamera(device, heightPx);
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
      knocks: visit?.house.knocks ?? [],
      isLocked: visit?.house.isLocked ?? false,
      chat: this.#chat.messages,
      files: this.#files.progress,
      safetyWords: visit?.isMember ? visit.safetyWords : null,
      safetyChange: visit?.isMember ? visit.safetyChange : null,
      way: visit?.way ?? null,
      control: this.#control?.state ?? NO_CONTROL,
      notice: this.#notice,
    };
  }

  /** What is there to see of the room now. */
  #seen(): Seen {
    const visit = this.#visit;
    const screens = [...(visit?.screens() ?? []), ...this.#ownScreen()];
    const [people, cameras] = [this.#people(), visit?.cameras() ?? []];
    return { self: selfOf(visit?.entry ?? null), people, screens, cameras };
  }

  #people(): Person[] {
    const people = this.#visit?.people(this.#hands.order) ?? [];
    return people.map((person) => (person.isSelf ? { ...person, isMuted: this.#speaker.isMuted } : person));
  }

  /** While a lost connection is made again, the room is shown as it was. */
  #remember(): void {
    this.#remembered = this.#seen();
    this.#isGathering = true;
  }

  #phase(): Phase {
    if (this.#over !== null) return { name: "over", reason: this.#over };
    if (this.#visit?.isMember) return { name: "live" };
    if (this.#visit?.house.isKnocking) return { name: "lobby" };
    if (this.#hasBeenLive) return { name: "reconnecting" };
    const isWaiting = this.#visit !== null && this.#visit.entry !== null;
    return isWaiting ? { name: "waiting", alone: this.#visit?.isAlone ?? true } : { name: "connecting" };
  }

  #ownScreen(): SharedScreen[] {
    const screen = this.#sources.get("screen");
    if (screen === undefined) return [];
    const { width, height } = screen.size ?? { width: 0, height: 0 };
    const device = this.#visit?.device ?? "";
    const picture = width > 0 ? "shown" : "starting";
    const controller = this.#control?.controller ?? null;
    const name = this.#enter?.name ?? "";
    return [{ device, name, isSelf: true, controller, picture, widthPx: width, heightPx: height }];
  }
}

const isVerified = ({ trust }: Person): boolean => trust === "verified";

function selfOf(entry: Entered | null): RoomState["self"] {
  if (entry === null) return null;
  const { participant, device, role, grants } = entry;
  return { participant, device, role, grants };
}

function isSupported(): boolean {
  return typeof VideoDecoder === "function" && typeof OffscreenCanvas === "function";
}
