import { describe, expect, test } from "vitest";
import type { Tested } from "../../src/room/state.ts";
import { findings, type Local, verdict } from "../../src/ui/findings.ts";

const GOOD: Tested = {
  way: "direct",
  shows: ["avc1", "av01", "vp09", "vp8"],
  sends: ["avc1", "vp8"],
  isVoiceSent: true,
};
const HERE: Local = {
  server: "meet.example.org:8443",
  canSpeak: true,
  canFilm: true,
  canShare: true,
  microphone: 2,
  camera: 1,
};

const tones = (tested: Partial<Tested>, local: Partial<Local> = {}) =>
  findings({ ...GOOD, ...tested }, { ...HERE, ...local }).map(({ tone }) => tone);
const text = (tested: Partial<Tested>, local: Partial<Local> = {}) =>
  findings({ ...GOOD, ...tested }, { ...HERE, ...local })
    .map((finding) => finding.text)
    .join(" ");

describe("what a test of the connection has found", () => {
  test("everything works", () => {
    expect(verdict(findings(GOOD, HERE))).toBe("Everything works.");
    expect(text({})).toContain("shows H.264, AV1, VP9 and VP8 and sends H.264 and VP8.");
    expect(text({})).toContain("There are 2 to choose from. There is a camera.");
  });

  test("without UDP the meeting works, and the person is told a way on", () => {
    expect(tones({ way: "blocked" })).toEqual(["warn", "good", "good", "good"]);
    expect(text({ way: "blocked" })).toContain("Your network blocks UDP. The meeting uses a slower way");
    expect(verdict(findings({ ...GOOD, way: "blocked" }, HERE))).toMatch(/^Meetings work here/);
  });

  test("a server that cannot be reached is named, with its port", () => {
    expect(tones({ way: null })[0]).toBe("bad");
    expect(text({ way: null })).toContain("does not answer at meet.example.org:8443.");
    expect(verdict(findings({ ...GOOD, way: null }, HERE))).toMatch(/^A meeting will not work/);
  });

  test("a browser that reads no pictures is of no use; one that writes none can watch", () => {
    expect(tones({ shows: [], sends: [] })[1]).toBe("bad");
    expect(tones({ sends: [] })[1]).toBe("warn");
    expect(text({}, { canShare: false })).toContain("does not offer to share a screen");
  });

  test("devices: denied, missing, or not to be used by this browser", () => {
    expect(text({}, { microphone: "denied" })).toContain("To speak, allow it beside the page's address.");
    expect(text({}, { camera: 0 })).toContain("There is no camera. To be seen, plug one in.");
    expect(tones({ isVoiceSent: false })[2]).toBe("warn");
    expect(tones({}, { canSpeak: false, canFilm: false })).toEqual(["good", "good", "warn", "warn"]);
  });
});
