import { MinusIcon, PlusIcon } from "./icons.tsx";
import { percent } from "./zoom.ts";
import type { ZoomView } from "./zoom_view.ts";

/** How large the shared screen is shown, and the ways to change that. */
export function ZoomTools({ view }: { readonly view: ZoomView }) {
  const isFitted = view.scale.value === null;
  const level = percent(view.shown.value);
  return (
    <fieldset class="zoom-tools">
      <legend class="visually-hidden">Size of the picture</legend>
      <button
        type="button"
        class="icon-button"
        aria-label="Smaller"
        aria-keyshortcuts="-"
        aria-disabled={isFitted}
        onClick={() => view.step(-1)}
      >
        <MinusIcon />
      </button>
      <output class="zoom-level">
        {level}
        <span class="visually-hidden">{isFitted ? ", fitted in" : ""}</span>
      </output>
      <button type="button" class="icon-button" aria-label="Larger" aria-keyshortcuts="+" onClick={() => view.step(1)}>
        <PlusIcon />
      </button>
      <button
        type="button"
        class="button button-plain"
        aria-pressed={isFitted}
        aria-keyshortcuts="0"
        title="As large as the window allows (0)"
        onClick={() => view.fit()}
      >
        Fit
      </button>
      <button
        type="button"
        class="button button-plain"
        aria-pressed={!isFitted && level === percent(1)}
        aria-keyshortcuts="1"
        title="One pixel of the picture for one of your display (1)"
        onClick={() => view.actual()}
      >
        100 %
      </button>
    </fieldset>
  );
}
