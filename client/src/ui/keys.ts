/** Keys that do something anywhere in the room. */

import { signal } from "@preact/signals";
import { KEYS_KEY, recall, remember } from "./memory.ts";

const TYPED_IN = "input, textarea, select, dialog, [contenteditable]";

/** Single keys can be switched off (WCAG 2.2, 2.1.4): whoever dictates, or misses keys, does not want them. */
const areOn = signal(recall(KEYS_KEY) !== "off");

export const singleKeys = {
  areOn,
  switch: (isOn: boolean): void => {
    areOn.value = isOn;
    remember(KEYS_KEY, isOn ? "on" : "off");
  },
};

/** Call `act` whenever the key is pressed where nobody types, until the returned function is called. */
export function listenToKey(key: string, act: () => void): () => void {
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key.toLowerCase() === key && !event.repeat && !isMeantForOthers(event)) act();
  };
  addEventListener("keydown", onKeyDown);
  return () => removeEventListener("keydown", onKeyDown);
}

/** Whether somebody types, wants no single keys, or the browser is meant. */
export function isMeantForOthers(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return true;
  return !areOn.value || isOn(event, TYPED_IN);
}

export const isOn = ({ target }: KeyboardEvent, selector: string): boolean =>
  target instanceof Element && target.closest(selector) !== null;
