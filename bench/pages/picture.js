/**
 * The picture that every system carries, and how it is read back: moving screen text with a strip of black and white
 * blocks on top that says when the picture was made. Put into every measured page before its own
 * scripts; it owns no network.
 */
"use strict";

globalThis.picture = (() => {
  const WIDTH_PX = 1280;
  const HEIGHT_PX = 720;
  const FPS = 30;
  /** One bit a block. 20 px survive chroma subsampling, deblocking and the coarsest quantizer a codec uses for text. */
  const BLOCK_PX = 20;
  const BITS = WIDTH_PX / BLOCK_PX;
  const STRIP_PX = 24;
  /** Rows that are read: two, because a 4:2:0 picture can only be read in pairs; in the middle of the strip. */
  const READ_ROW_PX = 10;
  const READ_ROWS = 2;
  const SCROLL_PX_PER_FRAME = 3;
  const LINE_PX = 20;
  const PAGE_PX = 2 * HEIGHT_PX;
  /** A screen that only shows pages, and stands still between two of them. */
  const STILL_PX = { width: 1920, height: 1080 };
  const TICKS_PER_MS = 10;

  /** Unix milliseconds with fractions, by the one clock of this computer. */
  const clock = () => performance.timeOrigin + performance.now();

  /** The strip's bits: 16 of frame counter, 32 of time in 0.1 ms (modulo 2^32), 16 of checksum. */
  function bitsOf(counter, atMs) {
    const ticks = Math.round(atMs * TICKS_PER_MS) % 2 ** 32;
    const bytes = new DataView(new ArrayBuffer(8));
    bytes.setUint16(0, counter % 2 ** 16);
    bytes.setUint32(2, ticks);
    bytes.setUint16(6, checksum(bytes));
    return Array.from({ length: BITS }, (_, bit) => (bytes.getUint8(bit >> 3) >> (7 - (bit & 7))) & 1);
  }

  /** CRC-16/CCITT over the first six bytes. */
  function checksum(bytes) {
    let crc = 0xffff;
    for (let index = 0; index < 6; index++) {
      crc ^= bytes.getUint8(index) << 8;
      for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
    }
    return crc;
  }

  /** What the bits say, or null when they are no stamp (a picture before the first, or one torn by a codec). */
  function stampOf(bits, seenAtMs) {
    const bytes = new DataView(new ArrayBuffer(8));
    bits.forEach((bit, index) => {
      bytes.setUint8(index >> 3, bytes.getUint8(index >> 3) | (bit << (7 - (index & 7))));
    });
    if (checksum(bytes) !== bytes.getUint16(6)) return null;
    const age = (Math.round(seenAtMs * TICKS_PER_MS) - bytes.getUint32(2)) % 2 ** 32;
    return { counter: bytes.getUint16(0), delayMs: age / TICKS_PER_MS };
  }

  /** Read the stamp of a VideoFrame, copying only two rows; the caller keeps the frame and closes it. */
  async function read(frame, seenAtMs) {
    const { x, y, width, height } = frame.visibleRect;
    const row = 2 * Math.floor((y + (READ_ROW_PX * height) / HEIGHT_PX) / 2);
    const rect = { x, y: row, width: width - (width % 2), height: READ_ROWS };
    const pixels = new Uint8Array(frame.allocationSize({ rect }));
    const [plane] = await frame.copyTo(pixels, { rect });
    // Planar pictures begin with luma; of packed ones the second byte is green, which is as good for black and white.
    const packed = /^(RGB|BGR)/.test(frame.format);
    const at = (column) => pixels[plane.offset + (packed ? 4 * column + 1 : column)];
    const blockPx = width / BITS;
    const bits = Array.from({ length: BITS }, (_, bit) => {
      const middle = Math.round((bit + 0.5) * blockPx);
      return at(middle - 2) + at(middle) + at(middle + 2) > 3 * 127 ? 1 : 0;
    });
    return stampOf(bits, seenAtMs);
  }

  /** Where the stamp is in a box (in CSS pixels) that shows the picture as large as fits. */
  function stripIn(box) {
    const scale = Math.min(box.width / WIDTH_PX, box.height / HEIGHT_PX);
    const left = box.left + (box.width - WIDTH_PX * scale) / 2;
    const top = box.top + (box.height - HEIGHT_PX * scale) / 2;
    return { left, row: top + (STRIP_PX / 2) * scale, width: WIDTH_PX * scale };
  }

  /** Coloured source text, another for every `number`; it begins anew after `periodPx`. */
  function drawPage(width, height, periodPx, number = 0) {
    const page = new OffscreenCanvas(width, height);
    const context = page.getContext("2d", { alpha: false });
    context.fillStyle = "#fff";
    context.fillRect(0, 0, page.width, page.height);
    context.font = "15px monospace";
    const words = ["def", "return", "meeting", "(room)", "=", "await", "relay", "0x5eed", "#", "\"agenda\"", "if", "for", "None"];
    const inks = ["#000", "#7a1fa2", "#0b57d0", "#000", "#555", "#b3261e", "#146c2e"];
    for (let line = 0; line < page.height / LINE_PX; line++) {
      const same = line % (periodPx / LINE_PX);
      let x = 12 + 32 * ((same * 7 + number) % 4);
      for (let word = 0; word < 6 + ((same * (5 + number)) % 12); word++) {
        // No page is another one that has been moved.
        const pick = same * (31 + 6 * number) + word * (17 + 4 * number) + number * word ** 2;
        context.fillStyle = inks[pick % inks.length];
        context.fillText(words[pick % words.length], x, (line + 1) * LINE_PX - 5);
        x += context.measureText(`${words[pick % words.length]} `).width;
      }
    }
    return page;
  }

  /** A page that moves, and its repetition, drawn once, so that a frame costs one copy. */
  const drawScroll = () => drawPage(WIDTH_PX, PAGE_PX + HEIGHT_PX, PAGE_PX);

  /** Draw one frame; the stamp comes last, so that it dates the finished picture. */
  function draw(context, page, counter) {
    context.drawImage(page, 0, -((counter * SCROLL_PX_PER_FRAME) % PAGE_PX));
    context.fillStyle = "#000";
    context.fillRect(0, 0, WIDTH_PX, STRIP_PX);
    context.fillStyle = "#fff";
    bitsOf(counter, clock()).forEach((bit, index) => {
      if (bit) context.fillRect(index * BLOCK_PX, 0, BLOCK_PX, STRIP_PX);
    });
  }

  /** Call `tick(counter)` FPS times a second, without drift; a late tick is not made up for. */
  function every(tick) {
    const startMs = performance.now();
    let counter = 0;
    const next = () => {
      tick(counter);
      counter = Math.max(counter + 1, Math.ceil(((performance.now() - startMs) * FPS) / 1000));
      setTimeout(next, startMs + (counter * 1000) / FPS - performance.now());
    };
    next();
  }

  /** The screen as a track whose frames are handed over one by one, without a compositor in between. */
  function generated() {
    const canvas = new OffscreenCanvas(WIDTH_PX, HEIGHT_PX);
    const context = canvas.getContext("2d", { alpha: false });
    const page = drawScroll();
    const track = new MediaStreamTrackGenerator({ kind: "video" });
    const writer = track.writable.getWriter();
    every((counter) => {
      if (track.readyState === "ended" || writer.desiredSize <= 0) return;
      draw(context, page, counter);
      const frame = new VideoFrame(canvas, { timestamp: Math.round(performance.now() * 1000) });
      writer.write(frame).catch(() => frame.close());
    });
    return new MediaStream([track]);
  }

  /** The screen as `canvas.captureStream` gives it. */
  function captured() {
    const canvas = Object.assign(document.createElement("canvas"), { width: WIDTH_PX, height: HEIGHT_PX });
    const context = canvas.getContext("2d", { alpha: false });
    const page = drawScroll();
    every((counter) => draw(context, page, counter));
    return canvas.captureStream(FPS);
  }

  /** The page that is shown now, as it should look: PNG in base64. */
  let page = () => null;
  let turn = () => undefined;

  /** Still pages, of which each is handed over once, as a screen that changes now and then. */
  function paged() {
    const track = new MediaStreamTrackGenerator({ kind: "video" });
    const writer = track.writable.getWriter();
    turn = (number) => {
      const drawn = drawPage(STILL_PX.width, STILL_PX.height, STILL_PX.height, number);
      page = () => png(drawn);
      return writer.write(new VideoFrame(drawn, { timestamp: Math.round(performance.now() * 1000) }));
    };
    turn(0);
    return new MediaStream([track]);
  }

  /** Return what a canvas shows, as PNG in base64. */
  async function png(canvas) {
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer());
    let text = "";
    for (let at = 0; at < bytes.length; at += 2 ** 15) text += String.fromCharCode(...bytes.subarray(at, at + 2 ** 15));
    return btoa(text);
  }

  const sources = { generator: generated, captureStream: captured, pages: paged };
  let source = "generator";
  /** Choose where the next shared screen comes from. */
  const use = (name) => {
    source = name;
  };
  const share = () => sources[source]();

  return {
    FPS, WIDTH_PX, HEIGHT_PX, clock, read, stripIn, use, share, png,
    page: () => page(),
    /** Show page `number` from now on. */
    turn: (number) => turn(number),
  };
})();
