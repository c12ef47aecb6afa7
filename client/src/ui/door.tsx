import type { ComponentChildren } from "preact";
import type { MeetingFacts } from "./facts.ts";
import { Brand } from "./icons.tsx";
import { PolicyLinks } from "./policy_links.tsx";

/** The card before and after the room. */
export function Door({ facts, children }: { readonly facts: MeetingFacts; readonly children: ComponentChildren }) {
  return (
    <main class="door">
      <div class="door-card">
        <p class="door-brand">
          <Brand />
          Conclave <span class="door-number">{facts.number}</span>
        </p>
        {children}
        <PolicyLinks facts={facts} />
      </div>
    </main>
  );
}
