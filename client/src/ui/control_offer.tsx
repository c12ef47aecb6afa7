import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import type { OfferView, RequestView, Scope } from "../room/state.ts";
import { problemText } from "./control_text.ts";
import { Words } from "./control_tools.tsx";
import { CopyButton } from "./copy_button.tsx";
import { Modal } from "./dialog.tsx";
import { Field } from "./field.tsx";
import type { RoomModel } from "./room_model.ts";

const MINUTES = [5, 15, 30, 60, 240] as const;
const USUAL_MINUTES = 30;
const INSTALL = 'pip install "conclave[helper]"';
/** With the address, pages of no other one are heard. */
const start = (): string => `conclave helper ${location.origin}`;

interface OfferProps {
  /** Whom the person is about to give control; null once it is offered. */
  readonly request: RequestView | null;
  readonly offer: OfferView | null;
  readonly model: RoomModel;
}

/** From the choice of what to allow, by way of the helper, to the moment when its person has allowed it. */
export function OfferDialog({ request, offer, model }: OfferProps) {
  const name = (offer ?? request)?.name ?? "";
  const close = (): void => {
    model.control.choosing.value = null;
    if (model.state.value.control.offer) model.send({ type: "take-back-control" });
  };
  return (
    <Modal title={`Give control to ${name}`} onClose={close}>
      {!offer && request && <Choice request={request} model={model} onClose={close} />}
      {offer?.step === "code" && <Pairing offer={offer} model={model} onClose={close} />}
      {offer?.step === "connecting" && <Waiting text="Looking for Conclave Helper on this computer…" onClose={close} />}
      {offer?.step === "asking" && <Asking offer={offer} onClose={close} />}
      {offer?.step === "refused" && <Refused offer={offer} model={model} onClose={close} />}
    </Modal>
  );
}

interface ChoiceProps {
  readonly request: RequestView;
  readonly model: RoomModel;
  onClose(): void;
}

function Choice({ request, model, onClose }: ChoiceProps) {
  const hasKeyboard = useSignal(true);
  const mayPaste = useSignal(false);
  const mayCopy = useSignal(false);
  const minutes = useSignal<number>(USUAL_MINUTES);
  const give = (event: Event): void => {
    event.preventDefault();
    const scope: Scope = [
      "mouse",
      ...(hasKeyboard.value ? (["keyboard"] as const) : []),
      ...(mayPaste.value ? (["paste"] as const) : []),
      ...(mayCopy.value ? (["copy"] as const) : []),
    ];
    model.control.tellSurface();
    model.send({ type: "give-control", key: request.key, scope, seconds: minutes.value * 60 });
    model.control.choosing.value = null;
  };
  return (
    <form class="offer" onSubmit={give}>
      <p>
        <bdi>{request.name}</bdi> can then do on this computer what you can do. You see it happen, and stop it whenever
        you want.
      </p>
      <fieldset>
        <legend>What</legend>
        <Pick type="radio" label="Mouse and keyboard" is={hasKeyboard.value} on={() => (hasKeyboard.value = true)} />
        <Pick type="radio" label="Mouse only" is={!hasKeyboard.value} on={() => (hasKeyboard.value = false)} />
      </fieldset>
      <fieldset>
        <legend>Copied text</legend>
        <Pick
          type="checkbox"
          label={`${request.name} can paste text here`}
          is={mayPaste.value}
          on={() => (mayPaste.value = !mayPaste.value)}
        />
        <Pick
          type="checkbox"
          label={`${request.name} gets the text that is copied here`}
          is={mayCopy.value}
          on={() => (mayCopy.value = !mayCopy.value)}
        />
      </fieldset>
      <label class="offer-minutes">
        For
        <select
          class="field-input"
          value={minutes.value}
          onChange={(event) => (minutes.value = Number(event.currentTarget.value))}
        >
          {MINUTES.map((each) => (
            <option key={each} value={each}>
              {each < 60 ? `${each} minutes` : each === 60 ? "1 hour" : `${each / 60} hours`}
            </option>
          ))}
        </select>
      </label>
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>
          Cancel
        </button>
        <button type="submit" class="button button-primary">
          Give control
        </button>
      </div>
    </form>
  );
}

