import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { deriveKeys, drawWords, judgeWords, readWords } from "../../src/e2ee/meeting_key.ts";
import { type InvitationFacts, readInvitationFacts } from "../../src/ui/facts.ts";
import { Keyholder, type PostDoorKey } from "../../src/ui/keyholder.ts";
import { wordsKey } from "../../src/ui/memory.ts";

const ROOM = "481516234";
const load = () => Promise.resolve({ drawWords, readWords, deriveKeys, judgeWords });
const facts = (doorKey: string, hadWords = "false"): InvitationFacts =>
  readInvitationFacts({ room: ROOM, doorKey, hadWords });

let stored: Map<string, string>;
/** What the site was told. */
let posted: string[];
const post: PostDoorKey = async (doorKey) => {
  posted.push(doorKey);
  return { ok: true };
};

beforeEach(() => {
  stored = new Map();
  posted = [];
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
  });
});
afterEach(() => vi.unstubAllGlobals());

async function started(doorKey: string, poster = post): Promise<Keyholder> {
  return startedWith(facts(doorKey), poster);
}

async function startedWith(told: InvitationFacts, poster = post): Promise<Keyholder> {
  const keyholder = new Keyholder(told, load, poster);
  await keyholder.start();
  return keyholder;
}

function wordsOf(keyholder: Keyholder): string {
  const state = keyholder.state.value;
  if (state.name !== "ready") throw new Error(state.name);
  return state.words;
}

describe("the organizer's browser", () => {
  it("draws the first words, remembers them and tells the site their door key only", async () => {
    const words = wordsOf(await started(""));
    expect(stored.get(wordsKey(ROOM))).toBe(words);
    expect(posted).toEqual([(await deriveKeys(words.split("-"), ROOM)).door.publicKey]);
    for (const word of words.split("-")) expect(posted.join()).not.toContain(word);
  });

  it("finds the words again on the next visit, without telling anything", async () => {
    const words = wordsOf(await started(""));
    expect(wordsOf(await started(posted[0] ?? ""))).toBe(words);
    expect(posted).toHaveLength(1);
  });

  it("uses a draw again whose answer was lost, for its link may be out", async () => {
    const lost: PostDoorKey = async () => ({ ok: false, sentence: "The site cannot be reached." });
    const keyholder = await started("", lost);
    expect(keyholder.state.value).toEqual({ name: "failed", sentence: "The site cannot be reached." });
    const drawn = stored.get(wordsKey(ROOM));
    expect(wordsOf(await started(""))).toBe(drawn);
  });

  it("asks for the words that it lacks, takes the right ones only, and then remembers them", async () => {
    const words = wordsOf(await started(""));
    stored.clear();
    const elsewhere = await started(posted[0] ?? "");
    expect(elsewhere.state.value).toEqual({ name: "missing" });
    expect((await elsewhere.verify(drawWords().join("-"))).ok).toBe(false);
    const verdict = await elsewhere.verify(`https://meet.example.org/j/481-516-234#${words}`);
    expect(verdict).toEqual({ ok: true, words });
    await elsewhere.accept(words);
    expect(posted).toHaveLength(1);
    expect(stored.get(wordsKey(ROOM))).toBe(words);
  });

  it("replaces the words: the old ones are wrong from then on", async () => {
    const keyholder = await started("");
    const old = wordsOf(keyholder);
    await keyholder.replace();
    expect(wordsOf(keyholder)).not.toBe(old);
    expect((await keyholder.verify(old)).ok).toBe(false);
    expect(stored.get(wordsKey(ROOM))).toBe(wordsOf(keyholder));
  });

  it("keeps the old words when the site does not take new ones", async () => {
    let isAway = false;
    const keyholder = await started("", async (key) => (isAway ? { ok: false, sentence: "Away." } : post(key)));
    const old = wordsOf(keyholder);
    isAway = true;
    await keyholder.replace();
    expect(keyholder.state.value.name).toBe("failed");
    await keyholder.start();
    expect(wordsOf(keyholder)).toBe(old);
  });

  it("that keeps nothing says so", async () => {
    vi.stubGlobal("localStorage", undefined);
    const keyholder = await started("");
    expect(keyholder.state.value).toMatchObject({ name: "ready", isRemembered: false });
  });
});

describe("a meeting whose door key the site has lost", () => {
  it("gets it again from the browser that remembers the words: its links stay good", async () => {
    const words = drawWords().join("-");
    stored.set(wordsKey(ROOM), words);
    expect(wordsOf(await startedWith(facts("", "true")))).toBe(words);
    expect(posted).toEqual([(await deriveKeys(words.split("-"), ROOM)).door.publicKey]);
  });

  it("gets no new words from another browser; the organizer types the old ones there", async () => {
    const elsewhere = await startedWith(facts("", "true"));
    expect(elsewhere.state.value).toEqual({ name: "missing" });
    expect(posted).toEqual([]);
    expect((await elsewhere.verify("six wrong words")).ok).toBe(false);
    const words = drawWords().join("-");
    expect(await elsewhere.verify(words)).toEqual({ ok: true, words });
    await elsewhere.accept(words);
    expect(wordsOf(elsewhere)).toBe(words);
    expect(posted).toEqual([(await deriveKeys(words.split("-"), ROOM)).door.publicKey]);
    expect((await elsewhere.verify(drawWords().join("-"))).ok).toBe(false);
  });

  it("gets new words from any browser when the organizer asks for them", async () => {
    const elsewhere = await startedWith(facts("", "true"));
    await elsewhere.replace();
    expect((await elsewhere.verify(wordsOf(elsewhere))).ok).toBe(true);
  });
});
