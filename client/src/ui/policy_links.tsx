import type { MeetingFacts } from "./facts.ts";

/** Policy and terms, in a tab of their own: reading them must not end a meeting. */
export function PolicyLinks({ facts }: { facts: MeetingFacts }) {
  return (
    <p class="policy-links">
      <a href={facts.privacyUrl} target="_blank" rel="noopener">
        Privacy policy
      </a>
      <a href={facts.termsUrl} target="_blank" rel="noopener">
        Terms of service
      </a>
    </p>
  );
}
