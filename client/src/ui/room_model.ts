/** The room as the page holds it: the worker's state, what the person has opened and chosen, and what they ask for. */

import { batch, computed, signal } from "@preact/signals";
import type {
  ChatMessage,
  FileProgress,
  MessageRef,
  OverReason,
  Person,
  Reaction,
  RoomCommand,
  RoomEvent,
  RoomState,
  Tested,
  WordsVerdict,
} from "../room/state.ts";
import { announcement, houseNews } from "./announce.ts";
import { CameraModel } from "./camera.ts";
import { type Capture, captureScreen, captureSentence } from "./capture.ts";
import { ControlModel } from "./control.ts";
import { Devices } from "./devices.ts";
import { LAYOUT_KEY, recall, remember, wordsKey } from "./memory.ts";
import { recallJoinsWith } from "./preview.ts";
import { REACTION_NAMES } from "./reactions.tsx";
import { saveFile } from "./save.ts";
import { othersScreens, screenOnStage } from "./screens.ts";
import type { Layout } from "./seating.ts";
import type { Sound } from "./sound.ts";
import { countUnread, messageKey } from "./unread.ts";
import { VoiceModel } from "./voice.ts";

/** The line to the meeting's worker; the page opens it, tests put a fake there. */
export interface RoomPort {
  post(command: RoomCommand, transfer?: Transferable[]): void;
  close(): void;
}
export type OpenRoom = (listener: (event: RoomEvent) => void, crashed: () => void) => RoomPort;

export type EnterCommand = RoomCommand & { type: "enter" };
export type Reader = { readonly participant: string; readonly name: string };
export type PanelName = "chat" | "people" | "security";
/** What is in front of the room. */
export type SheetName = "connection" | "shortcuts";
export type Sharing = "no" | "choosing" | "yes";

/** A sign that is shown for a moment. */
export interface Reacted {
  readonly key: number;
  readonly reaction: Reaction;
  readonly name: string;
  readonly isSelf: boolean;
}

/** Long enough to be seen and to see whose it is. */
const REACTION_MS = 5000;
/** More at a time would cover the stage; the newest count. */
const MAX_REACTIONS = 8;

const BLANK: RoomState = {
  phase: { name: "connecting" },
  self: null,
  people: [],
  knocks: [],
  isLocked: false,
  chat: [],
  files: [],
  screens: [],
  cameras: [],
  safetyWords: null,
  safetyChange: null,
  way: null,
  control: { mine: null, requests: [], offer: null, given: null },
  notice: null,
};

export class RoomModel {
  readonly state = signal<RoomState>(BLANK);
  /** What was entered with, so that a person can come back; null while they are still at the door. */
  readonly entered = signal<EnterCommand | null>(null);
  readonly panel = signal<PanelName | null>(null);
  readonly sheet = signal<SheetName | null>(null);
  readonly sharing = signal<Sharing>("no");
  /** What is captured of our screen, for the person to look at; null while we share none. */
  readonly shared = signal<MediaStreamTrack | null>(null);
  readonly shareProblem = signal<string | null>(null);
  readonly chosenScreen = signal<string | null>(null);
  readonly layout = signal<Layout>(recall(LAYOUT_KEY) === "speaker" ? "speaker" : "grid");
  /** The device of whom the person wants to see large. */
  readonly chosenPerson = signal<string | null>(null);
  /** The devices of the others who spoke last, the last one first. */
  readonly recent = signal<readonly string[]>([]);
  readonly news = signal("");
  /** The part of the news that is shown, too. */
  readonly told = signal("");
  readonly reactions = signal<readonly Reacted[]>([]);
  /** Whom we have removed, until that is dealt with. */
  readonly removed = signal<string | null>(null);
  readonly draft = signal("");
  /** Who alone shall read the draft; null for everyone. */
  readonly draftTo = signal<Reader | null>(null);
  /** What the draft answers. */
  readonly answering = signal<ChatMessage | null>(null);
  readonly lastSeen = signal<string | null>(null);
  readonly devices = new Devices();
  readonly voice: VoiceModel;
  readonly camera = new CameraModel(this.devices, (command, transfer) => this.send(command, transfer));

  readonly control = new ControlModel(
    (command) => this.send(command),
    (sentence) => this.#tell(sentence),
  );

  readonly unread = computed(() => countUnread(this.state.value.chat, this.lastSeen.value));
  readonly screen = computed(() => screenOnStage(this.state.value.screens, this.chosenScreen.value));
  readonly others = computed(() => othersScreens(this.state.value.screens));
  readonly overReason = computed<OverReason | null>(() => {
    const { phase } = this.state.value;
    return phase.name === "over" ? phase.reason : null;
  });

  readonly #open: OpenRoom;
  readonly #judging = new Map<number, PromiseWithResolvers<WordsVerdict>>();
  #judged = 0;
  #testing: PromiseWithResolvers<Tested> | null = null;
  #reacted = 0;
  /** We may still have to wait in the lobby, unheard and unseen. */
  #awaitsAdmission = false;
  #filmsOnAdmission = false;
  #port: RoomPort | null = null;
  #capture: Capture | null = null;

