import { describe, expect, it } from "vitest";
import type { OverReason, RoomState } from "../../src/room/state.ts";
import { announcement, houseNews } from "../../src/ui/announce.ts";
import { formatTime } from "../../src/ui/clock.ts";
import { checkDraft, MAX_MESSAGE_CHARS } from "../../src/ui/draft.ts";
import { readMeetingFacts } from "../../src/ui/facts.ts";
import { overText } from "../../src/ui/over_text.ts";
import { initials, nameProblem } from "../../src/ui/person_name.ts";
import { pictureNote, screenOnStage } from "../../src/ui/screens.ts";
import { statusText } from "../../src/ui/status.ts";
import { supportProblem, supportSentence } from "../../src/ui/support.ts";
import { transcript } from "../../src/ui/transcript.ts";
import { badgeText, countUnread, messageKey, titleWithUnread } from "../../src/ui/unread.ts";
import { CHAT, LIVE, NOW_MS, SCENES } from "./scenes.ts";

const REASONS: readonly OverReason[] = [
  "left",
  "ended",
  "removed",
  "denied",
  "unanswered",
  "locked",
  "replaced",
  "full",
  "unverified",
  "wrong-words",
  "ticket",
  "forbidden",
  "malformed",
  "unsupported",
  "unreachable",
];

describe("the status", () => {
  it.each([
    [SCENES.connecting, "Connecting…"],
    [SCENES.lobby, "Waiting to be let in"],
    [SCENES.waiting, "Waiting for the other side's key…"],
    [SCENES["waiting-alone"], "You are the only one here"],
    [SCENES.alone, "You are the only one here"],
    [SCENES.reconnecting, "Reconnecting…"],
    [SCENES.live, "Connected, end-to-end encrypted"],
    [SCENES.notice, "Carol's connection is slow; the picture may lag."],
  ] satisfies [RoomState, string][])("is honest about %#", (state, text) => {
    expect(statusText(state)).toBe(text);
  });
});

describe("unread messages", () => {
  it("are those of others after the last one seen", () => {
    expect(countUnread(CHAT, null)).toBe(4);
    expect(countUnread(CHAT, messageKey(CHAT[1] ?? never()))).toBe(2);
    expect(countUnread(CHAT, messageKey(CHAT[5] ?? never()))).toBe(0);
  });

  it("cannot be hidden by a message with the id of another person's", () => {
    const [first, second] = [CHAT[0] ?? never(), CHAT[2] ?? never()];
    const forged = { ...second, id: first.id };
    expect(countUnread([first, forged], messageKey(first))).toBe(1);
  });

  it("show in the title, within bounds", () => {
    expect(titleWithUnread("Review", 0)).toBe("Review");
    expect(titleWithUnread("Review", 3)).toBe("(3) Review");
    expect(badgeText(100)).toBe("99+");
  });
});

describe("a draft", () => {
  it("may be sent with 1 to 4,000 characters, and tells when room gets short", () => {
    expect(checkDraft(" \n ")).toMatchObject({ canSend: false, counter: null });
    expect(checkDraft("hello")).toMatchObject({ canSend: true, counter: null });
    expect(checkDraft("x".repeat(MAX_MESSAGE_CHARS))).toMatchObject({ canSend: true, counter: "0 characters left" });
    expect(checkDraft("x".repeat(MAX_MESSAGE_CHARS + 1))).toEqual({
      canSend: false,
      counter: "1 character too many",
      isTooLong: true,
    });
  });
});

describe("a name", () => {
  it.each(["Carol", " Carol Çelik ", "李", "x".repeat(60), "👩‍🚀 Ada"])("may be %j", (name) => {
    expect(nameProblem(name)).toBeNull();
  });

  it.each(["", "   ", "x".repeat(61), "Car\u0000ol", "Car\nol"])("may not be %j", (name) => {
    expect(nameProblem(name)).not.toBeNull();
  });

  it("has initials, in any script", () => {
    expect(["alice adler", "Bob", "李 明", "Ada de Lovelace"].map(initials)).toEqual(["AA", "B", "李明", "AL"]);
  });
});

describe("the saved chat", () => {
  const text = transcript({ subject: "Review", number: "481-516-234", chat: CHAT, nowMs: NOW_MS }, "en-GB", "UTC");

  it("has who wrote what and when, and says of what meeting", () => {
    expect(text).toContain("Review\nMeeting 481-516-234\nChat saved on 23 November 2026");
    expect(text).toContain("[09:30] Bob: Good morning!");
    expect(text).toContain("[09:33] Carol Çelik: Thanks. Two questions:\n    1. where");
  });

  it("says what was for one person only", () => {
    expect(text).toContain("[09:34] Bob (only to Alice Adler): Shall we");
  });

  it("leaves out what was never sent", () => {
    expect(text).not.toContain("I take the follow-up.");
  });

  it("begins with the number where there is no subject", () => {
    const anonymous = transcript({ subject: "", number: "481-516-234", chat: [], nowMs: NOW_MS }, "en-GB", "UTC");
    expect(anonymous.startsWith("\nMeeting")).toBe(false);
  });
});

