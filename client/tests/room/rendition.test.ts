import { describe, expect, test } from "vitest";
import { chooseTrack } from "../../src/room/rendition.ts";

const LARGE = { track: "camera", width: 640, height: 360 } as const;
const SMALL = { track: "camera-low", width: 320, height: 180 } as const;
const BOTH = [LARGE, SMALL];

describe("a camera is watched", () => {
  test.each([
    [1, "camera-low"],
    [180, "camera-low"],
    [225, "camera-low"],
    [226, "camera"],
    [360, "camera"],
    [2000, "camera"],
  ])("in a tile of %i pixels as %s", (heightPx, track) => {
    expect(chooseTrack(BOTH, heightPx, null)).toBe(track);
  });

  test("not at all when it is off or out of sight", () => {
    expect(chooseTrack([], 300, null)).toBeNull();
    expect(chooseTrack(BOTH, 0, "camera")).toBeNull();
  });

  test("in the size it is watched in, until the tile is clearly larger or smaller", () => {
    const steps = [100, 200, 225, 230, 200, 181, 180, 200];
    let watched: ReturnType<typeof chooseTrack> = null;
    const seen = steps.map((heightPx) => {
      watched = chooseTrack(BOTH, heightPx, watched);
      return watched === "camera" ? "large" : "small";
    });
    expect(seen).toEqual(["small", "small", "small", "large", "large", "large", "small", "small"]);
  });

  test("in the one size there is", () => {
    expect(chooseTrack([SMALL], 900, null)).toBe("camera-low");
    expect(chooseTrack([LARGE], 20, "camera-low")).toBe("camera");
  });
});
