/**
 * The viewer's side of the measurement: what was seen, when. In the page it reads the element that shows the picture
 * on every animation frame; workers send what they have just drawn (drawn.js).
 */
"use strict";

globalThis.meter = (() => {
  const { clock, read } = globalThis.picture;
  const CHANNEL = "bench";

  /** Pictures seen: by the page in the shown element ("page"), by a worker drawing them ("drawn"), by the video's own callback. */
  const seen = { page: [], drawn: [], callback: [] };
  const shown = Promise.withResolvers();
  let unreadable = 0;
  let received = { bytes: 0, codec: null };
  const known = { page: null, callback: null };
  /** The picture that a worker drew last; null where no worker draws. */
  let drawn = null;

  /** Keep the first sight of each picture. */
  function note(where, stamp, atMs) {
    if (!stamp) {
      unreadable += 1;
      return;
    }
    if (known[where] === stamp.counter) return;
    known[where] = stamp.counter;
    shown.resolve(atMs);
    seen[where].push({ ...stamp, atMs });
  }

  /** Read what `element` (canvas or video) shows now. */
  async function look(element, where, atMs) {
    let frame;
    try {
      frame = new VideoFrame(element, { timestamp: 0 });
    } catch {
      return; // nothing to see in it yet
    }
    try {
      note(where, await read(frame, atMs), atMs);
    } finally {
      frame.close();
    }
  }

  /**
   * Watch the element that `find` returns, on every animation frame, for as long as the page lives. Reading a canvas
   * copies all of it, so one that a worker draws on is left alone while it shows what was drawn last.
   */
  function watch(find) {
    let busy = false;
    const onFrame = () => {
      const element = find();
      if (element && !busy && (drawn === null || drawn !== known.page)) {
        busy = true;
        look(element, "page", clock()).finally(() => {
          busy = false;
        });
      }
      requestAnimationFrame(onFrame);
    };
    requestAnimationFrame(onFrame);
  }

  /** Read a video's pictures when the browser says that it presents them, too. */
  function watchCallbacks(video) {
    const onPicture = () => {
      look(video, "callback", clock());
      video.requestVideoFrameCallback(onPicture);
    };
    video.requestVideoFrameCallback(onPicture);
  }

  new BroadcastChannel(CHANNEL).onmessage = ({ data }) => {
    if (data.stamp) {
      seen.drawn.push(data.stamp);
      drawn = data.stamp.counter;
    }
    received = { bytes: received.bytes + (data.bytes ?? 0), codec: data.codec ?? received.codec };
  };

  /** Forget what was seen so far: a measurement begins. */
  function reset() {
    for (const list of Object.values(seen)) list.length = 0;
    unreadable = 0;
  }

  const result = () => ({ seen, unreadable, received });

  /** When the first readable picture was seen; rejects after `timeoutMs`. */
  function firstShown(timeoutMs) {
    setTimeout(() => shown.reject(new Error(`no picture, ${unreadable} unreadable`)), timeoutMs);
    return shown.promise;
  }

  /** How far this page's clock is from the computer's, in ms: the finest difference that a short spin finds. */
  function skewMs() {
    const untilMs = performance.now() + 40;
    let skew = -Infinity;
    while (performance.now() < untilMs) skew = Math.max(skew, Date.now() - clock());
    return skew;
  }

  return { watch, watchCallbacks, firstShown, reset, result, skewMs };
})();
