/** How large an element is and whether it is in sight, as long as it is there. */

import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";

/** Displays that are sharper still would double the bits for what nobody sees in a face. */
const MAX_SHARPNESS = 2;

/** Tell the height of `element` in pixels of the display whenever it changes; 0 while it is not in sight, and at the end. */
export function useSight(element: RefObject<HTMLElement | null>, tell: ((heightPx: number) => void) | null): void {
  useEffect(() => (element.current && tell ? watchSight(element.current, tell) : undefined), [element, tell]);
}

function watchSight(element: HTMLElement, tell: (heightPx: number) => void): () => void {
  let [isInView, told] = [false, 0];
  const look = (): void => {
    const isSeen = isInView && (!document.hidden || element.contains(document.pictureInPictureElement));
    const heightPx = isSeen ? Math.round(element.clientHeight * Math.min(devicePixelRatio, MAX_SHARPNESS)) : 0;
    if (heightPx !== told) tell(heightPx);
    told = heightPx;
  };
  const view = new IntersectionObserver((entries) => {
    isInView = entries.at(-1)?.isIntersecting ?? false;
    look();
  });
  const size = new ResizeObserver(look);
  view.observe(element);
  size.observe(element);
  document.addEventListener("visibilitychange", look);
  return () => {
    view.disconnect();
    size.disconnect();
    document.removeEventListener("visibilitychange", look);
    if (told > 0) tell(0);
  };
}