  constructor(open: OpenRoom, sound: Sound) {
    this.#open = open;
    this.voice = new VoiceModel(this.devices, sound, (command, transfer) => this.send(command, transfer));
  }

  /** Load the worker while the person still types their name, so that joining is quick. */
  prepare(): void {
    this.#port ??= this.#openPort();
  }

  /** Ask the worker whether `text` has the words of a meeting; rejects when it does not answer. */
  judge(text: string, { room, doorKey }: { readonly room: string; readonly doorKey: string }): Promise<WordsVerdict> {
    this.prepare();
    this.#judged += 1;
    const judging = Promise.withResolvers<WordsVerdict>();
    this.#judging.set(this.#judged, judging);
    this.send({ type: "judge", id: this.#judged, text, room, doorKey });
    return judging.promise;
  }

  /** See how a meeting would go here; two who ask at a time get one answer. */
  testConnection(liveUrl: string): Promise<Tested> {
    this.prepare();
    const testing = this.#testing ?? Promise.withResolvers<Tested>();
    this.#testing = testing;
    this.send({ type: "test-connection", liveUrl });
    return testing.promise;
  }

  enter(command: EnterCommand): void {
    // A worker holds one meeting from first to last: coming back takes a new one.
    const isFirst = this.entered.value === null;
    if (!isFirst) this.#closePort();
    this.prepare();
    batch(() => {
      this.state.value = BLANK;
      this.entered.value = command;
      this.panel.value = null;
      this.lastSeen.value = null;
      this.shareProblem.value = null;
    });
    this.voice.enter();
    this.#awaitsAdmission = true;
    this.#filmsOnAdmission = isFirst && recallJoinsWith("camera");
    this.send(command);
  }

  rejoin(): void {
    if (this.entered.value) this.enter(this.entered.value);
  }

  /** Back to the door, to type the words again. */
  goBack(): void {
    this.voice.leave();
    this.#closePort();
    batch(() => {
      this.entered.value = null;
      this.state.value = BLANK;
    });
    this.prepare();
  }

  send(command: RoomCommand, transfer: Transferable[] = []): void {
    this.#port?.post(command, transfer);
  }

  /** Only the organizer's page was told where to say so. */
  get canRenewWords(): boolean {
    return (this.entered.value?.keyUrl ?? "") !== "";
  }

  renewWords(): void {
    this.removed.value = null;
    this.send({ type: "renew-words" });
  }

  remove({ participant, name }: Person): void {
    this.send({ type: "remove", participant });
    if (this.canRenewWords) this.removed.value = name;
  }

  async startSharing(): Promise<void> {
    if (this.sharing.value !== "no") return;
    this.shareProblem.value = null;
    this.sharing.value = "choosing";
    const captured = await captureScreen();
    if (!captured.ok) {
      this.sharing.value = "no";
      this.shareProblem.value = captureSentence(captured.reason);
      return;
    }
    this.#share(captured.capture);
  }

  stopSharing(): void {
    this.#endCapture();
    this.send({ type: "stop-sharing" });
  }

  toggleHand(): void {
    const isUp = this.state.value.people.some(({ isSelf, hand }) => isSelf && hand > 0);
    this.send({ type: "hand", isUp: !isUp });
  }

  chooseLayout(layout: Layout): void {
    this.layout.value = layout;
    remember(LAYOUT_KEY, layout);
  }

  /** Show the person of `device` large; null: whoever it would be otherwise. */
  showLarge(device: string | null): void {
    this.chosenPerson.value = device;
    if (device !== null) this.chooseLayout("speaker");
  }

  togglePanel(name: PanelName): void {
    this.panel.value = this.panel.value === name ? null : name;
  }

  /** Answer a message, as privately as it came. */
  answer(message: ChatMessage): void {
    const { from, fromName, isSelf, to } = message;
    batch(() => {
      this.answering.value = message;
      if (to) this.draftTo.value = isSelf ? to : { participant: from, name: fromName };
      else this.draftTo.value = null;
    });
  }

  messageOf({ from, id }: MessageRef): ChatMessage | undefined {
    return this.state.value.chat.find((message) => message.from === from && message.id === id);
  }

  /** What became of the file that `message` offers; it goes with whoever offers it. */
  fileState({ from, id }: MessageRef): Pick<FileProgress, "state" | "share"> {
    const { files, people } = this.state.value;
    const known = files.find((file) => file.from === from && file.id === id);
    const isHere = people.some(({ participant }) => participant === from);
    return known && (isHere || known.state === "saved") ? known : { state: "gone", share: 0 };
  }

  sendFile(file: File): void {
    this.send({ type: "file", file, to: this.draftTo.value?.participant ?? null });
  }

  sendDraft(): void {
    const { answering, draft, draftTo } = this;
    const reply = answering.value && { from: answering.value.from, id: answering.value.id };
    this.send({ type: "chat", text: draft.value.trim(), to: draftTo.value?.participant ?? null, reply });
    batch(() => {
      draft.value = "";
      answering.value = null;
    });
  }

  /** Whatever is in the chat now has been seen. */
  markSeen(): void {
    const last = this.state.value.chat.at(-1);
    if (last) this.lastSeen.value = messageKey(last);
  }

  #share(capture: Capture): void {
    // The person may have left while the browser's choice was open.
    if (this.overReason.value || !this.entered.value) {
      capture.track.stop();
      this.sharing.value = "no";
      return;
    }
    this.#capture = capture;
    batch(() => {
      this.sharing.value = "yes";
      this.shared.value = capture.track;
    });
    // The browser's own "Stop sharing" bar ends the track.
    capture.track.addEventListener("ended", () => this.#capture === capture && this.stopSharing());
    this.send({ type: "share", source: capture.frames }, [capture.frames]);
    this.control.share(capture.track);
  }

  #endCapture(): void {
    const capture = this.#capture;
    this.#capture = null;
    if (capture === null) return;
    capture.track.stop();
    batch(() => {
      this.sharing.value = "no";
      this.shared.value = null;
    });
  }

  #openPort(): RoomPort {
    const port: RoomPort = this.#open(
      (event) => this.#port === port && this.#receive(event),
      () => this.#port === port && this.#crash(),
    );
    return port;
  }

  #closePort(): void {
    this.#endCapture();
    this.camera.leave();
    this.#port?.close();
    this.#port = null;
    this.#giveUpJudging();
  }

  #receive(event: RoomEvent): void {
    if (event.type === "state") this.#show(event.state);
    else if (event.type === "sharing-stopped") this.#endCapture();
    else if (event.type === "judged") this.#settle(event.id, event.verdict);
    else if (event.type === "camera-stopped") this.camera.stopped();
    else if (event.type === "file") saveFile(event.name, event.content);
    else if (event.type === "reaction") this.#react(event);
    else if (event.type === "tested") this.#endTest(event.tested);
    else if (event.type === "words") this.#keepWords(event.words);
    else if (event.type === "muted") this.#obeyMute(event.by);
    else if (event.type === "voice" || event.type === "voice-stopped") this.voice.receive(event);
    else this.control.receive(event);
  }

  /** The old ones open nothing any more: a reload, and coming back, need the new ones. */
  #keepWords(words: string): void {
    const entered = this.entered.value;
    if (entered === null) return;
    const key = wordsKey(entered.room);
    if (this.canRenewWords || recall(key) !== null) remember(key, words);
    const told = "The meeting has new words: links sent before let nobody in any more.";
    batch(() => {
      this.entered.value = { ...entered, words };
      this.news.value = told;
      this.told.value = told;
    });
  }

  #obeyMute(by: string | null): void {
    this.voice.mute();
    this.#tell(by === null ? "Only presenters speak in this meeting." : `${by} muted your microphone.`);
  }

  /** Let everyone see it and hear it. */
  #tell(sentence: string): void {
    batch(() => {
      this.news.value = sentence;
      this.told.value = sentence;
    });
  }

  #react({ reaction, name, isSelf }: RoomEvent & { type: "reaction" }): void {
    this.#reacted += 1;
    const reacted = { key: this.#reacted, reaction, name, isSelf };
    this.reactions.value = [...this.reactions.value, reacted].slice(-MAX_REACTIONS);
    if (!isSelf) this.news.value = `${name}: ${REACTION_NAMES[reaction]}.`;
    setTimeout(() => {
      this.reactions.value = this.reactions.value.filter((shown) => shown !== reacted);
    }, REACTION_MS);
  }

  #settle(id: number, verdict: WordsVerdict | null): void {
    const judging = this.#judging.get(id);
    this.#judging.delete(id);
    if (verdict === null) judging?.reject(new Error("no verdict"));
    else judging?.resolve(verdict);
  }

  #endTest(tested: Tested): void {
    this.#testing?.resolve(tested);
    this.#testing = null;
  }

  #giveUpJudging(): void {
    for (const id of this.#judging.keys()) this.#settle(id, null);
  }

  #show(state: RoomState): void {
    const told = houseNews(this.state.value, state);
    const said = [told, announcement(this.state.value, state, this.panel.value === "chat")].filter(Boolean).join(" ");
    batch(() => {
      this.state.value = state;
      if (said) this.news.value = said;
      if (told) this.told.value = told;
    });
    if (state.phase.name === "over") this.#leave();
    else if (state.self !== null && this.#awaitsAdmission) this.#admitted();
  }

  #admitted(): void {
    this.#awaitsAdmission = false;
    this.voice.admitted();
    if (this.#filmsOnAdmission) void this.camera.start();
  }

  /** Nothing is shown of the person any more. */
  #leave(): void {
    this.#endCapture();
    this.camera.leave();
    this.voice.leave();
  }

  #crash(): void {
    this.#leave();
    this.#giveUpJudging();
    this.state.value = { ...this.state.value, phase: { name: "over", reason: "malformed" } };
  }
}
