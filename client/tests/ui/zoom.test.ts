import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limited, percent, stepped } from "../../src/ui/zoom.ts";

describe("how large a picture is shown", () => {
  test("steps lead from what fits to the largest, and back to what fits", () => {
    let [now, fit] = [0.62, 0.62];
    const seen: (number | null)[] = [];
    for (let step = 0; step < 9; step++) {
      const next = stepped(now, fit, 1);
      seen.push(next);
      now = next ?? fit;
    }
    expect(seen).toEqual([0.75, 1, 1.25, 1.5, 2, 3, 4, 4, 4]);
    expect(stepped(0.75, fit, -1)).toBeNull();
    [now, fit] = [3, 0.62];
    expect(stepped(now, fit, -1)).toBe(2);
  });

  test("is never less than what fits, and at most four times", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 50, noNaN: true }),
        fc.double({ min: 0.1, max: 4, noNaN: true }),
        (to, fit) => {
          const scale = limited(to, fit);
          return scale === null ? Math.min(to, 4) <= fit * 1.01 : scale > fit && scale <= 4;
        },
      ),
    );
  });

  test("is told in whole percent", () => {
    expect(percent(0.825)).toBe("83 %");
  });
});
