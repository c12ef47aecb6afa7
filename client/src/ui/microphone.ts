/** The person's microphone. Sound is read here, in the window, because only here the browser offers it. */

import { type DeviceProblem, deviceProblem } from "./devices.ts";

export interface Microphone {
  readonly track: MediaStreamTrack;
  /** Return what the microphone gives from now on. */
  sound(): ReadableStream<AudioData>;
}

export type OpenedMicrophone = { ok: true; microphone: Microphone } | { ok: false; problem: DeviceProblem };

/** Not in the library's types yet: the constructor that reads a track's sound. */
type ProcessorConstructor = new (init: { track: MediaStreamTrack }) => { readonly readable: ReadableStream<AudioData> };
const processor = (): ProcessorConstructor | undefined =>
  (globalThis as { MediaStreamTrackProcessor?: ProcessorConstructor }).MediaStreamTrackProcessor;

/** Whether this browser can send a voice at all. */
export function canSpeak(): boolean {
  return processor() !== undefined && typeof navigator.mediaDevices?.getUserMedia === "function";
}

/** Open the microphone that `wish` asks for. Whoever gets it stops its track. */
export async function openMicrophone(wish: MediaTrackConstraints): Promise<OpenedMicrophone> {
  const Processor = processor();
  if (!Processor || !canSpeak()) return { ok: false, problem: "missing" };
  try {
    const audio = { ...wish, echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };
    const stream = await navigator.mediaDevices.getUserMedia({ audio, video: false });
    const track = stream.getAudioTracks()[0];
    if (!track) return { ok: false, problem: "missing" };
    return { ok: true, microphone: { track, sound: () => new Processor({ track }).readable } };
  } catch (error) {
    return { ok: false, problem: deviceProblem(error) };
  }
}
