/** The invitation link: a number for the server, and after the `#` six words that browsers never send. */

/** Longer than any six words with separators; a fragment beyond it is no link of ours. */
const MAX_WORDS_CHARS = 200;

/** Return the words that a location's fragment carries, as written, or the empty string. */
export function wordsInFragment(hash: string): string {
  const raw = hash.startsWith("#") ? hash.slice(1) : hash;
  if (raw.length > MAX_WORDS_CHARS) return "";
  return unescapeText(raw).trim();
}

/** Return the words in what a person typed or pasted: a whole invitation link, or the words alone. */
export function wordsInText(typed: string): string {
  const fragment = typed.indexOf("#");
  return fragment < 0 ? typed.trim().slice(0, MAX_WORDS_CHARS) : wordsInFragment(typed.slice(fragment).trim());
}

export function invitationLink(joinUrl: string, words: string): string {
  return `${joinUrl}#${words}`;
}

/** The part of the link that one can read out: no words, no scheme. */
export function spokenAddress(joinUrl: string): string {
  return joinUrl.replace(/^https?:\/\//u, "");
}

function unescapeText(raw: string): string {
  try {
    return decodeURIComponent(raw);
  } catch {
    return raw;
  }
}
