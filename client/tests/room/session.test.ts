import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { installWorld, type RoomServer, Tab, WORDS } from "./room_server.ts";

let server: RoomServer;
const tabs: Tab[] = [];

beforeEach(async () => {
  server = await installWorld();
});

afterEach(() => {
  for (const tab of tabs.splice(0)) tab.do("leave");
  vi.unstubAllGlobals();
});

function open(name: string, words?: string): Tab {
  const tab = new Tab(name, words);
  tabs.push(tab);
  return tab;
}

/** Wait for what happens by itself; a test that waits for all of it has failed. */
const until = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 10 });
const become = (tab: Tab, phase: string) => until(() => expect(tab.phase).toBe(phase));

async function aliceAndBob(): Promise<[Tab, Tab]> {
  const alice = open("Alice");
  await become(alice, "live");
  const bob = open("Bob");
  await become(bob, "live");
  await until(() => expect(alice.verified).toEqual(["Alice", "Bob"]));
  return [alice, bob];
}

describe("a meeting", () => {
  test("alice and bob see each other verified, with the same safety words", async () => {
    const [alice, bob] = await aliceAndBob();
    expect(bob.verified).toEqual(["Alice", "Bob"]);
    expect(alice.state.safetyWords).toHaveLength(4);
    expect(alice.state.safetyWords).toEqual(bob.state.safetyWords);
    expect(alice.state.people.map(({ isSelf }) => isSelf)).toEqual([true, false]);
  });

  test("they chat", async () => {
    const [alice, bob] = await aliceAndBob();
    alice.write("hello");
    await until(() => expect(bob.chat).toEqual(["Alice: hello (sent)"]));
    bob.write("hi");
    await until(() => expect(alice.chat).toEqual(["Alice: hello (sent)", "Bob: hi (sent)"]));
  });

  test("what one writes to another alone, a third does not get", async () => {
    const [alice, bob] = await aliceAndBob();
    const carol = open("Carol");
    await become(carol, "live");
    await until(() => expect(alice.verified).toHaveLength(3));
    alice.write("only for you", "Bob");
    alice.write("for all");
    await until(() => expect(carol.chat).toEqual(["Alice: for all (sent)"]));
    await until(() => expect(bob.chat).toEqual(["Alice: only for you (sent)", "Alice: for all (sent)"]));
    expect(bob.state.chat.map(({ to }) => to?.name)).toEqual(["Bob", undefined]);
    expect(alice.state.chat.map(({ to }) => to?.name)).toEqual(["Bob", undefined]);
  });

  test("what is for somebody who has left is not sent, and nobody else gets it", async () => {
    const [alice, bob] = await aliceAndBob();
    const carol = open("Carol");
    await become(carol, "live");
    await until(() => expect(alice.verified).toHaveLength(3));
    const { people } = alice.state;
    bob.do("leave");
    await until(() => expect(alice.verified).toEqual(["Alice", "Carol"]));
    alice.writeTo(people.find(({ name }) => name === "Bob")?.participant ?? "", "too late");
    alice.write("for all");
    await until(() => expect(carol.chat).toEqual(["Alice: for all (sent)"]));
    expect(alice.chat).toEqual(["Alice: too late (failed)", "Alice: for all (sent)"]);
  });

  test("what is written before the door opens is sent when it does", async () => {
    const alice = open("Alice");
    await become(alice, "live");
    const bob = open("Bob");
    bob.write("early");
    await until(() => expect(alice.chat).toEqual(["Bob: early (sent)"]));
  });

  test("pictures that cannot be reached are told, and chat goes on", async () => {
    const [alice, bob] = await aliceAndBob();
    await until(() => expect(alice.state.notice).toMatch(/cannot be reached/));
    alice.write("still here");
    await until(() => expect(bob.chat).toEqual(["Alice: still here (sent)"]));
  });
});

