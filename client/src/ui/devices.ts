/** Which microphone, camera and loudspeaker a person uses: their choice, remembered in this browser, and what there is. */

import { type Signal, signal } from "@preact/signals";
import { recall, remember } from "./memory.ts";

export type DeviceKind = "microphone" | "camera" | "speaker";

export interface Device {
  readonly id: string;
  readonly label: string;
}

/** `denied` by the person, the browser or the system; `missing`: there is none; `busy`: another program has it. */
export type DeviceProblem = "denied" | "missing" | "busy";

const KINDS: Readonly<Record<DeviceKind, MediaDeviceKind>> = {
  microphone: "audioinput",
  camera: "videoinput",
  speaker: "audiooutput",
};

const memoryKey = (kind: DeviceKind): string => `conclave.device.${kind}`;
const chosenOf = (kind: DeviceKind): Signal<string> => signal(recall(memoryKey(kind)) ?? "");

export class Devices {
  /** The ids of what the person chose; empty for what the system prefers. */
  readonly chosen: Readonly<Record<DeviceKind, Signal<string>>> = {
    microphone: chosenOf("microphone"),
    camera: chosenOf("camera"),
    speaker: chosenOf("speaker"),
  };
  readonly #all = signal<readonly MediaDeviceInfo[]>([]);

  /** Return what can be chosen; browsers tell names only once they were allowed to use a device. */
  of(kind: DeviceKind): readonly Device[] {
    return this.#all.value
      .filter((device) => device.kind === KINDS[kind] && device.deviceId !== "" && device.deviceId !== "default")
      .map(({ deviceId, label }, index) => ({ id: deviceId, label: label || `${kind} ${index + 1}` }));
  }

  choose(kind: DeviceKind, id: string): void {
    this.chosen[kind].value = id;
    remember(memoryKey(kind), id);
  }

  /** Return the constraint that asks for the chosen device, and is content with another when that one is gone. */
  wish(kind: DeviceKind): MediaTrackConstraints {
    const id = this.chosen[kind].value;
    return id === "" ? {} : { deviceId: { ideal: id } };
  }

  /** Look what there is, now and whenever something is plugged in or out, until the returned function is called. */
  watch(): () => void {
    const media = navigator.mediaDevices;
    const look = (): void => void this.refresh();
    look();
    media?.addEventListener("devicechange", look);
    return () => media?.removeEventListener("devicechange", look);
  }

  async refresh(): Promise<void> {
    this.#all.value = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
  }
}

/** How many there are; `denied`: the person, the browser or the system does not let this page use any. */
export type DeviceCount = number | "denied";

/** Count devices without opening any; browsers that do not tell how many there are tell of one. */
export async function countDevices(kind: "microphone" | "camera"): Promise<DeviceCount> {
  const asked = navigator.permissions?.query({ name: kind as PermissionName });
  const permission = await asked?.catch(() => null);
  if (permission?.state === "denied") return "denied";
  const devices = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
  const real = devices.filter((device) => device.kind === KINDS[kind] && device.deviceId !== "default");
  return real.length;
}

/** Return why `getUserMedia` failed. */
export function deviceProblem(error: unknown): DeviceProblem {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  return name === "NotFoundError" || name === "OverconstrainedError" ? "missing" : "busy";
}

/** Return what to tell the person, and what they can do. */
export function deviceSentence(kind: "microphone" | "camera", problem: DeviceProblem): string {
  switch (problem) {
    case "denied":
      return `Your browser or system does not let this page use the ${kind}. Allow it beside the page's address, then try again.`;
    case "missing":
      return `There is no ${kind}. Plug one in, then try again.`;
    case "busy":
      return `The ${kind} cannot be used. Another program may have it: close that, then try again.`;
    default:
      return problem satisfies never;
  }
}
