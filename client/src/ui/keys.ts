/** Keys that do something anywhere in the room. */

const TYPED_IN = "input, textarea, select, dialog, [contenteditable]";

/** Call `act` whenever the letter is pressed where nobody types, until the returned function is called. */
export function listenToKey(letter: string, act: () => void): () => void {
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key.toLowerCase() === letter && !event.repeat && !isMeantForOthers(event)) act();
  };
  addEventListener("keydown", onKeyDown);
  return () => removeEventListener("keydown", onKeyDown);
}

/** Whether somebody types, or the browser is meant. */
export function isMeantForOthers(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return true;
  return isOn(event, TYPED_IN);
}

export const isOn = ({ target }: KeyboardEvent, selector: string): boolean =>
  target instanceof Element && target.closest(selector) !== null;
