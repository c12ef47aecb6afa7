/**
 * Put into a viewer's workers from outside (ours and the like-for-like peer's alike): whenever a decoded picture is
 * drawn on a canvas or written to a track, its stamp and the time go to the page. Needs picture.js before it.
 */
"use strict";

(() => {
  const { clock, read } = globalThis.picture;
  const channel = new BroadcastChannel("bench");
  const context = globalThis.OffscreenCanvasRenderingContext2D.prototype;
  const drawImage = context.drawImage;

  context.drawImage = function (image, ...where) {
    drawImage.call(this, image, ...where);
    if (image instanceof VideoFrame) void report(image.clone(), clock());
  };

  const write = WritableStreamDefaultWriter.prototype.write;
  WritableStreamDefaultWriter.prototype.write = function (chunk) {
    // A frame that is written is gone: its copy is read.
    if (chunk instanceof VideoFrame) void report(chunk.clone(), clock());
    return write.call(this, chunk);
  };

  async function report(frame, atMs) {
    try {
      const stamp = await read(frame, atMs);
      if (stamp) channel.postMessage({ stamp: { ...stamp, atMs } });
    } finally {
      frame.close();
    }
  }

  if (!globalThis.VideoDecoder) return;
  const { configure, decode } = VideoDecoder.prototype;
  VideoDecoder.prototype.configure = function (config) {
    channel.postMessage({ codec: config.codec });
    return configure.call(this, config);
  };
  VideoDecoder.prototype.decode = function (chunk) {
    channel.postMessage({ bytes: chunk.byteLength });
    return decode.call(this, chunk);
  };
})();
