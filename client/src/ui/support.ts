/** Whether this browser can hold a meeting, asked before anything else. */

export type SupportProblem = "insecure" | "no-crypto" | "no-codecs" | "no-canvas";

interface Abilities {
  readonly isSecureContext?: boolean;
  readonly crypto?: { readonly subtle?: unknown };
}

/** What the browser lacks, by the name of the global that brings it. */
const NEEDED: readonly (readonly [string, SupportProblem])[] = [
  ["VideoDecoder", "no-codecs"],
  ["VideoEncoder", "no-codecs"],
  ["OffscreenCanvas", "no-canvas"],
];

const SENTENCES: Readonly<Record<SupportProblem, string>> = {
  insecure:
    "This page came over an insecure connection, and browsers allow encryption keys only on secure ones. Open the link with https, or ask whoever runs this service.",
  "no-crypto":
    "This browser offers no cryptography to pages. Open the link in a current Chrome, Edge or Firefox on a computer.",
  "no-codecs":
    "This browser cannot read and write the meeting's pictures (WebCodecs is missing). Open the link in a current Chrome, Edge or Firefox on a computer.",
  "no-canvas":
    "This browser cannot draw the meeting's pictures (OffscreenCanvas is missing). Open the link in a current Chrome, Edge or Firefox on a computer.",
};

/** Return the first thing that `scope` lacks, or null. */
export function supportProblem(scope: object): SupportProblem | null {
  const abilities: Abilities = scope;
  // Without a secure context the browser hides the rest too: that is the reason to name.
  if (!abilities.isSecureContext) return "insecure";
  if (!abilities.crypto?.subtle) return "no-crypto";
  return NEEDED.find(([name]) => !(name in scope))?.[1] ?? null;
}

export function supportSentence(problem: SupportProblem): string {
  return SENTENCES[problem];
}