describe("after a restart of the live node", () => {
  test("everyone is back with a new device, and the chat is still there", async () => {
    const [alice, bob] = await aliceAndBob();
    alice.write("before");
    await until(() => expect(bob.chat).toHaveLength(1));
    const device = alice.state.self?.device;
    server.goDown();
    await become(alice, "reconnecting");
    expect(alice.state.people.map(({ name }) => name)).toEqual(["Alice", "Bob"]);
    server.isUp = true;
    await become(alice, "live");
    await become(bob, "live");
    await until(() => expect([alice.verified.length, bob.verified.length]).toEqual([2, 2]));
    expect(alice.state.self?.device).not.toBe(device);
    expect(bob.chat).toEqual(["Alice: before (sent)"]);
  });

  test("what was written meanwhile arrives, once", async () => {
    const [alice, bob] = await aliceAndBob();
    server.goDown();
    await become(alice, "reconnecting");
    alice.write("meanwhile");
    server.isUp = true;
    await until(() => expect(bob.chat).toEqual(["Alice: meanwhile (sent)"]));
    alice.write("afterwards");
    await until(() => expect(bob.chat).toEqual(["Alice: meanwhile (sent)", "Alice: afterwards (sent)"]));
  });

  test("what was written meanwhile does not wait for somebody who stays away", async () => {
    const [alice, bob] = await aliceAndBob();
    server.goDown();
    await become(bob, "reconnecting");
    bob.do("leave");
    alice.write("anyone?");
    server.isUp = true;
    await until(() => expect(alice.chat).toEqual(["Alice: anyone? (sent)"]));
  });

  test("the site may be away: the ticket at hand still serves", async () => {
    const [alice] = await aliceAndBob();
    server.isSiteUp = false;
    server.goDown();
    await become(alice, "reconnecting");
    server.isUp = true;
    await become(alice, "live");
  });
});

describe("the last word", () => {
  test("wrong words: nobody present can be verified", async () => {
    await become(open("Alice"), "live");
    await become(open("Dave", "abacus-abdomen-zoom-zone-zit-zippy"), "over: wrong-words");
  });

  test("words that are no meeting words", async () => {
    await become(open("Dave", "not six words"), "over: wrong-words");
  });

  test("a second tab takes the meeting over, and the others hardly notice", async () => {
    const [alice, bob] = await aliceAndBob();
    const again = open("Bob");
    await become(bob, "over: replaced");
    await become(again, "live");
    await until(() => expect(alice.verified).toEqual(["Alice", "Bob"]));
  });

  test.each([
    [4405, "removed"],
    [4410, "ended"],
    [4407, "unverified"],
    [4413, "full"],
  ])("%i is told as %s, and nobody comes back", async (code, reason) => {
    const [alice, bob] = await aliceAndBob();
    server.putOut("Bob", code);
    await become(bob, `over: ${reason}`);
    await until(() => expect(alice.verified).toEqual(["Alice"]));
  });

  test("alice leaves, and bob stays", async () => {
    const [alice, bob] = await aliceAndBob();
    alice.do("leave");
    await become(alice, "over: left");
    await until(() => expect(bob.verified).toEqual(["Bob"]));
  });

  test("a refused ticket is replaced once, then told", async () => {
    server.refusesTickets = 1;
    const alice = open("Alice");
    await become(alice, "live");
    expect(server.tickets).toBe(2);
    server.refusesTickets = 2;
    await become(open("Carol"), "over: ticket");
  });

  test("a browser that cannot read pictures is told at once", async () => {
    vi.stubGlobal("VideoDecoder", undefined);
    await become(open("Alice"), "over: unsupported");
  });
});

test("who misses a commit comes back by itself, with everyone's keys", async () => {
  const [alice, bob] = await aliceAndBob();
  server.holdBackNextCommitFrom("Bob");
  await become(open("Carol"), "live");
  await until(() => expect(bob.verified).toHaveLength(3));
  await until(() => expect(bob.state.safetyWords).toEqual(alice.state.safetyWords));
});

