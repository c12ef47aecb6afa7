/** Microphone and camera on the join page: tried before anybody hears or sees them. */

import { batch, type Signal, signal } from "@preact/signals";
import { type DeviceProblem, type Devices, deviceProblem, deviceSentence } from "./devices.ts";
import { recall, remember } from "./memory.ts";

export type Previewed = "microphone" | "camera";

/** Whoever has never said otherwise joins muted and unseen: nobody wants to be heard before they have looked around. */
export function recallJoinsWith(kind: Previewed): boolean {
  return recall(memoryKey(kind)) === "yes";
}

const memoryKey = (kind: Previewed): string => `conclave.joins.${kind}`;

type Both<T> = Readonly<Record<Previewed, T>>;

export class Preview {
  /** What the person wants to join with. */
  readonly wanted: Both<Signal<boolean>> = {
    microphone: signal(recallJoinsWith("microphone")),
    camera: signal(recallJoinsWith("camera")),
  };
  readonly stream: Both<Signal<MediaStream | null>> = { microphone: signal(null), camera: signal(null) };
  readonly problem: Both<Signal<string | null>> = { microphone: signal(null), camera: signal(null) };
  readonly #devices: Devices;
  #isOver = false;

  constructor(devices: Devices) {
    this.#devices = devices;
  }

  /** Show at once what the browser has been allowed before; it asks for nothing by itself. */
  async begin(): Promise<void> {
    for (const kind of ["microphone", "camera"] as const) {
      if (this.wanted[kind].value && (await isAllowed(kind))) void this.#open(kind);
    }
  }

  toggle(kind: Previewed): void {
    const isWanted = !this.wanted[kind].value;
    this.wanted[kind].value = isWanted;
    remember(memoryKey(kind), isWanted ? "yes" : "no");
    if (isWanted) void this.#open(kind);
    else this.#close(kind);
  }

  /** Try another one. */
  choose(kind: Previewed, id: string): void {
    this.#devices.choose(kind, id);
    if (this.wanted[kind].value) void this.#open(kind);
  }

  close(): void {
    this.#isOver = true;
    this.#close("microphone");
    this.#close("camera");
  }

  async #open(kind: Previewed): Promise<void> {
    this.#close(kind);
    const opened = await openDevice(kind, this.#devices.wish(kind));
    void this.#devices.refresh();
    if (!opened.ok) {
      this.problem[kind].value = deviceSentence(kind, opened.problem);
      return;
    }
    if (this.#isOver || !this.wanted[kind].value) return stop(opened.stream);
    this.#close(kind);
    this.stream[kind].value = opened.stream;
  }

  #close(kind: Previewed): void {
    const stream = this.stream[kind].value;
    batch(() => {
      this.stream[kind].value = null;
      this.problem[kind].value = null;
    });
    if (stream) stop(stream);
  }
}

type Opened = { ok: true; stream: MediaStream } | { ok: false; problem: DeviceProblem };

async function openDevice(kind: Previewed, wish: MediaTrackConstraints): Promise<Opened> {
  try {
    const wanted = kind === "microphone" ? { audio: wish } : { video: { ...wish, width: { ideal: 640 } } };
    return { ok: true, stream: await navigator.mediaDevices.getUserMedia(wanted) };
  } catch (error) {
    return { ok: false, problem: deviceProblem(error) };
  }
}

async function isAllowed(kind: Previewed): Promise<boolean> {
  try {
    return (await navigator.permissions.query({ name: kind })).state === "granted";
  } catch {
    return false;
  }
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
