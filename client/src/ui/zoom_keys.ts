/** Keys for the shared screen: larger, smaller, fitted in, pixel by pixel, and moved while it is larger than its place. */

import { isMeantForOthers, isOn } from "./keys.ts";
import type { ZoomView } from "./zoom_view.ts";

/** A good part of what is seen, and never all of it. */
const PAN_PX = 120;

const ACTS: Readonly<Record<string, (view: ZoomView) => void>> = {
  "+": (view) => view.step(1),
  // The same key without Shift, on many keyboards.
  "=": (view) => view.step(1),
  "-": (view) => view.step(-1),
  "0": (view) => view.fit(),
  "1": (view) => view.actual(),
};
const PANS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-PAN_PX, 0],
  ArrowRight: [PAN_PX, 0],
  ArrowUp: [0, -PAN_PX],
  ArrowDown: [0, PAN_PX],
};
/** Where arrows mean something else. */
const SCROLLED = "[tabindex='0']:not(.picture-frame), [role='log'], [popover]";

/** Listen to them until the returned function is called. */
export function listenToZoomKeys(view: ZoomView): () => void {
  const onKeyDown = (event: KeyboardEvent): void => {
    if (isMeantForOthers(event)) return;
    ACTS[event.key]?.(view);
    const pan = PANS[event.key];
    if (pan === undefined || view.scale.value === null || isOn(event, SCROLLED)) return;
    event.preventDefault();
    view.pan(...pan);
  };
  addEventListener("keydown", onKeyDown);
  return () => removeEventListener("keydown", onKeyDown);
}
