/** An invitation as the person's own mail program sends it: it never passes our servers. */

import { formatWhen } from "./clock.ts";
import type { InvitationFacts } from "./facts.ts";
import { invitationLink } from "./link.ts";

export function mailAddress(facts: InvitationFacts, words: string, locale: string | undefined): string {
  const subject = encodeURIComponent(`Invitation: ${facts.subject}`);
  return `mailto:?subject=${subject}&body=${encodeURIComponent(invitationText(facts, words, locale))}`;
}

export function invitationText(facts: InvitationFacts, words: string, locale: string | undefined): string {
  const when = formatWhen(facts, locale);
  return [
    facts.subject,
    ...(when ? [`When: ${when}`] : []),
    `Join: ${invitationLink(facts.joinUrl, words)}`,
    "",
    `Or open ${facts.joinUrl} and type these words: ${words.replaceAll("-", " ")}`,
    "The meeting is end-to-end encrypted. Whoever has the words can join, so pass them on with care.",
  ].join("\r\n");
}
