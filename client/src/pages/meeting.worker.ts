/** The meeting's worker: passes the page's commands to the session, and what the session tells to the page. */

import { Session } from "../room/session.ts";
import type { RoomCommand, RoomEvent } from "../room/state.ts";

const COMMANDS: ReadonlySet<string> = new Set<RoomCommand["type"]>([
  "judge",
  "test-connection",
  "enter",
  "chat",
  "resend",
  "file",
  "withdraw",
  "fetch",
  "cancel-fetch",
  "share",
  "stop-sharing",
  "camera",
  "stop-camera",
  "watch",
  "surface",
  "sound",
  "speak",
  "mute",
  "admit",
  "deny",
  "ask-control",
  "leave-control",
  "input",
  "give-control",
  "refuse-control",
  "pair-helper",
  "take-back-control",
  "stop-control",
  "shared-surface",
  "focus",
  "lock",
  "appoint",
  "hand",
  "lower-hand",
  "mute-other",
  "react",
  "remove",
  "renew-words",
  "end",
  "leave",
]);

const session = new Session((event: RoomEvent) => self.postMessage(event));

self.addEventListener("message", ({ data }: MessageEvent<RoomCommand>) => {
  if (COMMANDS.has(data.type)) session.receive(data);
});