describe("new words", () => {
  const BOTH = [
    ["Alice", "Bob"],
    ["Alice", "Bob"],
  ];

  test("everyone inside stays, with new keys; the old words let nobody in, and the new ones do", async () => {
    const [alice, bob] = await aliceAndBob();
    const before = alice.state.safetyWords;
    alice.ask({ type: "renew-words" });
    await until(() => expect(bob.newWords).toHaveLength(1));
    await until(() => expect([alice.verified, bob.verified].map((names) => names.toSorted())).toEqual(BOTH));
    await until(() => expect(alice.state.safetyWords).toEqual(bob.state.safetyWords));
    expect(alice.state.safetyWords).not.toEqual(before);
    expect(alice.newWords).toEqual(bob.newWords);
    expect(alice.newWords[0]).not.toBe(WORDS);
    alice.write("still here?");
    await until(() => expect(bob.chat).toEqual(["Alice: still here? (sent)"]));
    await become(open("Dave"), "over: wrong-words");
    await become(open("Carol", alice.newWords[0]), "live");
    await until(() => expect(bob.verified).toHaveLength(3));
  });

  test("what somebody tells who does not organize the meeting is not learnt", async () => {
    const [alice, bob] = await aliceAndBob();
    // A site in mallory's hands takes his key.
    bob.ask({ type: "renew-words" });
    await become(alice, "over: wrong-words");
    expect(alice.newWords).toEqual([]);
  });

  test("they are said when whoever was removed is out of the group, and not before", async () => {
    const [alice, bob] = await aliceAndBob();
    await become(open("Carol"), "live");
    await until(() => expect(alice.verified).toHaveLength(3));
    server.holdsCommits = true;
    server.putOut("Carol", 4405);
    await until(() => expect(alice.state.people).toHaveLength(2));
    const before = server.sent;
    alice.ask({ type: "renew-words" });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(server.sent).toBe(before);
    server.releaseCommits();
    await until(() => expect(bob.newWords).toHaveLength(1));
  });

  test("a site that refuses changes nothing, and says so", async () => {
    const [alice, bob] = await aliceAndBob();
    server.refusesKeys = true;
    alice.ask({ type: "renew-words" });
    await until(() => expect(alice.state.notice).toBe("Not now."));
    expect([alice.phase, bob.phase, alice.newWords, bob.newWords]).toEqual(["live", "live", [], []]);
    server.putOut("Bob", 1012);
    await until(() => expect(alice.verified).toEqual(["Alice"]));
    await become(bob, "live");
  });
});

describe("the lobby", () => {
  async function knocking(): Promise<[Tab, Tab]> {
    server.hasLobby = true;
    const alice = open("Alice");
    await become(alice, "live");
    const bob = open("Bob");
    await become(bob, "lobby");
    await until(() => expect(alice.state.knocks.map(({ name }) => name)).toEqual(["Bob"]));
    return [alice, bob];
  }

  test("who is admitted is in, and knocks no more", async () => {
    const [alice, bob] = await knocking();
    expect([bob.state.people, bob.state.safetyWords]).toEqual([[], null]);
    alice.ask({ type: "admit", participants: ["b".repeat(16)] });
    await become(bob, "live");
    await until(() => expect(alice.verified).toEqual(["Alice", "Bob"]));
    expect(alice.state.knocks).toEqual([]);
  });

  test("who is denied is told", async () => {
    const [alice, bob] = await knocking();
    alice.ask({ type: "deny", participant: "b".repeat(16) });
    await become(bob, "over: denied");
    expect(alice.state.knocks).toEqual([]);
  });

  test("who waits can leave", async () => {
    const [alice, bob] = await knocking();
    bob.do("leave");
    await become(bob, "over: left");
    await until(() => expect(alice.state.knocks).toEqual([]));
  });

  test("who was with us before the server lost the room need not ask again; somebody else must", async () => {
    const [alice, bob] = await knocking();
    alice.ask({ type: "admit", participants: ["b".repeat(16)] });
    await become(bob, "live");
    await until(() => expect(alice.verified).toEqual(["Alice", "Bob"]));
    server.goDown();
    await become(alice, "reconnecting");
    server.isUp = true;
    await become(alice, "live");
    await become(bob, "live");
    const carol = open("Carol");
    await become(carol, "lobby");
    await until(() => expect(alice.state.knocks.map(({ name }) => name)).toEqual(["Carol"]));
  });

  test("a lock is seen by everyone", async () => {
    const [alice, bob] = await aliceAndBob();
    alice.ask({ type: "lock", isLocked: true });
    await until(() => expect([alice.state.isLocked, bob.state.isLocked]).toEqual([true, true]));
  });
});

