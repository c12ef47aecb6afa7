/** What this browser remembers between visits. A browser that forbids it must not break the page. */

export const NAME_KEY = "conclave.name";
export const LAYOUT_KEY = "conclave.layout";
export const KEYS_KEY = "conclave.keys";

export function wordsKey(room: string): string {
  return `conclave.words.${room}`;
}

export function recall(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** Remember `value` and return whether that worked. */
export function remember(key: string, value: string): boolean {
  try {
    localStorage.setItem(key, value);
    return localStorage.getItem(key) === value;
  } catch {
    return false;
  }
}
