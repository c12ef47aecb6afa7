/** The person's own voice in the room: muted or not, with which microphone, and what went wrong. */

import { batch, signal } from "@preact/signals";
import type { OwnVoice, Person, RoomCommand, RoomEvent } from "../room/state.ts";
import { type Devices, deviceSentence } from "./devices.ts";
import { type Microphone, openMicrophone } from "./microphone.ts";
import { recallJoinsWith } from "./preview.ts";
import type { Sound } from "./sound.ts";

export type Muting = "muted" | "asking" | "open";

type Send = (command: RoomCommand, transfer?: Transferable[]) => void;

const GONE = "Your microphone is gone: it was unplugged, or taken by something else. Others do not hear you.";

export class VoiceModel {
  readonly muting = signal<Muting>("muted");
  readonly own = signal<OwnVoice>("muted");
  readonly problem = signal<string | null>(null);
  readonly devices: Devices;
  readonly sound: Sound;
  /** What the microphone gives, for the person to look at; null while there is none. */
  readonly stream = signal<MediaStream | null>(null);
  readonly #send: Send;
  #microphone: Microphone | null = null;
  /** Counts the wishes to speak, so that a late answer of the browser counts only for the last of them. */
  #wish = 0;
  #isIn = false;
  #speaksOnAdmission = false;

  constructor(devices: Devices, sound: Sound, send: Send) {
    this.devices = devices;
    this.sound = sound;
    this.#send = send;
  }

  /** The person goes to the room, for the first time or again; they may have to wait before it. */
  enter(): void {
    this.#speaksOnAdmission = this.#isIn ? this.muting.value !== "muted" : recallJoinsWith("microphone");
    this.#isIn = true;
    this.problem.value = null;
    const port = this.sound.open();
    this.#send({ type: "sound", port }, [port]);
  }

  /** The person is in the room. */
  admitted(): void {
    if (this.#speaksOnAdmission) void this.unmute();
  }

  /** The room is over. */
  leave(): void {
    this.#isIn = false;
    this.#release();
    this.sound.close();
    batch(() => {
      this.muting.value = "muted";
      this.own.value = "muted";
    });
  }

  /** Whether somebody is heard, or hears themselves, speak. */
  isSpeaking({ isSelf, device }: Pick<Person, "isSelf" | "device">): boolean {
    return isSelf ? this.own.value === "speaking" : this.sound.speaking.value.has(device);
  }

  toggle(): void {
    if (this.muting.value === "muted") void this.unmute();
    else this.mute();
  }

  async unmute(): Promise<void> {
    this.#wish += 1;
    const wish = this.#wish;
    batch(() => {
      this.problem.value = null;
      this.muting.value = "asking";
    });
    const microphone = this.#microphone ?? (await this.#open(() => wish === this.#wish));
    if (microphone === null || wish !== this.#wish) return;
    microphone.track.enabled = true;
    this.muting.value = "open";
    const source = microphone.sound();
    this.#send({ type: "speak", source, id: wish }, [source]);
  }

  mute(): void {
    this.#wish += 1;
    if (this.#microphone) this.#microphone.track.enabled = false;
    this.muting.value = "muted";
    this.#send({ type: "mute" });
  }

  /** Take another microphone or loudspeaker. */
  choose(kind: "microphone" | "speaker", id: string): void {
    this.devices.choose(kind, id);
    if (kind === "speaker") return this.sound.use(id);
    this.#release();
    if (this.muting.value !== "muted") void this.unmute();
  }

  receive(event: Extract<RoomEvent, { type: "voice" | "voice-stopped" }>): void {
    if (event.type === "voice") this.own.value = event.voice;
    // A microphone that we stopped ourselves, to take another, ends too.
    else if (event.id === this.#wish) this.#lose();
  }

  async #open(isWanted: () => boolean): Promise<Microphone | null> {
    const opened = await openMicrophone(this.devices.wish("microphone"));
    void this.devices.refresh();
    if (!opened.ok) {
      if (isWanted()) this.#fail(deviceSentence("microphone", opened.problem));
      return null;
    }
    const { microphone } = opened;
    if (!isWanted()) {
      microphone.track.stop();
      return null;
    }
    this.#microphone = microphone;
    this.stream.value = new MediaStream([microphone.track]);
    microphone.track.addEventListener("ended", () => this.#microphone === microphone && this.#lose());
    return microphone;
  }

  /** The microphone is gone. */
  #lose(): void {
    const wasHeard = this.muting.value !== "muted";
    this.#release();
    if (wasHeard) this.#fail(GONE);
  }

  #fail(sentence: string): void {
    this.mute();
    this.problem.value = sentence;
  }

  #release(): void {
    this.#wish += 1;
    this.#microphone?.track.stop();
    this.#microphone = null;
    this.stream.value = null;
  }
}
