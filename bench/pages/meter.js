/**
 * What the pages themselves tell: when the first picture was shown, where its stamp is on the screen, and what workers
 * say that they have just drawn (drawn.js). The pictures of a running share are looked at from outside, on the glass.
 */
"use strict";

globalThis.meter = (() => {
  const { clock, read, stripIn } = globalThis.picture;
  const CHANNEL = "bench";

  let drawn = [];
  let received = { bytes: 0, codec: null };
  const shown = Promise.withResolvers();
  let isShown = false;
  let unreadable = 0;
  let find = () => null;

  /** Read what `element` (canvas or video) shows now. */
  async function look(element, atMs) {
    let frame;
    try {
      frame = new VideoFrame(element, { timestamp: 0 });
    } catch {
      return; // nothing to see in it yet
    }
    try {
      isShown = (await read(frame, atMs)) !== null;
      if (isShown) shown.resolve(atMs);
      else unreadable += 1;
    } finally {
      frame.close();
    }
  }

  /**
   * Look at the element that `finder` returns on every animation frame until it has shown a picture. No longer: reading
   * an element copies all of it, which would cost whoever is measured.
   */
  function watch(finder) {
    find = finder;
    let busy = false;
    const onFrame = () => {
      const element = find();
      if (element && !busy) {
        busy = true;
        look(element, clock()).finally(() => {
          busy = false;
        });
      }
      if (!isShown) requestAnimationFrame(onFrame);
    };
    requestAnimationFrame(onFrame);
  }

  new BroadcastChannel(CHANNEL).onmessage = ({ data }) => {
    if (data.stamp) drawn.push(data.stamp);
    received = { bytes: received.bytes + (data.bytes ?? 0), codec: data.codec ?? received.codec };
  };

  /** Forget what was drawn so far: a measurement begins. */
  function reset() {
    drawn = [];
  }

  const result = () => ({ drawn, received });

  /** Where on the screen the stamp of the shown picture is; null when none is shown. */
  function strip() {
    const element = find();
    if (!element) return null;
    const box = element.getBoundingClientRect();
    // The window has no frame at its sides and below; what is above the page is the browser's own.
    const { left, row, width } = stripIn(box);
    return { left: screenX + left, row: screenY + outerHeight - innerHeight + row, width };
  }

  /** What is shown now, in its own pixels, as PNG in base64. */
  function shot() {
    const frame = new VideoFrame(find(), { timestamp: 0 });
    const canvas = new OffscreenCanvas(frame.displayWidth, frame.displayHeight);
    canvas.getContext("2d", { alpha: false }).drawImage(frame, 0, 0);
    frame.close();
    return globalThis.picture.png(canvas);
  }

  /** When the first readable picture was seen; rejects after `timeoutMs`. */
  function firstShown(timeoutMs) {
    setTimeout(() => shown.reject(new Error(`no picture, ${unreadable} unreadable`)), timeoutMs);
    return shown.promise;
  }

  /** How far this page's clock is behind the computer's, in ms: the finest difference that a short spin finds. */
  function skewMs() {
    const untilMs = performance.now() + 40;
    let skew = -Infinity;
    while (performance.now() < untilMs) skew = Math.max(skew, Date.now() - clock());
    return skew;
  }

  return { watch, firstShown, reset, result, strip, skewMs, shot, shown: () => find() };
})();
