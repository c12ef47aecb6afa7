/** The person's own camera: off or on, and what went wrong. Pictures are read here, because only here browsers offer it. */

import { batch, signal } from "@preact/signals";
import type { RoomCommand } from "../room/state.ts";
import { type Devices, deviceProblem, deviceSentence } from "./devices.ts";
import { framesOf } from "./frames.ts";

/** What the larger size that is sent is made from, with some to spare for displays that are sharper. */
const PICTURES: MediaTrackConstraints = {
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 24, max: 30 },
};
const GONE = "Your camera is off: it was unplugged, or taken by something else.";
const STOPPED = "Your camera is off: its pictures cannot be sent.";

/** Whether this browser can send a camera at all. */
export function canFilm(): boolean {
  return typeof navigator.mediaDevices?.getUserMedia === "function";
}

export class CameraModel {
  /** What the camera shows, for the person themselves; null while it is off. */
  readonly stream = signal<MediaStream | null>(null);
  readonly isAsking = signal(false);
  readonly problem = signal<string | null>(null);
  readonly #devices: Devices;
  readonly #send: (command: RoomCommand, transfer?: Transferable[]) => void;
  /** Counts the wishes, so that a late answer of the browser counts only for the last of them. */
  #wish = 0;

  constructor(devices: Devices, send: (command: RoomCommand, transfer?: Transferable[]) => void) {
    this.#devices = devices;
    this.#send = send;
  }

  toggle(): void {
    if (this.stream.value !== null || this.isAsking.value) this.stop();
    else void this.start();
  }

  async start(): Promise<void> {
    this.#wish += 1;
    const wish = this.#wish;
    batch(() => {
      this.problem.value = null;
      this.isAsking.value = true;
    });
    const stream = await this.#open(() => wish === this.#wish);
    if (stream !== null) this.#use(stream);
  }

  stop(): void {
    this.#send({ type: "stop-camera" });
    this.#release();
  }

  /** The room is over, or the worker has stopped by itself. */
  leave(): void {
    this.#release();
  }

  /** The worker sends no pictures any more. */
  stopped(): void {
    if (this.stream.value !== null) this.#fail(STOPPED);
  }

  /** Return what the camera shows, or null if it does not, or is not wanted any more. */
  async #open(isWanted: () => boolean): Promise<MediaStream | null> {
    try {
      const video = { ...PICTURES, ...this.#devices.wish("camera") };
      const stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
      if (isWanted()) return stream;
      for (const track of stream.getTracks()) track.stop();
    } catch (error) {
      if (isWanted()) this.#fail(deviceSentence("camera", deviceProblem(error)));
    }
    return null;
  }

  #use(stream: MediaStream): void {
    const [track] = stream.getVideoTracks();
    if (!track) return this.#fail(deviceSentence("camera", "missing"));
    batch(() => {
      this.isAsking.value = false;
      this.stream.value = stream;
    });
    track.addEventListener("ended", () => {
      if (this.stream.value !== stream) return;
      this.stop();
      this.#fail(GONE);
    });
    const source = framesOf(track);
    this.#send({ type: "camera", source }, [source]);
    void this.#devices.refresh();
  }

  #fail(sentence: string): void {
    this.#release();
    this.problem.value = sentence;
  }

  #release(): void {
    this.#wish += 1;
    for (const track of this.stream.value?.getTracks() ?? []) track.stop();
    batch(() => {
      this.stream.value = null;
      this.isAsking.value = false;
    });
  }
}