describe("times of day", () => {
  it("are written as the person's language does", () => {
    expect(formatTime(NOW_MS + 5 * 3_600_000, "en-GB", "UTC")).toBe("14:30");
    expect(formatTime(NOW_MS + 5 * 3_600_000, "en-US", "UTC")).toMatch(/2:30\sPM/u);
  });
});

describe("the stage", () => {
  it("never shows a person their own screen", () => {
    expect(screenOnStage(SCENES.presenting.screens, SCENES.presenting.screens[0]?.device ?? "")).toBeNull();
  });

  it("shows the screen that was chosen while it is there, else the first", () => {
    const [bob, carol] = SCENES.several.screens;
    expect(screenOnStage(SCENES.several.screens, carol?.device ?? "")).toBe(carol);
    expect(screenOnStage(SCENES.several.screens, "gone")).toBe(bob);
    expect(screenOnStage([], null)).toBeNull();
  });

  it("names whose key is missing instead of a black picture", () => {
    const [screen] = SCENES["waiting-key"].screens;
    expect(screen && pictureNote(screen)).toBe("Waiting for Carol Çelik's key…");
  });
});

describe("what everyone is told of the house", () => {
  it("is the lock, one's own role, and raised hands", () => {
    expect(houseNews(LIVE, SCENES.locked)).toContain("locked");
    expect(houseNews(SCENES.locked, LIVE)).toContain("open again");
    expect(houseNews(LIVE, SCENES.hands)).toBe("Bob, Carol Çelik raised their hands.");
    expect(houseNews(SCENES.hands, LIVE)).toBe("");
    const presenter: RoomState = { ...SCENES.guest, self: { ...(SCENES.guest.self ?? never()), role: "presenter" } };
    expect(houseNews(SCENES.guest, presenter)).toBe("You are a presenter now.");
    expect(houseNews(presenter, SCENES.guest)).toBe("You are an attendee now.");
    expect(houseNews(SCENES.reconnecting, SCENES.locked)).toBe("");
  });
});

describe("announcements", () => {
  it("tell who knocks", () => {
    expect(announcement(LIVE, SCENES.knock, false)).toBe("Erin Example knocks.");
    expect(announcement(SCENES.knocks, LIVE, false)).toBe("");
  });

  const alone = { ...LIVE, people: SCENES.alone.people };

  it("tell who joins and leaves and who shares", () => {
    expect(announcement(alone, LIVE, false)).toBe("Bob, Carol Çelik joined.");
    expect(announcement(LIVE, alone, false)).toBe("Bob, Carol Çelik left.");
    expect(announcement(LIVE, SCENES.starting, false)).toBe("Bob shares a screen.");
    expect(announcement(SCENES.starting, LIVE, false)).toBe("Bob stopped sharing.");
  });

  it("tell of messages while the chat is closed, without their text", () => {
    const after = { ...LIVE, chat: CHAT };
    expect(announcement(LIVE, after, false)).toBe("4 new messages.");
    expect(announcement(LIVE, after, true)).toBe("");
  });

  it("are silent while entering and reconnecting, when everybody seems to come and go", () => {
    expect(announcement(SCENES.connecting, LIVE, false)).toBe("");
    expect(announcement(LIVE, SCENES.reconnecting, false)).toBe("");
  });
});

describe("the end", () => {
  it.each(REASONS)("has a sentence and a way on: %s", (reason) => {
    const { title, text, way, action } = overText(reason);
    expect(title.length).toBeGreaterThan(5);
    expect(text).toMatch(/\.$/u);
    expect(action === "").toBe(way === "none");
  });
});

describe("a browser", () => {
  const able = {
    isSecureContext: true,
    crypto: { subtle: {} },
    VideoDecoder: 1,
    VideoEncoder: 1,
    OffscreenCanvas: 1,
  };

  it("that has everything can join", () => {
    expect(supportProblem(able)).toBeNull();
  });

  it.each([
    ["VideoDecoder", "no-codecs"],
    ["VideoEncoder", "no-codecs"],
    ["OffscreenCanvas", "no-canvas"],
    ["crypto", "no-crypto"],
    ["isSecureContext", "insecure"],
  ])("without %s is told so", (name, problem) => {
    const { [name]: _, ...lacking } = able as Record<string, unknown>;
    const found = supportProblem(lacking);
    expect(found).toBe(problem);
    expect(found && supportSentence(found)).toMatch(/browser/u);
  });
});

describe("the page's facts", () => {
  it("take only clear words for yes", () => {
    const flags = ["true", "1", "yes", "false", "", "0", undefined].map(
      (ended) => readMeetingFacts({ ended }).hasEnded,
    );
    expect(flags).toEqual([true, true, true, false, false, false, false]);
  });
});

function never(): never {
  throw new Error("the scene has changed");
}
