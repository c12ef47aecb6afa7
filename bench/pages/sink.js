/** Draws the like-for-like peer's pictures on a transferred canvas, as our own viewer's worker does. */
"use strict";

onmessage = async ({ data: { readable, surface } }) => {
  const context = surface.getContext("2d", { alpha: false, desynchronized: true });
  const frames = readable.getReader();
  for (let next = await frames.read(); !next.done; next = await frames.read()) {
    context.drawImage(next.value, 0, 0);
    next.value.close();
  }
};
