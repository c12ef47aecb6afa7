import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { CheckIcon, CopyIcon } from "./icons.tsx";

/** Long enough to be read, short enough that the button soon is itself again. */
const CONFIRMED_MS = 4000;

/** A button that copies `text` and says so, to eyes and ears. */
export function CopyButton({ text, label, class: look = "button" }: { text: string; label: string; class?: string }) {
  const outcome = useSignal<"" | "Copied" | "Could not copy: select the text and copy it by hand">("");
  useEffect(() => {
    if (!outcome.value) return;
    const timer = setTimeout(() => {
      outcome.value = "";
    }, CONFIRMED_MS);
    return () => clearTimeout(timer);
  }, [outcome.value]);
  const copy = async (): Promise<void> => {
    outcome.value = (await wasCopied(text)) ? "Copied" : "Could not copy: select the text and copy it by hand";
  };
  return (
    <span class="copy">
      <button type="button" class={look} onClick={() => void copy()}>
        {outcome.value === "Copied" ? <CheckIcon /> : <CopyIcon />}
        {label}
      </button>
      <span class="copy-outcome" aria-live="polite">
        {outcome.value}
      </span>
    </span>
  );
}

async function wasCopied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
