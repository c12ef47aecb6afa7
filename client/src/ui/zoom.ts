/** How large a picture is shown, in pixels of the display for one of its own. Pure. */

/** Where buttons and keys stop. */
const STEPS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4] as const;
/** Larger shows nothing new. */
const MAX_SCALE = 4;
/** Rounding, and the border of a pixel, make no difference between two scales. */
const SAME = 1.01;

/** A scale, or null for as large as fits into the place. */
export type Scale = number | null;

/** Return the next step from what is shown `now`; smaller than what fits is of no use. */
export function stepped(now: number, fit: number, direction: 1 | -1): Scale {
  if (direction > 0) return limited(STEPS.find((step) => step > now * SAME) ?? MAX_SCALE, fit);
  return limited(STEPS.findLast((step) => step < now / SAME) ?? 0, fit);
}

/** Return `scale` within what is of use; what is no larger than the place fits into it. */
export function limited(scale: number, fit: number): Scale {
  const most = Math.min(scale, MAX_SCALE);
  return most <= fit * SAME ? null : most;
}

export const percent = (scale: number): string => `${Math.round(scale * 100)} %`;
