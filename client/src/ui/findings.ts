/** What a test of the connection means for the person, in plain words and with a way on. Pure. */

import type { Family, Tested } from "../room/state.ts";
import type { DeviceCount } from "./devices.ts";

export interface Finding {
  readonly tone: "good" | "warn" | "bad";
  readonly title: string;
  readonly text: string;
}

/** What the page itself finds out. */
export interface Local {
  /** Where the meeting's server is. */
  readonly server: string;
  readonly canSpeak: boolean;
  readonly canFilm: boolean;
  readonly canShare: boolean;
  readonly microphone: DeviceCount;
  readonly camera: DeviceCount;
}

const NAMES: Readonly<Record<Family, string>> = { avc1: "H.264", av01: "AV1", vp09: "VP9", vp8: "VP8" };

export function findings(tested: Tested, local: Local): readonly Finding[] {
  return [
    network(tested, local.server),
    pictures(tested, local.canShare),
    microphone(tested, local),
    local.canFilm ? device("Camera", local.camera, "be seen") : { tone: "warn", title: "Camera", text: NO_CAMERA },
  ];
}

/** Return one sentence for all of it. */
export function verdict(found: readonly Finding[]): string {
  if (found.some(({ tone }) => tone === "bad")) return "A meeting will not work like this. See below what helps.";
  if (found.some(({ tone }) => tone === "warn")) return "Meetings work here. Below is what could be better.";
  return "Everything works.";
}

const NO_CAMERA = "This browser cannot use a camera. You see the others all the same.";

function network({ way }: Tested, server: string): Finding {
  const title = "Network";
  switch (way) {
    case "direct":
      return { tone: "good", title, text: "The direct way (UDP) is open: the fastest there is." };
    case "blocked":
      return {
        tone: "warn",
        title,
        text: "Your network blocks UDP. The meeting uses a slower way (WebSocket) and works. If pictures come late, try another network, or ask whoever runs this one to let UDP out.",
      };
    case "unsupported":
      return {
        tone: "good",
        title,
        text: "This browser has no direct way (UDP) to rely on. The meeting uses another (WebSocket) and works; on a poor network, Chrome or Edge may do better.",
      };
    case null:
      return {
        tone: "bad",
        title,
        text: `The meeting's server does not answer at ${server}. A firewall may be in between: try another network, or ask whoever runs this one to allow that address.`,
      };
    default:
      return way satisfies never;
  }
}

function pictures({ shows, sends }: Tested, canShare: boolean): Finding {
  const title = "Screens and cameras";
  if (shows.length === 0)
    return {
      tone: "bad",
      title,
      text: "This browser shows no pictures of others. Use a current Chrome, Edge or Firefox on a computer.",
    };
  if (sends.length === 0)
    return {
      tone: "warn",
      title,
      text: `You see what others show (${list(shows)}), but this browser sends no pictures.`,
    };
  const share = canShare ? "" : " It does not offer to share a screen: for that, use a browser on a computer.";
  return {
    tone: "good",
    title,
    text: `This browser shows ${list(shows)} and sends ${list(sends)}.${share}`,
  };
}

function microphone({ isVoiceSent }: Tested, { canSpeak, microphone: count }: Local): Finding {
  if (canSpeak && isVoiceSent) return device("Microphone", count, "speak");
  return {
    tone: "warn",
    title: "Microphone",
    text: "This browser does not send voices. You can watch and chat; to speak, use Chrome or Edge.",
  };
}

function device(title: string, count: DeviceCount, toDo: string): Finding {
  const kind = title.toLowerCase();
  if (count === "denied")
    return {
      tone: "warn",
      title,
      text: `This page may not use the ${kind}. To ${toDo}, allow it beside the page's address.`,
    };
  if (count === 0) return { tone: "warn", title, text: `There is no ${kind}. To ${toDo}, plug one in.` };
  return { tone: "good", title, text: count === 1 ? `There is a ${kind}.` : `There are ${count} to choose from.` };
}

const list = (families: readonly Family[]): string =>
  families
    .map((family) => NAMES[family])
    .join(", ")
    .replace(/, ([^,]*)$/, " and $1");
