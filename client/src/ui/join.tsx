import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ConnectionLink } from "./connection.tsx";
import { CopyButton } from "./copy_button.tsx";
import { Door } from "./door.tsx";
import type { MeetingFacts } from "./facts.ts";
import { Field } from "./field.tsx";
import { KeyIcon, WarningIcon } from "./icons.tsx";
import { JoinDevices } from "./join_devices.tsx";
import { nameProblem } from "./person_name.ts";
import type { RoomModel } from "./room_model.ts";
import { type SupportProblem, supportSentence } from "./support.ts";
import { type LinkWords, type VerifyWords, type WordsVerdict, wordsSentence } from "./words.ts";

interface JoinProps {
  readonly facts: MeetingFacts;
  readonly linkWords: Signal<LinkWords>;
  readonly name: string;
  readonly verify: VerifyWords;
  readonly model: RoomModel;
  onJoin(name: string, words: string): void;
}

/** The door: a name, and the words if the link came without them. */
export function Join({ facts, linkWords, name: knownName, verify, model, onJoin }: JoinProps) {
  const name = useSignal(knownName);
  const typed = useSignal("");
  const nameError = useSignal<string | null>(null);
  const wordsError = useSignal<string | null>(null);
  const isChecking = useSignal(false);
  const form = useRef<HTMLFormElement>(null);
  const asks = linkWords.value.status === "asked";
  useFirstFocus(form, asks);

  const join = async (): Promise<void> => {
    nameError.value = nameProblem(name.value);
    if (nameError.value) return focusField(form.current, 0);
    isChecking.value = true;
    const verdict = await wordsToUse(linkWords, typed.value, verify).finally(() => (isChecking.value = false));
    if (verdict === null) return;
    if (verdict.ok) return onJoin(name.value.trim(), verdict.words);
    wordsError.value = wordsSentence(verdict);
    focusField(form.current, 1);
  };

  return (
    <Door facts={facts}>
      <h1>{facts.subject || "Join the meeting"}</h1>
      {facts.hasEnded && <p class="callout">This meeting has ended. When you join, you open it again for everyone.</p>}
      <form
        ref={form}
        class="door-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void join();
        }}
      >
        <Field
          label="Your name"
          value={name.value}
          problem={nameError.value}
          hint="The others in the meeting see it."
          autoComplete="name"
          spellcheck={false}
          onInput={(value) => {
            name.value = value;
            nameError.value = null;
          }}
        />
        {linkWords.value.status === "asked" && (
          <>
            <p class="callout">
              <KeyIcon />
              <span>{linkWords.value.sentence}</span>
            </p>
            <Field
              label="Meeting words"
              value={typed.value}
              problem={wordsError.value}
              hint="Six words, with spaces or hyphens between them."
              spellcheck={false}
              onInput={(value) => {
                typed.value = value;
                wordsError.value = null;
              }}
            />
          </>
        )}
        <JoinDevices devices={model.devices} />
        <button type="submit" class="button button-primary button-large" aria-disabled={isChecking.value}>
          Join
        </button>
      </form>
      <p class="door-test">
        <ConnectionLink model={model} facts={facts} />
      </p>
      <p class="door-note">
        End-to-end encrypted: voices, cameras, screens and chat can be opened only by those in the meeting, never by the
        servers.
        {facts.recordDays > 0 &&
          ` A record of when something is sent, and how large it is, is kept for ${facts.recordDays} days.`}
      </p>
    </Door>
  );
}

/** The link's words if they fit, else what was typed; null when the link's words have only now turned out not to fit. */
async function wordsToUse(
  linkWords: Signal<LinkWords>,
  typed: string,
  verify: VerifyWords,
): Promise<WordsVerdict | null> {
  const wasChecking = linkWords.peek().status === "checking";
  const found = await settled(linkWords);
  if (found.status === "known") return { ok: true, words: found.words };
  return wasChecking ? null : verify(typed);
}

type SettledWords = Exclude<LinkWords, { status: "checking" }>;

function settled(linkWords: Signal<LinkWords>): Promise<SettledWords> {
  return new Promise((resolve) => {
    const stop = linkWords.subscribe((now) => {
      if (now.status === "checking") return;
      resolve(now);
      queueMicrotask(() => stop());
    });
  });
}

/** Start where the person has something to do: the first empty field, else the button. */
function useFirstFocus(form: { readonly current: HTMLFormElement | null }, asks: boolean): void {
  useEffect(() => {
    const fields = [...(form.current?.querySelectorAll("input") ?? [])];
    const place =
      fields.find((field) => field.value === "") ?? form.current?.querySelector<HTMLElement>("[type=submit]");
    place?.focus();
  }, [asks]);
}

function focusField(form: HTMLFormElement | null, index: number): void {
  form?.querySelectorAll("input")[index]?.focus();
}

/** A browser that cannot hold a meeting: which of its lacks is to blame, and the link to take elsewhere. */
export function Unsupported({ facts, problem }: { facts: MeetingFacts; problem: SupportProblem }) {
  return (
    <Door facts={facts}>
      <h1>This browser cannot join</h1>
      <p class="callout callout-warn">
        <WarningIcon />
        <span>{supportSentence(problem)}</span>
      </p>
      <div class="door-actions">
        <CopyButton text={location.href} label="Copy the link" class="button button-primary" />
        <a class="button" href={facts.homeUrl}>
          Back to the start
        </a>
      </div>
    </Door>
  );
}

/** The organizer has not opened the meeting yet, so there are no words to compare with. */
export function NotReady({ facts }: { facts: MeetingFacts }) {
  return (
    <Door facts={facts}>
      <h1>The meeting is not ready yet</h1>
      <p>
        {facts.isOrganizer
          ? "It has no words yet. Open its page on this site once: your browser then makes the invitation link."
          : "The organizer has not made its invitation link yet. Ask for it, or try again in a while."}
      </p>
      <div class="door-actions">
        <button type="button" class="button button-primary" onClick={() => location.reload()}>
          Try again
        </button>
        <a class="button" href={facts.homeUrl}>
          Back to the start
        </a>
      </div>
    </Door>
  );
}
