import { describe, expect, test } from "vitest";
import { buttonOf, fractionAt, Wheel } from "../../src/ui/control_pointer.ts";

const BOX = { left: 100, top: 50, width: 800, height: 400 };

describe("where a pointer is", () => {
  test("in a picture that fills its box", () => {
    expect(fractionAt(BOX, 2, { x: 100, y: 50 })).toEqual({ x: 0, y: 0 });
    expect(fractionAt(BOX, 2, { x: 500, y: 250 })).toEqual({ x: 0.5, y: 0.5 });
    expect(fractionAt(BOX, 2, { x: 900, y: 450 })).toEqual({ x: 1, y: 1 });
  });

  test("in a picture with bars at its sides, and with bars above and below", () => {
    expect(fractionAt(BOX, 1, { x: 300, y: 50 })).toEqual({ x: 0, y: 0 });
    expect(fractionAt(BOX, 1, { x: 600, y: 150 })).toEqual({ x: 0.75, y: 0.25 });
    expect(fractionAt(BOX, 4, { x: 500, y: 150 })).toEqual({ x: 0.5, y: 0 });
    expect(fractionAt(BOX, 4, { x: 500, y: 350 })).toEqual({ x: 0.5, y: 1 });
  });

  test("in a picture that is zoomed and moved, so that its box begins outside of the window", () => {
    expect(fractionAt({ left: -1000, top: -500, width: 4000, height: 2000 }, 2, { x: 0, y: 0 })).toEqual({
      x: 0.25,
      y: 0.25,
    });
  });

  test("beside the picture it is at its edge, and without a picture nowhere", () => {
    expect(fractionAt(BOX, 2, { x: -9999, y: 9999 })).toEqual({ x: 0, y: 1 });
    expect(fractionAt({ ...BOX, width: 0 }, 2, { x: 0, y: 0 })).toBeNull();
    expect(fractionAt(BOX, 0, { x: 0, y: 0 })).toBeNull();
    expect(fractionAt(BOX, Number.NaN, { x: 0, y: 0 })).toBeNull();
  });

  test("buttons by their numbers", () => {
    expect([0, 1, 2, 3, 4, 5, -1].map(buttonOf)).toEqual(["left", "middle", "right", "back", "forward", null, null]);
  });
});

describe("how far a wheel turns", () => {
  test("a notch in pixels, lines and pages", () => {
    expect(new Wheel().turn({ deltaX: 0, deltaY: 100, deltaMode: 0 })).toEqual({ dx: 0, dy: 120 });
    expect(new Wheel().turn({ deltaX: 0, deltaY: -3, deltaMode: 1 })).toEqual({ dx: 0, dy: -120 });
    expect(new Wheel().turn({ deltaX: 1, deltaY: 0, deltaMode: 2 })).toEqual({ dx: 120, dy: 0 });
  });

  test("fine movements add up", () => {
    const wheel = new Wheel();
    let sum = 0;
    for (let step = 0; step < 100; step++) sum += wheel.turn({ deltaX: 0, deltaY: 0.625, deltaMode: 0 }).dy;
    expect(sum).toBe(75);
  });

  test("a wheel that spins turns a hundred notches at most, and does not go on afterwards", () => {
    const wheel = new Wheel();
    expect(wheel.turn({ deltaX: 0, deltaY: 1e9, deltaMode: 0 }).dy).toBe(12_000);
    expect(wheel.turn({ deltaX: 0, deltaY: 0, deltaMode: 0 }).dy).toBe(0);
  });
});
