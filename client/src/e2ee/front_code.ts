/** Sorted words in little room: of each word only what differs from the word before, and how much of that one it keeps. */

/** "A" for nothing kept, "B" for one letter, and so on; the words themselves are in lower case. */
const NONE = "A".charCodeAt(0);

/** Used by the build (vite.config.ts), which packs the list of words. */
export function packWords(words: readonly string[]): string {
  return words.map((word, at) => packWord(word, words[at - 1] ?? "")).join("");
}

function packWord(word: string, before: string): string {
  let kept = 0;
  while (kept < before.length && word[kept] === before[kept]) kept += 1;
  return String.fromCharCode(NONE + kept) + word.slice(kept);
}

export function unpackWords(packed: string): string[] {
  const words: string[] = [];
  for (const [, kept = "", rest] of packed.matchAll(/([A-Z])([a-z]*)/g)) {
    words.push((words.at(-1) ?? "").slice(0, kept.charCodeAt(0) - NONE) + rest);
  }
  return words;
}
