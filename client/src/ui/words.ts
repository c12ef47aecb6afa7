/** Whether words open this meeting, and what to tell the person if they do not. */

import type { WordsVerdict as Judged } from "../room/state.ts";
import { wordsInFragment, wordsInText } from "./link.ts";

/** Says of words as typed whether they open the meeting; rejects when it cannot. */
export type JudgeWords = (text: string) => Promise<Judged>;

export type WordsVerdict = { readonly ok: true; readonly words: string } | WordsProblem;

export interface WordsProblem {
  readonly ok: false;
  /** `unloaded`: the code that reads words did not come, so that nothing can be said of the words. */
  readonly problem: "none" | "count" | "unknown" | "mismatch" | "unloaded";
  readonly unknown: readonly string[];
  readonly count: number;
}

export type VerifyWords = (typed: string) => Promise<WordsVerdict>;

/** Return a function that has words judged, or those in a link. */
export function wordsVerifier(judge: JudgeWords): VerifyWords {
  return async (typed) => {
    const text = wordsInText(typed);
    return text === "" ? refused("none") : judge(text).catch(() => refused("unloaded"));
  };
}

function refused(problem: "none" | "unloaded"): WordsProblem {
  return { ok: false, problem, unknown: [], count: 0 };
}

/** Return what to tell about words that do not open the meeting. */
export function wordsSentence(verdict: WordsProblem): string {
  switch (verdict.problem) {
    case "none":
      return "Please type the six words of the invitation.";
    case "count":
      return `The invitation has six words; these are ${verdict.count}.`;
    case "unknown":
      return unknownSentence(verdict.unknown);
    case "mismatch":
      return "These words are not the ones of this meeting. Perhaps the organizer has made new ones: ask for the latest link.";
    case "unloaded":
      return "This page could not load all of itself. Check your network and try again.";
    default:
      return verdict.problem satisfies never;
  }
}

function unknownSentence(unknown: readonly string[]): string {
  const quoted = unknown.slice(0, 3).map((word) => `“${word.slice(0, 20)}”`);
  if (quoted.length === 1) return `${quoted[0]} is not a word of any invitation. Please check the spelling.`;
  return `${quoted.join(", ")} are not words of any invitation. Please check the spelling.`;
}

/** What the join page knows of the words before the person has typed anything. */
export type LinkWords =
  | { readonly status: "checking" }
  | { readonly status: "known"; readonly words: string }
  | { readonly status: "asked"; readonly sentence: string };

/** Look for the words in the address, then in what this browser remembers of the organizer's own meeting. */
export async function findWords(verify: VerifyWords, hash: string, remembered: string | null): Promise<LinkWords> {
  const inLink = wordsInFragment(hash);
  for (const candidate of [inLink, remembered ?? ""].filter(Boolean)) {
    const verdict = await verify(candidate);
    if (verdict.ok) return { status: "known", words: verdict.words };
    if (verdict.problem === "unloaded") return { status: "asked", sentence: wordsSentence(verdict) };
  }
  return { status: "asked", sentence: inLink ? WRONG_LINK : NO_WORDS };
}

const WRONG_LINK =
  "The words in your link do not fit this meeting. Type the six words, or ask the organizer for the latest link.";
const NO_WORDS =
  "Your link came without the meeting's six words. They stand at its end, or the organizer can tell you.";
