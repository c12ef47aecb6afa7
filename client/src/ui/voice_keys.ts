/** The space bar, held while muted, lets a person speak as long as it is down. */

import { isMeantForOthers, isOn } from "./keys.ts";
import type { VoiceModel } from "./voice.ts";

/** After the key is let go, so that the end of the last word is not cut. */
const RELEASE_MS = 250;

/** Listen to it until the returned function is called. */
export function listenToSpace(voice: VoiceModel): () => void {
  const stopped = new AbortController();
  let isHeld = false;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== " " || isMeantForOthers(event) || isOn(event, PRESSABLE)) return;
    event.preventDefault();
    if (event.repeat || voice.muting.value !== "muted") return;
    isHeld = true;
    void voice.unmute();
  };
  const release = (): void => {
    if (isHeld) setTimeout(() => voice.mute(), RELEASE_MS);
    isHeld = false;
  };
  const { signal } = stopped;
  addEventListener("keydown", onKeyDown, { signal });
  addEventListener("keyup", (event) => event.key === " " && release(), { signal });
  // A key that is let go in another window is not told to this one.
  addEventListener("blur", release, { signal });
  return () => stopped.abort();
}

/** What the space bar presses itself when it has the focus. */
const PRESSABLE = "button, a, summary";
