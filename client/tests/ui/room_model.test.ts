import { afterEach, describe, expect, it, vi } from "vitest";
import type { RoomCommand } from "../../src/room/state.ts";
import { type EnterCommand, RoomModel } from "../../src/ui/room_model.ts";
import { FakeRoom } from "./fake_room.ts";
import { FakeSound } from "./fake_sound.ts";
import { CHAT, LIVE, overScene } from "./scenes.ts";

const ENTER: EnterCommand = {
  type: "enter",
  room: "481516234",
  words: "cobalt-relay-onion-siren-tulip-zebra",
  name: "Alice",
  ticketUrl: "/ticket",
  keyUrl: "/key",
  csrfToken: "token",
};

function entered(): { fake: FakeRoom; model: RoomModel } {
  const fake = new FakeRoom(LIVE);
  const model = new RoomModel(fake.open, new FakeSound());
  model.enter(ENTER);
  return { fake, model };
}

/** Stand in for the browser's choice of a screen: `answer` is the track, or the name of the error. */
function screenChoice(answer: EventTarget | string): void {
  const choose = async () => {
    if (typeof answer === "string") throw new DOMException("", answer);
    return { getVideoTracks: () => [answer] };
  };
  vi.stubGlobal("navigator", { mediaDevices: { getDisplayMedia: choose } });
  vi.stubGlobal(
    "MediaStreamTrackProcessor",
    class {
      readonly readable = new ReadableStream();
    },
  );
}

class Track extends EventTarget {
  contentHint = "";
  readonly label = "screen:65:0";
  readonly getSettings = () => ({ displaySurface: "monitor", width: 1920, height: 1080 });
  isStopped = false;
  stop(): void {
    this.isStopped = true;
  }
}

/** What was asked for; the line to the audio thread comes with every entering. */
const types = (commands: readonly RoomCommand[]): string[] =>
  commands.map((command) => command.type).filter((type) => type !== "sound");

afterEach(() => vi.unstubAllGlobals());

describe("who joins with microphone and camera", () => {
  it("is neither heard nor seen before they are let in", async () => {
    const asked: string[] = [];
    const getUserMedia = async (wish: MediaStreamConstraints) => {
      asked.push(wish.audio ? "microphone" : "camera");
      throw new DOMException("", "NotFoundError");
    };
    vi.stubGlobal("navigator", { mediaDevices: { getUserMedia, enumerateDevices: async () => [] } });
    vi.stubGlobal("MediaStreamTrackProcessor", class {});
    vi.stubGlobal("localStorage", { getItem: () => "yes", setItem: () => undefined });
    const fake = new FakeRoom({ ...LIVE, phase: { name: "lobby" }, self: null });
    const model = new RoomModel(fake.open, new FakeSound());
    model.enter(ENTER);
    expect([model.state.value.phase.name, asked]).toEqual(["lobby", []]);
    fake.show(LIVE);
    fake.show({ ...LIVE, isLocked: true });
    expect(asked).toEqual(["microphone", "camera"]);
  });
});

describe("sharing", () => {
  it("hands the frames over and asks for crisp text", async () => {
    const track = new Track();
    screenChoice(track);
    const { fake, model } = entered();
    await model.startSharing();
    expect(types(fake.commands)).toEqual(["enter", "share", "shared-surface"]);
    expect([model.sharing.value, track.contentHint]).toEqual(["yes", "text"]);
  });

  it("ends with the browser's own stop bar", async () => {
    const track = new Track();
    screenChoice(track);
    const { fake, model } = entered();
    await model.startSharing();
    track.dispatchEvent(new Event("ended"));
    expect(types(fake.commands)).toEqual(["enter", "share", "shared-surface", "stop-sharing"]);
    expect([model.sharing.value, track.isStopped]).toEqual(["no", true]);
  });

  it("ends when the worker gives it up, and when the meeting is over", async () => {
    for (const end of [(fake: FakeRoom) => fake.stopSharing(), (fake: FakeRoom) => fake.show(overScene("ended"))]) {
      const track = new Track();
      screenChoice(track);
      const { fake, model } = entered();
      await model.startSharing();
      end(fake);
      expect([model.sharing.value, track.isStopped]).toEqual(["no", true]);
    }
  });

  it("stops a capture that was granted after the meeting had ended", async () => {
    const track = new Track();
    screenChoice(track);
    const { fake, model } = entered();
    const sharing = model.startSharing();
    fake.show(overScene("removed"));
    await sharing;
    expect(types(fake.commands)).toEqual(["enter"]);
    expect([model.sharing.value, track.isStopped]).toEqual(["no", true]);
  });

  it.each([
    ["NotAllowedError", "does not allow"],
    ["NotReadableError", "could not be captured"],
  ])("tells what %s means", async (error, told) => {
    screenChoice(error);
    const { model } = entered();
    await model.startSharing();
    expect(model.sharing.value).toBe("no");
    expect(model.shareProblem.value).toContain(told);
  });

  it("tells a browser that cannot", async () => {
    vi.stubGlobal("navigator", {});
    const { model } = entered();
    await model.startSharing();
    expect(model.shareProblem.value).toContain("cannot share");
  });
});

