import type { Person, Way } from "../room/state.ts";
import { CopyButton } from "./copy_button.tsx";
import { changeSentence, doubtAdvice, doubtful } from "./doubts.ts";
import type { MeetingFacts } from "./facts.ts";
import { WarningIcon } from "./icons.tsx";
import { NewWordsButton } from "./new_words.tsx";
import { Panel } from "./panel.tsx";
import { PolicyLinks } from "./policy_links.tsx";
import type { RoomModel } from "./room_model.ts";

const WAYS: Readonly<Record<Way | "none", string>> = {
  direct: "Direct (UDP): the fastest there is.",
  blocked:
    "Over WebSocket, because UDP is blocked here. Everything works and is encrypted just the same; on a poor network pictures may come later.",
  unsupported:
    "Over WebSocket, because this browser has no direct connection (UDP) to rely on. Everything is encrypted just the same; on a poor network pictures may come later.",
  none: "Being made…",
};

interface SecurityProps {
  readonly model: RoomModel;
  readonly facts: MeetingFacts;
  /** With the words; whoever has it can come in. */
  readonly link: string;
}

export function SecurityPanel({ model, facts, link }: SecurityProps) {
  return (
    <Panel model={model} name="security" title="Security">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section class="security" tabIndex={0} aria-label="About the meeting's encryption">
        <SafetyWords words={model.state.value.safetyWords} />
        {model.state.value.safetyChange && (
          <p class="safety-change">{changeSentence(model.state.value.safetyChange, undefined)}</p>
        )}
        <Doubts people={model.state.value.people} />
        <h3>Compare them aloud</h3>
        <p>
          One of you reads the four words out, the others look here. The same words for everyone mean that nobody sits
          between you, not even this service. Different words: leave, and ask the organizer for a new link.
        </p>
        <p>They change whenever somebody joins or leaves, because everyone then gets new keys.</p>
        <p>
          Between times your browsers do it for you: they send each other encrypted signs of life. If somebody's do not
          come, or cannot be opened, it stands here and with their name.
        </p>
        {model.canRenewWords && (
          <>
            <h3>The invitation link</h3>
            <p>
              Whoever has it can come in. If it is in wrong hands, give the meeting new words, and send the new link.
            </p>
            <p>
              <CopyButton text={link} label="Copy the invitation" /> <NewWordsButton model={model} />
            </p>
          </>
        )}
        <h3>What is encrypted</h3>
        <p>
          Shared screens and chat, from browser to browser, always. Keys exist only in the browsers of those in the
          meeting. Whoever is removed opens nothing that follows; whoever comes late, nothing from before.
        </p>
        <h3>What the server can see</h3>
        <p>
          The meeting's subject, who is here under which name and for how long, when something is sent and how large it
          is. Never what it says or shows.
        </p>
        {facts.recordDays > 0 && (
          <p>
            Of this meeting it keeps a record for {facts.recordDays} days: when everyone sent something and how large it
            was, to find out why a meeting was slow. Whoever organizes a meeting can switch that off.{" "}
            {facts.recordUrl && (
              <a href={facts.recordUrl} target="_blank" rel="noopener">
                Look at it
              </a>
            )}
          </p>
        )}
        <h3>Your connection</h3>
        <p>{WAYS[model.state.value.way ?? "none"]}</p>
        <PolicyLinks facts={facts} />
      </section>
    </Panel>
  );
}

function Doubts({ people }: { people: readonly Person[] }) {
  const doubts = doubtful(people);
  if (doubts.length === 0) return null;
  return (
    <ul class="doubts" aria-label="Warnings">
      {doubts.map((person) => (
        <li key={person.device}>
          <WarningIcon />
          <span>{doubtAdvice(person)}</span>
        </li>
      ))}
    </ul>
  );
}

function SafetyWords({ words }: { words: readonly string[] | null }) {
  if (!words) return <p class="empty-note">The safety words appear here as soon as you have the meeting's key.</p>;
  return (
    <section class="safety" aria-label="Safety words">
      <ol class="safety-words">
        {words.map((word, index) => (
          <li key={`${index}-${word}`}>{word}</li>
        ))}
      </ol>
    </section>
  );
}
