/** Where a pointer is on somebody else's screen, and how far a wheel turns there. Pure. */

import type { Button } from "../room/state.ts";

/** What is shown, and where: a box of the page, and the proportion of the picture in it. */
export interface Shown {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const BUTTONS: readonly Button[] = ["left", "middle", "right", "back", "forward"];

/** Return the button of a MouseEvent; null for one that no other computer knows. */
export const buttonOf = (button: number): Button | null => BUTTONS[button] ?? null;

/**
 * Return where a point of the page is, as fractions of the picture that is fitted into `box`, zoomed and moved as it may be.
 * What is beside the picture, as when a drag leaves it, is at its edge. Null while there is no picture.
 */
export function fractionAt(box: Shown, proportion: number, point: { readonly x: number; readonly y: number }) {
  if (!(box.width > 0 && box.height > 0 && proportion > 0)) return null;
  const width = Math.min(box.width, box.height * proportion);
  const height = width / proportion;
  const x = (point.x - box.left - (box.width - width) / 2) / width;
  const y = (point.y - box.top - (box.height - height) / 2) / height;
  return { x: clamp(x), y: clamp(y) };
}

const clamp = (value: number): number => Math.min(1, Math.max(0, value));

const UNITS_PER_NOTCH = 120;
/** In one event: a hundred notches. */
const MAX_UNITS = 12_000;
/** How far a wheel's notch goes, for each of the units in which browsers tell it: pixels, lines, pages. */
const PER_NOTCH = [100, 3, 1] as const;

export interface Turned {
  readonly deltaX: number;
  readonly deltaY: number;
  readonly deltaMode: number;
}

/** Adds up what a wheel or a trackpad turns, so that slow and fine movements are not lost. */
export class Wheel {
  #restX = 0;
  #restY = 0;

  /** Return whole 1/120 notches; positive is right and down. */
  turn({ deltaX, deltaY, deltaMode }: Turned): { readonly dx: number; readonly dy: number } {
    const scale = UNITS_PER_NOTCH / (PER_NOTCH[deltaMode as 0 | 1 | 2] ?? PER_NOTCH[0]);
    this.#restX += deltaX * scale;
    this.#restY += deltaY * scale;
    const [dx, dy] = [whole(this.#restX), whole(this.#restY)];
    this.#restX = Math.abs(dx) === MAX_UNITS ? 0 : this.#restX - dx;
    this.#restY = Math.abs(dy) === MAX_UNITS ? 0 : this.#restY - dy;
    return { dx, dy };
  }
}

/** Rounded towards zero; never minus zero, which JSON would tell as a plain one. */
const whole = (units: number): number => Math.max(-MAX_UNITS, Math.min(MAX_UNITS, Math.trunc(units))) + 0;