describe("coming back", () => {
  it("keeps new words, so that coming back needs no other link", () => {
    const { model, fake } = entered();
    fake.listener({ type: "words", words: "six-new-words-as-they-came" });
    expect(model.entered.value?.words).toBe("six-new-words-as-they-came");
    expect(model.told.value).toContain("new words");
  });

  it("offers new words after a removal, to whom the site lets make them", () => {
    const { model } = entered();
    for (const bob of LIVE.people.slice(1, 2)) model.remove(bob);
    expect(model.removed.value).toBe("Bob");
    model.renewWords();
    expect(model.removed.value).toBeNull();
  });

  it("takes a new worker and the same words", () => {
    const { fake, model } = entered();
    model.togglePanel("chat");
    fake.show(overScene("left"));
    model.rejoin();
    expect(fake.commands.filter(({ type }) => type !== "sound")).toEqual([ENTER, ENTER]);
    expect(fake.closed).toBe(1);
    expect([model.overReason.value, model.panel.value]).toEqual([null, null]);
  });

  it("to the door lets other words be typed", () => {
    const { fake, model } = entered();
    fake.show(overScene("wrong-words"));
    model.goBack();
    expect(model.entered.value).toBeNull();
    expect(model.overReason.value).toBeNull();
  });

  it("a worker that was left behind is not heard any more", () => {
    const { fake, model } = entered();
    const late = fake.listener;
    model.rejoin();
    late({ type: "state", state: overScene("ended") });
    expect(model.overReason.value).toBeNull();
  });

  it("a worker that breaks is the end, with a way on", () => {
    const { fake, model } = entered();
    fake.crash();
    expect(model.overReason.value).toBe("malformed");
  });
});

describe("the chat's count", () => {
  it("falls to nothing when all was seen, and rises with what comes after", () => {
    const { fake, model } = entered();
    fake.show({ ...LIVE, chat: CHAT.slice(0, 2) });
    expect(model.unread.value).toBe(2);
    model.markSeen();
    expect(model.unread.value).toBe(0);
    fake.show({ ...LIVE, chat: CHAT });
    expect(model.unread.value).toBe(2);
  });
});

describe("an answer", () => {
  const [, , , , fromBob] = CHAT;
  const question = CHAT[2];
  if (!fromBob || !question) throw new Error("the scene has changed");

  function sent(answered: (typeof CHAT)[number]): RoomCommand | undefined {
    const { fake, model } = entered();
    fake.show({ ...LIVE, chat: CHAT });
    model.answer(answered);
    model.draft.value = " yes ";
    model.sendDraft();
    expect([model.draft.value, model.answering.value]).toEqual(["", null]);
    return fake.commands.at(-1);
  }

  it("to everyone goes to everyone", () => {
    const reply = { from: question.from, id: question.id };
    expect(sent(question)).toEqual({ type: "chat", text: "yes", to: null, reply });
  });

  it("to a private message is as private", () => {
    const reply = { from: fromBob.from, id: fromBob.id };
    expect(sent(fromBob)).toEqual({ type: "chat", text: "yes", to: fromBob.from, reply });
  });

  it("to our own private message goes to the same reader", () => {
    const own = CHAT[5];
    expect(own && sent(own)).toMatchObject({ to: own?.to?.participant });
  });
});

describe("reactions", () => {
  it("are shown for a moment, the newest of many, and read out with the name", () => {
    vi.useFakeTimers();
    const { fake, model } = entered();
    for (let index = 0; index < 20; index += 1) {
      fake.listener({ type: "reaction", reaction: "\u{1F44F}", name: `Bob ${index}`, isSelf: false });
    }
    expect(model.reactions.value.map(({ name }) => name).at(-1)).toBe("Bob 19");
    expect(model.reactions.value).toHaveLength(8);
    expect(model.news.value).toBe("Bob 19: Clapping.");
    vi.advanceTimersByTime(5000);
    expect(model.reactions.value).toEqual([]);
    vi.useRealTimers();
  });
});

describe("words to judge", () => {
  const facts = { room: ENTER.room, doorKey: "0f".repeat(32) };

  it("go to the worker, and its verdict comes back to whoever asked", async () => {
    const fake = new FakeRoom(LIVE);
    const model = new RoomModel(fake.open, new FakeSound());
    const [first, second] = [model.judge("one", facts), model.judge("two", facts)];
    const [one, two] = fake.commands.flatMap((command) => (command.type === "judge" ? [command.id] : []));
    fake.listener({ type: "judged", id: two ?? 0, verdict: { ok: true, words: "two" } });
    fake.listener({ type: "judged", id: one ?? 0, verdict: { ok: true, words: "one" } });
    expect([await first, await second].map((verdict) => verdict.ok && verdict.words)).toEqual(["one", "two"]);
  });

  it("have no verdict when the worker dies, or has none itself", async () => {
    const fake = new FakeRoom(LIVE);
    const model = new RoomModel(fake.open, new FakeSound());
    const [silent, crashed] = [model.judge("one", facts), model.judge("two", facts)];
    fake.listener({ type: "judged", id: 1, verdict: null });
    fake.crash();
    await expect(silent).rejects.toThrow();
    await expect(crashed).rejects.toThrow();
  });
});

describe("an organizer who asks for silence", () => {
  it("has the microphone muted, and the person is told by whom", () => {
    const { fake, model } = entered();
    fake.listener({ type: "muted", by: "Alice" });
    expect(types(fake.commands).at(-1)).toBe("mute");
    expect([model.told.value, model.news.value]).toEqual(Array(2).fill("Alice muted your microphone."));
  });
});
