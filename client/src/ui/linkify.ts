/** Chat text as pieces: plain text and the links in it that are safe to follow. */

export type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly href: string };

const ADDRESS = /https?:\/\/[^\s<>"]+/giu;
const OPENERS: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };
const SENTENCE_ENDS = ".,;:!?'’”»*_";
/** Characters that turn the reading direction or are not seen could make an address look like another one. */
const DECEPTIVE = /[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u;

export function linkify(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const link = readLink(match[0]);
    if (!link) continue;
    if (match.index > from) pieces.push({ kind: "text", text: text.slice(from, match.index) });
    pieces.push(link);
    from = match.index + link.text.length;
  }
  if (from < text.length) pieces.push({ kind: "text", text: text.slice(from) });
  return pieces;
}

function readLink(found: string): (Piece & { kind: "link" }) | null {
  const address = withoutTail(found);
  if (DECEPTIVE.test(address) || !URL.canParse(address)) return null;
  const url = new URL(address);
  const isWeb = url.protocol === "https:" || url.protocol === "http:";
  // "https://bank.example@mallory.example" looks like the bank's.
  if (!isWeb || url.username || url.password) return null;
  return { kind: "link", text: address, href: url.href };
}

/** Leave out what ends the sentence rather than the address; a closing bracket stays if it was opened inside. */
function withoutTail(found: string): string {
  const surplus = surplusClosers(found);
  let end = found.length;
  for (let last = found[end - 1]; last !== undefined; last = found[end - 1]) {
    const tooMany = surplus.get(last);
    if (tooMany === undefined ? !SENTENCE_ENDS.includes(last) : tooMany <= 0) break;
    if (tooMany !== undefined) surplus.set(last, tooMany - 1);
    end -= 1;
  }
  return found.slice(0, end);
}

/** Count once for the whole address, so that a long row of brackets costs no more than other text. */
function surplusClosers(found: string): Map<string, number> {
  const surplus = new Map(Object.values(OPENERS).map((closer) => [closer, 0]));
  for (const character of found) {
    const closer = OPENERS[character];
    if (closer) surplus.set(closer, (surplus.get(closer) ?? 0) - 1);
    else if (surplus.has(character)) surplus.set(character, (surplus.get(character) ?? 0) + 1);
  }
  return surplus;
}