interface PickProps {
  readonly type: "radio" | "checkbox";
  readonly label: string;
  readonly is: boolean;
  on(): void;
}

function Pick({ type, label, is, on }: PickProps) {
  return (
    <label class="offer-pick">
      <input type={type} name={type === "radio" ? "offer-what" : undefined} checked={is} onChange={on} />
      {label}
    </label>
  );
}

interface StepProps {
  readonly offer: OfferView;
  readonly model: RoomModel;
  onClose(): void;
}

/** The helper shows digits; typed in here, they show it that this page is the one in front of its person. */
function Pairing({ offer, model, onClose }: StepProps) {
  const code = useSignal("");
  const pair = (event: Event): void => {
    event.preventDefault();
    model.send({ type: "pair-helper", code: code.value });
  };
  return (
    <form class="offer" onSubmit={pair}>
      <p>
        A program on this computer, Conclave Helper, moves mouse and keys: it asks you itself, and obeys nobody whom you
        have not allowed.
      </p>
      <Field
        label="Code that Conclave Helper shows"
        hint="8 digits"
        value={code.value}
        problem={problemText(offer.problem)}
        spellcheck={false}
        onInput={(value) => (code.value = value)}
      />
      <Guide />
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>
          Cancel
        </button>
        <button type="submit" class="button button-primary">
          Connect
        </button>
      </div>
    </form>
  );
}

/** How to come by the helper on a system like this one. */
function Guide() {
  return (
    <details class="offer-guide">
      <summary>It is not running?</summary>
      <p>{guideOf(navigator.platform)}</p>
      <Command text={INSTALL} label="Install it, once:" />
      <Command text={start()} label="Start it:" />
    </details>
  );
}

function guideOf(platform: string): string {
  if (platform.startsWith("Win")) return "Open PowerShell, with Python 3.11 or later installed, and type:";
  if (platform.startsWith("Mac")) {
    return "Open Terminal and type the following. macOS asks you once to allow it under Privacy & Security, Accessibility.";
  }
  return "Open a terminal and type:";
}

function Command({ text, label }: { text: string; label: string }) {
  const id = useId();
  return (
    <div class="offer-command">
      <p id={id}>{label}</p>
      <code>{text}</code>
      <CopyButton text={text} label="Copy" />
    </div>
  );
}

function Asking({ offer, onClose }: Omit<StepProps, "model">) {
  return (
    <div class="offer">
      <p>
        Now press <b>Allow</b> in Conclave Helper. It shows the name <bdi>{offer.name}</bdi> and these words, which{" "}
        <bdi>{offer.name}</bdi> sees, too: have them read out if you are not sure who is asking.
      </p>
      <p class="offer-words">
        <Words words={offer.words} />
      </p>
      <Cancel onClose={onClose} />
    </div>
  );
}

function Waiting({ text, onClose }: { text: string; onClose(): void }) {
  return (
    <div class="offer">
      <p role="status">
        <span class="spinner" aria-hidden="true" /> {text}
      </p>
      <Cancel onClose={onClose} />
    </div>
  );
}

function Refused({ offer, model, onClose }: StepProps) {
  const again = (): void => {
    model.control.choosing.value = offer.key;
    model.send({ type: "take-back-control" });
  };
  return (
    <div class="offer">
      <p role="alert">{problemText(offer.problem)}</p>
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>
          Cancel
        </button>
        <button type="button" class="button button-primary" onClick={again}>
          Ask again
        </button>
      </div>
    </div>
  );
}

function Cancel({ onClose }: { onClose(): void }) {
  return (
    <div class="dialog-actions">
      <button type="button" class="button" onClick={onClose}>
        Cancel
      </button>
    </div>
  );
}
