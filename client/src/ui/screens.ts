/** Which of several shared screens is on the stage. */

import type { SharedScreen } from "../room/state.ts";

/** Return others' screens; one's own is never shown back, or it would mirror itself without end. */
export function othersScreens(screens: readonly SharedScreen[]): readonly SharedScreen[] {
  return screens.filter((screen) => !screen.isSelf);
}

/** Return the screen the person chose, or the one that started first. */
export function screenOnStage(screens: readonly SharedScreen[], chosen: string | null): SharedScreen | null {
  const others = othersScreens(screens);
  return others.find((screen) => screen.device === chosen) ?? others[0] ?? null;
}

/** Return what lies over a picture that cannot be seen yet, or null. */
export function pictureNote(screen: SharedScreen): string | null {
  switch (screen.picture) {
    case "starting":
      return `${screen.name}'s screen is starting…`;
    case "waiting-key":
      return `Waiting for ${screen.name}'s key…`;
    case "shown":
      return null;
    default:
      return screen.picture satisfies never;
  }
}
