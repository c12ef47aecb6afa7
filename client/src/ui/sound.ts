/** What is heard: everyone's voices, mixed in the audio thread (pages/playout.worklet.ts). */

import { type ReadonlySignal, signal } from "@preact/signals";

/** `blocked`: the browser plays nothing before the person has clicked; `missing`: there is nothing to play it on. */
export type Hearing = "fine" | "blocked" | "missing";

export interface Sound {
  /** The devices of those who are heard speaking. */
  readonly speaking: ReadonlySignal<ReadonlySet<string>>;
  readonly hearing: ReadonlySignal<Hearing>;
  /** Begin anew and return the worker's end of the line to the audio thread. */
  open(): MessagePort;
  /** Try again, from within a click. */
  resume(): void;
  /** Play on this loudspeaker, on the system's own if empty or gone. */
  use(speaker: string): void;
  close(): void;
}

/** The rate that the worker decodes to. */
const SAMPLE_RATE_HZ = 48_000;
/** A browser that needs longer to begin waits for a click. */
const BLOCKED_AFTER_MS = 1000;

/** Not in the library's types yet. */
type Sink = string | { readonly type: "none" };
type WithSink = AudioContext & { setSinkId?(sink: Sink): Promise<void> };

const NOWHERE: Sink = { type: "none" };

export class Loudspeaker implements Sound {
  readonly speaking = signal<ReadonlySet<string>>(new Set());
  readonly hearing = signal<Hearing>("fine");
  readonly #workletUrl: string;
  #context: WithSink | null = null;
  #over = new AbortController();
  #speaker = "";

  constructor(workletUrl: string) {
    this.#workletUrl = workletUrl;
  }

  open(): MessagePort {
    this.close();
    this.#over = new AbortController();
    const line = new MessageChannel();
    void this.#begin(line.port2, this.#over.signal);
    return line.port1;
  }

  resume(): void {
    void this.#context?.resume();
  }

  use(speaker: string): void {
    this.#speaker = speaker;
    void this.#place();
  }

  close(): void {
    this.#over.abort();
    void this.#context?.close();
    this.#context = null;
    this.speaking.value = new Set();
    this.hearing.value = "fine";
  }

  async #begin(worker: MessagePort, over: AbortSignal): Promise<void> {
    const sinkId = await this.#sink();
    if (over.aborted) return;
    const options = { sampleRate: SAMPLE_RATE_HZ, latencyHint: "interactive", sinkId } as const;
    const context: WithSink = new AudioContext(options);
    this.#context = context;
    context.addEventListener("statechange", () => void this.#look());
    navigator.mediaDevices?.addEventListener("devicechange", () => void this.#place(), { signal: over });
    setTimeout(() => void this.#look(), BLOCKED_AFTER_MS);
    try {
      await context.audioWorklet.addModule(this.#workletUrl);
    } catch (error) {
      // A context that is closed meanwhile, as at a locked door, loads nothing: that is no fault.
      if (!over.aborted) throw error;
    }
    if (!over.aborted) this.#connect(context, worker);
  }

  #connect(context: AudioContext, worker: MessagePort): void {
    const node = new AudioWorkletNode(context, "playout", { numberOfInputs: 0, outputChannelCount: [1] });
    node.port.onmessage = ({ data }: MessageEvent<string[]>) => {
      if (this.#context === context) this.speaking.value = new Set(data);
    };
    node.port.postMessage(worker, [worker]);
    node.connect(context.destination);
  }

  async #place(): Promise<void> {
    const sink = await this.#sink();
    await this.#context?.setSinkId?.(sink).catch(() => undefined);
    await this.#look();
  }

  /** Return where to play: browsers complain of a computer on which nothing can be heard, unless told not to try. */
  async #sink(): Promise<Sink> {
    const devices = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
    const speakers = devices.filter(({ kind }) => kind === "audiooutput");
    if (speakers.length === 0 && "setSinkId" in AudioContext.prototype) return NOWHERE;
    return speakers.some(({ deviceId }) => deviceId === this.#speaker) ? this.#speaker : "";
  }

  async #look(): Promise<void> {
    const isMissing = (await this.#sink()) === NOWHERE;
    const isBlocked = this.#context?.state === "suspended";
    if (this.#context !== null) this.hearing.value = isMissing ? "missing" : isBlocked ? "blocked" : "fine";
  }
}
