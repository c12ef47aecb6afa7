/** What single keys do in the room: heard here, and told by the sheet that "?" opens. */

import { canFilm } from "./camera.ts";
import { canCapture } from "./capture.ts";
import { listenToKey } from "./keys.ts";
import { canSpeak } from "./microphone.ts";
import type { RoomModel } from "./room_model.ts";

export interface Shortcut {
  /** As `KeyboardEvent.key` has it, in lower case. */
  readonly key: string;
  readonly does: string;
  isOffered(model: RoomModel): boolean;
  act(model: RoomModel): void;
}

/** What something else listens to: where it is, or while the key is held. */
export interface OtherKeys {
  readonly shown: readonly string[];
  readonly does: string;
  isOffered(model: RoomModel): boolean;
}

const always = (): boolean => true;
const isLive = ({ state }: RoomModel): boolean => state.value.phase.name === "live";
const maySpeak = ({ state }: RoomModel): boolean => canSpeak() && (state.value.self?.grants.includes("speak") ?? true);
const mayShare = (model: RoomModel): boolean =>
  model.sharing.value === "yes" || (canCapture() && (model.state.value.self?.grants.includes("share") ?? true));
const isWatching = ({ screen }: RoomModel): boolean => screen.value !== null;

export const SHORTCUTS: readonly Shortcut[] = [
  { key: "m", does: "Mute, or unmute", isOffered: maySpeak, act: ({ voice }) => voice.toggle() },
  { key: "v", does: "Camera on, or off", isOffered: canFilm, act: ({ camera }) => camera.toggle() },
  {
    key: "s",
    does: "Share your screen, or stop",
    isOffered: (model) => mayShare(model) && (isLive(model) || model.sharing.value === "yes"),
    act: (model) => (model.sharing.value === "yes" ? model.stopSharing() : void model.startSharing()),
  },
  { key: "c", does: "Chat", isOffered: always, act: (model) => model.togglePanel("chat") },
  { key: "p", does: "Participants", isOffered: always, act: (model) => model.togglePanel("people") },
  { key: "h", does: "Raise your hand, or lower it", isOffered: isLive, act: (model) => model.toggleHand() },
  {
    key: "l",
    does: "See everyone alike, or one person large",
    isOffered: (model) => isLive(model) && !isWatching(model),
    act: (model) => model.chooseLayout(model.layout.value === "grid" ? "speaker" : "grid"),
  },
  { key: "?", does: "These shortcuts", isOffered: always, act: (model) => (model.sheet.value = "shortcuts") },
];

export const OTHER_KEYS: readonly OtherKeys[] = [
  { shown: ["Space"], does: "Speak while you hold it down", isOffered: maySpeak },
  { shown: ["F"], does: "Shared screen: fill the display", isOffered: isWatching },
  { shown: ["+", "−"], does: "Shared screen: larger, or smaller", isOffered: isWatching },
  { shown: ["0", "1"], does: "Shared screen: fit, or 100 %", isOffered: isWatching },
  {
    shown: ["←", "↑", "→", "↓"],
    does: "Shared screen: move it",
    isOffered: isWatching,
  },
  { shown: ["Esc"], does: "Close what is open", isOffered: always },
];

/** Listen to the keys until the returned function is called. */
export function listenToShortcuts(model: RoomModel): () => void {
  const stops = SHORTCUTS.map((shortcut) =>
    listenToKey(shortcut.key, () => shortcut.isOffered(model) && shortcut.act(model)),
  );
  return () => {
    for (const stop of stops) stop();
  };
}
