/**
 * What joins the measurement to any page, ours or a peer's, without changing it: the test picture in the place of a
 * captured screen, the moment of the click on Join, and the element that shows the picture.
 */
"use strict";

(() => {
  const STARTED_KEY = "bench-started-at-ms";
  /** The shared picture: ours by the name that assistive technology reads, a peer's by its mark. */
  const SHOWN = '[aria-label^="Screen shared by"], [data-screen]';

  if (navigator.mediaDevices) navigator.mediaDevices.getDisplayMedia = async () => picture.share();
  if (location.protocol === "about:") return;

  // Kept in the session, so that it outlives a page that Join leads to.
  const onClick = ({ target }) => {
    const button = target.closest?.("button, input[type=submit]");
    const name = (button?.textContent || button?.value || "").trim();
    if (name === "Join") sessionStorage.setItem(STARTED_KEY, String(picture.clock()));
  };
  addEventListener("click", onClick, { capture: true });
  /** Milliseconds from the click on Join to the first picture seen; rejects when there is none in time. */
  meter.joined = async (timeoutMs) => {
    const shownAtMs = await meter.firstShown(timeoutMs);
    return shownAtMs - Number(sessionStorage.getItem(STARTED_KEY));
  };

  // A picture that is there but still veiled has not been shown.
  meter.watch(() => {
    const marked = document.querySelector(SHOWN);
    return marked && getComputedStyle(marked).opacity === "1" ? marked.querySelector("canvas, video") : null;
  });
})();
