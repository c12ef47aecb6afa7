/** Hands the like-for-like peer's pictures to a video, as our own viewer's worker does. */
"use strict";

onmessage = async ({ data: { readable, writable } }) => {
  const [frames, shown] = [readable.getReader(), writable.getWriter()];
  for (let next = await frames.read(); !next.done; next = await frames.read()) await shown.write(next.value);
};