describe("roles", () => {
  test("who is made presenter is one for everyone", async () => {
    server.grants = ["chat"];
    const [alice, bob] = await aliceAndBob();
    expect(bob.state.self?.grants).toEqual(["chat"]);
    alice.ask({ type: "appoint", participant: "b".repeat(16), role: "presenter" });
    await until(() => expect(bob.state.self).toMatchObject({ role: "presenter", grants: ["chat", "share", "speak"] }));
    await until(() => expect(alice.state.people.map(({ role }) => role)).toEqual(["organizer", "presenter"]));
  });

  test("what somebody writes who may not is shown to nobody", async () => {
    server.grants = ["share"];
    const [alice, bob] = await aliceAndBob();
    bob.write("I write all the same");
    alice.write("I may");
    await until(() => expect(bob.chat).toContain("Alice: I may (sent)"));
    expect(alice.chat).toEqual(["Alice: I may (sent)"]);
  });
});

describe("hands and reactions", () => {
  test("hands stand in the order in which they were raised, for whoever comes later, too", async () => {
    const [alice, bob] = await aliceAndBob();
    bob.ask({ type: "hand", isUp: true });
    await until(() => expect(alice.hands).toEqual(["Bob"]));
    alice.ask({ type: "hand", isUp: true });
    await until(() =>
      expect([alice.hands, bob.hands]).toEqual([
        ["Bob", "Alice"],
        ["Bob", "Alice"],
      ]),
    );
    const carol = open("Carol");
    await until(() => expect(carol.hands).toEqual(["Bob", "Alice"]));
    bob.ask({ type: "hand", isUp: false });
    await until(() => expect([alice.hands, carol.hands]).toEqual([["Alice"], ["Alice"]]));
  });

  test("an organizer lowers a hand, and nobody else does", async () => {
    const [alice, bob] = await aliceAndBob();
    alice.ask({ type: "hand", isUp: true });
    await until(() => expect(bob.hands).toEqual(["Alice"]));
    bob.ask({ type: "lower-hand", participant: "a".repeat(16) });
    bob.ask({ type: "hand", isUp: true });
    await until(() => expect(alice.hands).toEqual(["Alice", "Bob"]));
    alice.ask({ type: "lower-hand", participant: "b".repeat(16) });
    await until(() => expect([alice.hands, bob.hands]).toEqual([["Alice"], ["Alice"]]));
  });

  test("an organizer mutes somebody, and nobody else does", async () => {
    const [alice, bob] = await aliceAndBob();
    for (const person of [alice, bob]) person.ask({ type: "speak", source: new ReadableStream(), id: 1 });
    bob.ask({ type: "mute-other", participant: "a".repeat(16) });
    bob.ask({ type: "hand", isUp: true });
    await until(() => expect(alice.hands).toEqual(["Bob"]));
    alice.ask({ type: "mute-other", participant: "b".repeat(16) });
    await until(() => expect(bob.mutedBy).toEqual(["Alice"]));
    expect(alice.mutedBy).toEqual([]);
    expect(bob.state.people.map(({ name, isMuted }) => [name, isMuted])).toContainEqual(["Bob", true]);
  });

  test("who may not speak is muted at once", async () => {
    server.grants = ["chat"];
    const [, bob] = await aliceAndBob();
    bob.ask({ type: "speak", source: new ReadableStream(), id: 1 });
    await until(() => expect(bob.mutedBy).toEqual([null]));
    expect(bob.state.people.find(({ isSelf }) => isSelf)?.isMuted).toBe(true);
  });

  test("who leaves has no hand up any more", async () => {
    const [alice, bob] = await aliceAndBob();
    bob.ask({ type: "hand", isUp: true });
    await until(() => expect(alice.hands).toEqual(["Bob"]));
    bob.do("leave");
    await until(() => expect(alice.hands).toEqual([]));
  });

  test("a reaction is seen with its name", async () => {
    const [alice, bob] = await aliceAndBob();
    bob.ask({ type: "react", reaction: "\u{1F389}" });
    await until(() => expect(alice.reactions).toEqual(["Bob: \u{1F389}"]));
    expect(bob.reactions).toEqual(["Bob: \u{1F389}"]);
  });
});
