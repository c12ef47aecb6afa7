import { describe, expect, test } from "vitest";
import { fetchTicket } from "../../src/transport/ticket_desk.ts";
import { readVectors } from "../e2ee/vectors.ts";

const vectors = readVectors<{ valid: readonly { ticket: string }[] }>("ticket.json");
const DOOR = "481ede772da15785c9e59a086201b8c3f9c307129e3fc6d7f34aa4dfed5814e5";
const REQUEST = { url: "/j/481516234/ticket", csrfToken: "csrf", name: "Carol" };
const LIVE_URL = "ws://localhost:8443/room";
const participant = "000000000000000c";

/** A site that answers everything the same way. */
const site =
  (status: number, body: unknown): typeof fetch =>
  async () =>
    Response.json(body, { status });

describe("asking for a ticket", () => {
  test("returns it, with the name that it says", async () => {
    const ticket = vectors.valid[0]?.ticket ?? "";
    const answer = await fetchTicket(REQUEST, site(200, { ticket, live_url: LIVE_URL, participant, role: "attendee" }));
    expect(answer).toEqual({
      ok: true,
      ticket: { jwt: ticket, liveUrl: LIVE_URL, participant, name: "Carol", door: DOOR },
    });
  });

  test("sends the name, same origin, with Django's token", async () => {
    const asked: [unknown, RequestInit | undefined][] = [];
    await fetchTicket(REQUEST, async (input, init) => {
      asked.push([input, init]);
      return Response.json({});
    });
    const [url, init] = asked[0] ?? [];
    expect([url, init?.method, init?.credentials, init?.body]).toEqual([
      REQUEST.url,
      "POST",
      "same-origin",
      '{"name":"Carol"}',
    ]);
    expect(new Headers(init?.headers).get("X-CSRFToken")).toBe("csrf");
  });

  test("a refusal carries the site's sentence", async () => {
    const answer = await fetchTicket(REQUEST, site(410, { error: "The meeting has ended." }));
    expect(answer).toEqual({ ok: false, reason: "refused", status: 410, sentence: "The meeting has ended." });
  });

  test.each([
    ["fails", async () => Promise.reject(new TypeError("network"))],
    ["is broken", site(500, {})],
    ["answers nonsense", site(200, { ticket: 1 })],
    ["names another protocol", site(200, { ticket: "a.e30.c", live_url: "https://evil", participant })],
    ["sends no JSON", async () => new Response("<html>")],
  ] as [string, typeof fetch][])("a site that %s is away", async (_, fetcher) => {
    expect(await fetchTicket(REQUEST, fetcher)).toEqual({ ok: false, reason: "away" });
  });
});
