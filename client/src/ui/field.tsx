import type { RefObject } from "preact";
import { useId } from "preact/hooks";

interface FieldProps {
  readonly label: string;
  readonly value: string;
  /** What is wrong, or null; told together with the field. */
  readonly problem: string | null;
  readonly hint?: string;
  readonly inputRef?: RefObject<HTMLInputElement>;
  readonly autoComplete?: "name" | "off";
  readonly spellcheck?: boolean;
  onInput(value: string): void;
}

/** A labelled line of text with its hint and its problem. */
export function Field({
  label,
  value,
  problem,
  hint,
  inputRef,
  autoComplete = "off",
  spellcheck = true,
  onInput,
}: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        ref={inputRef ?? null}
        class="field-input"
        type="text"
        dir="auto"
        value={value}
        autoComplete={autoComplete}
        autoCapitalize={autoComplete === "name" ? "words" : "none"}
        spellcheck={spellcheck}
        aria-invalid={problem !== null || undefined}
        aria-describedby={`${id}-about`}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      <p id={`${id}-about`} class={problem ? "hint hint-bad" : "hint"} aria-live="polite">
        {problem ?? hint}
      </p>
    </div>
  );
}
