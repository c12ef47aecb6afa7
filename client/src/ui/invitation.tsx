import { useSignal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";
import { CopyButton } from "./copy_button.tsx";
import { ConfirmDialog } from "./dialog.tsx";
import type { InvitationFacts } from "./facts.ts";
import { Field } from "./field.tsx";
import { MailIcon, PassOnIcon } from "./icons.tsx";
import type { Keyholder } from "./keyholder.ts";
import { invitationLink, spokenAddress } from "./link.ts";
import { invitationText, mailAddress } from "./mail.ts";
import { wordsSentence } from "./words.ts";

interface InvitationProps {
  readonly facts: InvitationFacts;
  readonly keyholder: Keyholder;
}

/** The organizer's view of the meeting key: the link to pass on, or what to do when this browser lacks it. */
export function Invitation({ facts, keyholder }: InvitationProps) {
  useEffect(() => void keyholder.start(), [keyholder]);
  const state = keyholder.state.value;
  switch (state.name) {
    case "making":
      return (
        <p class="invitation-note" aria-live="polite">
          Making the invitation link in your browser…
        </p>
      );
    case "ready":
      return <Ready facts={facts} words={state.words} isRemembered={state.isRemembered} keyholder={keyholder} />;
    case "missing":
      return <Missing keyholder={keyholder} />;
    case "failed":
      return <Failed sentence={state.sentence} keyholder={keyholder} />;
    default:
      return state satisfies never;
  }
}

interface ReadyProps extends InvitationProps {
  readonly words: string;
  readonly isRemembered: boolean;
}

function Ready({ facts, words, isRemembered, keyholder }: ReadyProps) {
  const id = useId();
  const link = invitationLink(facts.joinUrl, words);
  return (
    <>
      <a class="button button-primary button-large invitation-start" href={link}>
        Start meeting
      </a>
      <div class="field">
        <label for={id}>Invitation link</label>
        <input
          id={id}
          class="field-input link-field"
          type="text"
          readOnly
          value={link}
          aria-describedby={`${id}-about`}
          onFocus={(event) => event.currentTarget.select()}
        />
        <p id={`${id}-about`} class="hint">
          {isRemembered
            ? "Made in your browser and remembered only there. The part after # is the meeting's key; our servers never see it."
            : "This browser keeps nothing between visits: copy the link now. The part after # is the meeting's key; our servers never see it."}
        </p>
      </div>
      <div class="invitation-actions">
        <CopyButton text={link} label="Copy" />
        {"share" in navigator && <ShareButton facts={facts} words={words} />}
        <a class="button" href={mailAddress(facts, words, undefined)}>
          <MailIcon />
          Mail
        </a>
      </div>
      <Spoken facts={facts} words={words} />
      <NewWords keyholder={keyholder} />
    </>
  );
}

function ShareButton({ facts, words }: { facts: InvitationFacts; words: string }) {
  const share = (): void => {
    // The person closing the sheet rejects the promise: that is no error.
    navigator.share({ title: facts.subject, text: invitationText(facts, words, undefined) }).catch(() => undefined);
  };
  return (
    <button type="button" class="button" onClick={share}>
      <PassOnIcon />
      Share
    </button>
  );
}

/** The same two things for the phone. */
function Spoken({ facts, words }: { facts: InvitationFacts; words: string }) {
  return (
    <section class="spoken" aria-labelledby="spoken-title">
      <h3 id="spoken-title">To say on the phone</h3>
      <p>
        Open <b>{spokenAddress(facts.joinUrl)}</b> and type these six words:
      </p>
      <ol class="spoken-words">
        {words.split("-").map((word, index) => (
          <li key={`${index}-${word}`}>{word}</li>
        ))}
      </ol>
    </section>
  );
}

function Missing({ keyholder }: { keyholder: Keyholder }) {
  const typed = useSignal("");
  const problem = useSignal<string | null>(null);
  const accept = async (): Promise<void> => {
    const verdict = await keyholder.verify(typed.value);
    if (verdict.ok) await keyholder.accept(verdict.words);
    else problem.value = wordsSentence(verdict);
  };
  return (
    <>
      <p class="callout">
        <span>
          The words of this meeting are kept in the browser where you made it, and nowhere else. Paste the invitation
          link here, or type its six words, and this browser will know them too.
        </span>
      </p>
      <form
        class="invitation-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void accept();
        }}
      >
        <Field
          label="Invitation link or meeting words"
          value={typed.value}
          problem={problem.value}
          spellcheck={false}
          onInput={(value) => {
            typed.value = value;
            problem.value = null;
          }}
        />
        <button type="submit" class="button button-primary">
          Use these words
        </button>
      </form>
      <NewWords keyholder={keyholder} />
    </>
  );
}

function NewWords({ keyholder }: { keyholder: Keyholder }) {
  const isAsking = useSignal(false);
  return (
    <p class="new-words">
      <button type="button" class="link-button" onClick={() => (isAsking.value = true)}>
        Make new words
      </button>{" "}
      if the link fell into wrong hands or was lost.
      {isAsking.value && (
        <ConfirmDialog
          title="Make new words?"
          text="Every link you have passed on stops working, and you will have to send the new one. Whoever is in the meeting now is put out as soon as somebody comes in by the new link."
          confirm="Replace the words"
          onConfirm={() => void keyholder.replace()}
          onClose={() => (isAsking.value = false)}
        />
      )}
    </p>
  );
}

function Failed({ sentence, keyholder }: { sentence: string; keyholder: Keyholder }) {
  return (
    <div role="alert">
      <p class="callout callout-warn">
        <span>{sentence}</span>
      </p>
      <button type="button" class="button" onClick={() => void keyholder.start()}>
        Try again
      </button>
    </div>
  );
}
