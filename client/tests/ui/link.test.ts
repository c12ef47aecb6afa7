import { describe, expect, it } from "vitest";
import type { InvitationFacts } from "../../src/ui/facts.ts";
import { invitationLink, spokenAddress, wordsInFragment, wordsInText } from "../../src/ui/link.ts";
import { mailAddress } from "../../src/ui/mail.ts";

const WORDS = "cobalt-relay-onion-siren-tulip-zebra";
const JOIN_URL = "https://meet.example.org/j/481-516-234";

describe("the words of an invitation link", () => {
  it("are read from the fragment, also where a program has escaped it", () => {
    expect(wordsInFragment(`#${WORDS}`)).toBe(WORDS);
    expect(wordsInFragment("#cobalt%20relay")).toBe("cobalt relay");
    expect(wordsInFragment("")).toBe("");
  });

  it("are read from a pasted link as well as from words typed alone", () => {
    expect(wordsInText(` ${JOIN_URL}#${WORDS} `)).toBe(WORDS);
    expect(wordsInText(" cobalt relay onion ")).toBe("cobalt relay onion");
  });

  it("are nothing when the fragment cannot be read as words", () => {
    expect(wordsInFragment(`#${"x".repeat(201)}`)).toBe("");
    expect(wordsInFragment("#%E0%A4%A")).toBe("%E0%A4%A");
  });
});

describe("an invitation to pass on", () => {
  const facts: InvitationFacts = {
    room: "481516234",
    number: "481-516-234",
    doorKey: "",
    hadWords: false,
    keyUrl: "/key",
    joinUrl: JOIN_URL,
    subject: "Budget & plans",
    startsAt: "2026-11-24T09:00:00+00:00",
    durationMin: 45,
    timeZone: "Europe/Berlin",
    csrfToken: "",
  };

  it("can be read out without the scheme", () => {
    expect(spokenAddress(JOIN_URL)).toBe("meet.example.org/j/481-516-234");
  });

  it("R18 goes into the person's own mail program with subject, time and the whole link", () => {
    const address = new URL(mailAddress(facts, WORDS, "en-GB"));
    const body = address.searchParams.get("body") ?? "";
    expect(address.protocol).toBe("mailto:");
    expect(address.searchParams.get("subject")).toBe("Invitation: Budget & plans");
    expect(body).toContain(invitationLink(JOIN_URL, WORDS));
    expect(body).toMatch(/24 November 2026.*10:00\s*[-–]\s*10:45 \(Europe\/Berlin\)/u);
  });

  it("names no time for a meeting that has none, and the person's own when the zone is unknown", () => {
    const body = (of: InvitationFacts) => new URL(mailAddress(of, WORDS, "en-GB")).searchParams.get("body") ?? "";
    expect(body({ ...facts, startsAt: "" })).not.toContain("When:");
    expect(body({ ...facts, timeZone: "Atlantis/Capital" })).not.toContain("Atlantis");
  });
});
