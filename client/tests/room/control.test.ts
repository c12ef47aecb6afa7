/** Carol asks for control of Bob's computer, his helper decides, and mallory is in between. */

import { beforeEach, describe, expect, test, vi } from "vitest";
import type { DeviceRef } from "../../src/e2ee/control_seal.ts";
import { Control } from "../../src/room/control.ts";
import type { ControlEvent } from "../../src/room/control_wire.ts";
import type { RoomEvent } from "../../src/room/state.ts";
import type { HelperMessage, PageMessage } from "../../src/transport/helper_messages.ts";
import type { HelperListener, HelperSocket } from "../../src/transport/helper_socket.ts";

type Who = DeviceRef & { readonly name: string };
const who = (letter: string, name: string): Who => ({
  participant: letter.repeat(16),
  device: `${letter.repeat(15)}0`,
  name,
});
const BOB = who("b", "Bob");
const CAROL = who("c", "Carol");
const EVE = who("e", "Eve");
const SURFACE = { kind: "monitor", label: "screen:1:0", width: 1280, height: 800 } as const;
const TEXT: ControlEvent = { type: "text", text: "x" };

/** What the helper got, and what it says. */
class FakeHelper {
  readonly messages: PageMessage[] = [];
  readonly inputs: Uint8Array[] = [];
  listener: HelperListener | null = null;
  isClosed = false;

  open(listener: HelperListener): HelperSocket {
    this.listener = listener;
    return {
      send: (message: PageMessage) => this.messages.push(message),
      input: (bytes: Uint8Array) => this.inputs.push(bytes),
      close: () => {
        this.isClosed = true;
      },
    } as unknown as HelperSocket;
  }

  say(message: HelperMessage): void {
    this.listener?.received(message);
  }

  pair(): void {
    this.say({ type: "paired", token: "ab".repeat(32), scope: ["mouse", "keyboard", "paste", "copy"] });
  }

  allow(scope: readonly string[] = ["mouse", "keyboard"]): void {
    this.say({ type: "granted", grant: "12".repeat(16), epoch: 7, scope, seconds: 600 });
  }
}

/** A meeting in memory: private messages arrive, unless mallory drops them; so do inputs. */
class Meeting {
  readonly helper = new FakeHelper();
  readonly controls = new Map<string, Control>();
  readonly events = new Map<string, RoomEvent[]>();
  readonly here = new Set<string>();
  readonly sharing = new Set([BOB.device]);
  /** What each device has published on its track. */
  readonly published = new Map<string, Uint8Array[]>();
  readonly readers = new Map<string, (object: Uint8Array) => Promise<void>>();
  isCut = false;

  join(self: Who): Control {
    this.here.add(self.device);
    const events: RoomEvent[] = [];
    this.events.set(self.name, events);
    const all = [BOB, CAROL, EVE];
    const control = new Control("481516234", {
      own: () => ({ participant: self.participant, device: self.device, group: "ab".repeat(20), epoch: 7 }),
      say: (message, participant) => {
        const to = all.find((each) => each.participant === participant);
        if (to && !this.isCut) this.controls.get(to.name)?.hear(message, self);
      },
      publish: (input) => {
        this.published.set(self.name, [...(this.published.get(self.name) ?? []), input]);
        if (!this.isCut) void this.readers.get(self.device)?.(input);
      },
      read: ({ device }, receive) => {
        this.readers.set(device, receive);
        return () => this.readers.delete(device);
      },
      find: (device) => all.find((each) => each.device === device) ?? null,
      isHere: (device) => this.here.has(device),
      isSharing: (device) => this.sharing.has(device),
      changed: () => undefined,
      passed: () => undefined,
      post: (event) => events.push(event),
      openHelper: (_to, _room, listener) => this.helper.open(listener),
    });
    this.controls.set(self.name, control);
    return control;
  }

  endings(name: string): unknown[] {
    return (this.events.get(name) ?? []).flatMap((event) => (event.type === "control-ended" ? [event.reason] : []));
  }
}

let meeting: Meeting;
let bob: Control;
let carol: Control;
let eve: Control;

beforeEach(() => {
  meeting = new Meeting();
  [bob, carol, eve] = [meeting.join(BOB), meeting.join(CAROL), meeting.join(EVE)];
  bob.receive({ type: "shared-surface", surface: SURFACE });
});

async function ask(by: Control): Promise<string> {
  const before = bob.state.requests.length;
  by.receive({ type: "ask-control", device: BOB.device });
  await vi.waitFor(() => expect(bob.state.requests.length).toBe(before + 1));
  return bob.state.requests.at(-1)?.key ?? "";
}

async function hand(by: Control, scope: "all" | "mouse" = "all"): Promise<void> {
  const key = await ask(by);
  const given = scope === "all" ? (["mouse", "keyboard"] as const) : (["mouse"] as const);
  bob.receive({ type: "give-control", key, scope: given, seconds: 600 });
  if (bob.state.offer?.step === "code") {
    bob.receive({ type: "pair-helper", code: "1 234 5678" });
    meeting.helper.pair();
  }
  meeting.helper.allow(given);
  await vi.waitFor(() => expect(by.state.mine?.isActive).toBe(true));
}

const inputs = (count: number) => vi.waitFor(() => expect(meeting.helper.inputs.length).toBe(count));

describe("control", () => {
  test("is asked for, offered, granted by the helper, used, and given back", async () => {
    const key = await ask(carol);
    expect(bob.state.requests).toMatchObject([{ name: "Carol", words: carol.state.mine?.words }]);
    bob.receive({ type: "give-control", key, scope: ["mouse", "keyboard"], seconds: 600 });
    expect(bob.state.offer).toMatchObject({ step: "code", problem: null });
    bob.receive({ type: "pair-helper", code: "nonsense" });
    expect(bob.state.offer?.problem).toBe("mistyped");
    bob.receive({ type: "pair-helper", code: "1 234 5678" });
    meeting.helper.pair();
    expect(meeting.helper.messages.map(({ type }) => type)).toEqual(["surface", "focus", "ask"]);
    expect(meeting.helper.messages.at(-1)).toMatchObject({ name: "Carol", key, epoch: 7, seconds: 600 });
    expect(bob.state.offer?.step).toBe("asking");
    expect(bob.controller).toBeNull();
    meeting.helper.allow();
    expect([bob.controller, bob.state.offer, bob.state.requests]).toEqual([CAROL.device, null, []]);
    await vi.waitFor(() => expect(carol.state.mine?.isActive).toBe(true));
    carol.receive({ type: "input", events: [TEXT] });
    await inputs(1);
    carol.receive({ type: "leave-control" });
    expect(meeting.helper.messages.at(-1)).toEqual({ type: "revoke" });
    expect([bob.controller, carol.state.mine, meeting.endings("Bob")]).toEqual([null, null, ["left"]]);
  });

  test("R2 after Stop control nothing of the controller reaches the helper, with the network cut and after", async () => {
    await hand(carol);
    const read = meeting.readers.get(CAROL.device);
    meeting.isCut = true;
    bob.receive({ type: "stop-control" });
    expect(meeting.helper.messages.at(-1)).toEqual({ type: "revoke" });
    carol.receive({ type: "input", events: [TEXT] });
    await vi.waitFor(() => expect(meeting.published.get("Carol")).toHaveLength(1));
    meeting.isCut = false;
    // What was on its way comes now, also where somebody still reads it.
    await read?.(meeting.published.get("Carol")?.[0] ?? new Uint8Array());
    expect(meeting.readers.has(CAROL.device)).toBe(false);
    expect(meeting.helper.inputs).toEqual([]);
  });

  test("R2 an input carries the time since the controller heard of the grant", async () => {
    const beforeMs = performance.now();
    await hand(carol);
    await new Promise((done) => setTimeout(done, 50));
    carol.receive({ type: "input", events: [TEXT] });
    await inputs(1);
    const input = meeting.helper.inputs[0] ?? new Uint8Array();
    const timeMs = Number(new DataView(input.buffer, input.byteOffset).getBigUint64(72));
    expect(timeMs).toBeGreaterThanOrEqual(49);
    expect(timeMs).toBeLessThan(performance.now() - beforeMs);
  });

  test("R2 an attendee without a grant publishes in vain, and so does mallory who plays another's inputs", async () => {
    await hand(carol);
    const read = meeting.readers.get(CAROL.device);
    await read?.(crypto.getRandomValues(new Uint8Array(300)));
    await read?.(new Uint8Array());
    expect(meeting.readers.has(EVE.device)).toBe(false);
    eve.receive({ type: "input", events: [TEXT] });
    expect(meeting.published.get("Eve")).toBeUndefined();
    expect(meeting.helper.inputs).toEqual([]);
  });

  test("nobody but the presenter who was asked can give it, and nobody but him or the controller end it", async () => {
    const key = await ask(carol);
    const given = { type: "give-control", key, grant: "12".repeat(16), epoch: 7, seconds: 600, scope: ["mouse"] };
    carol.hear(given, EVE);
    carol.hear({ ...given, key: "ab".repeat(32) }, BOB);
    expect(carol.state.mine?.isActive).toBe(false);
    carol.hear({ type: "refuse-control", key }, EVE);
    bob.hear({ type: "end-control", key, reason: "left" }, EVE);
    expect([carol.state.mine !== null, bob.state.requests.length]).toEqual([true, 1]);
  });

  test("a grant that is not of its form is passed over without an answer, and the request stays open", async () => {
    const key = await ask(carol);
    const given = { type: "give-control", key, grant: "12".repeat(16), epoch: 7, seconds: 600, scope: ["mouse"] };
    for (const wrong of [
      { seconds: 59 },
      { seconds: 86_400 },
      { scope: ["keyboard"] },
      { scope: ["mouse", "files"] },
    ]) {
      carol.hear({ ...given, ...wrong }, BOB);
    }
    await new Promise((done) => setTimeout(done, 20));
    expect(carol.state.mine).toMatchObject({ isActive: false, scope: [] });
    expect([bob.state.requests.length, meeting.endings("Carol")]).toEqual([1, []]);
    carol.hear(given, BOB);
    await vi.waitFor(() => expect(carol.state.mine).toMatchObject({ isActive: true, scope: ["mouse"] }));
  });

  test("a no of the helper's person is the answer; whoever asks at once again is not heard", async () => {
    const key = await ask(carol);
    bob.receive({ type: "give-control", key, scope: ["mouse"], seconds: 600 });
    bob.receive({ type: "pair-helper", code: "12345678" });
    meeting.helper.pair();
    meeting.helper.say({ type: "refused", reason: "person" });
    expect([bob.state.offer, bob.state.requests, meeting.endings("Carol")]).toEqual([null, [], ["refused"]]);
    carol.receive({ type: "ask-control", device: BOB.device });
    await vi.waitFor(() => expect(meeting.endings("Carol")).toEqual(["refused", "refused"]));
    expect(bob.state.requests).toEqual([]);
  });

  test("a helper that cannot ask just now is asked again; one that is closed wants its code", async () => {
    const key = await ask(carol);
    bob.receive({ type: "give-control", key, scope: ["mouse"], seconds: 600 });
    bob.receive({ type: "pair-helper", code: "12345678" });
    meeting.helper.listener?.closed("code");
    expect(bob.state.offer).toMatchObject({ step: "code", problem: "code" });
    bob.receive({ type: "pair-helper", code: "12345678" });
    meeting.helper.pair();
    meeting.helper.say({ type: "refused", reason: "surface" });
    expect(bob.state.offer).toMatchObject({ step: "refused", problem: "surface" });
    bob.receive({ type: "take-back-control" });
    bob.receive({ type: "give-control", key, scope: ["mouse"], seconds: 600 });
    expect(bob.state.offer?.step).toBe("asking");
    meeting.helper.listener?.closed("closed");
    expect(bob.state.offer).toMatchObject({ step: "code", problem: "closed" });
  });

  test("passes to somebody else without another code", async () => {
    await hand(carol);
    await hand(eve);
    expect(bob.controller).toBe(EVE.device);
    expect([carol.state.mine, meeting.endings("Carol")]).toEqual([null, ["replaced"]]);
    expect(meeting.readers.has(CAROL.device)).toBe(false);
    eve.receive({ type: "input", events: [TEXT] });
    await inputs(1);
  });

  test.each([
    ["takes it back", () => eve.receive({ type: "leave-control" })],
    ["is gone", () => void meeting.here.delete(EVE.device)],
    ["is not to have it after all", () => bob.receive({ type: "take-back-control" })],
  ])("goes on when somebody else asks for it, and %s before the helper's person has answered", async (_how, happen) => {
    await hand(carol);
    bob.receive({ type: "give-control", key: await ask(eve), scope: ["mouse"], seconds: 600 });
    expect(bob.state.offer).toMatchObject({ name: "Eve", step: "asking" });
    happen();
    bob.look();
    expect(meeting.helper.messages.at(-1)).toEqual({ type: "withdraw" });
    expect(meeting.helper.messages).not.toContainEqual({ type: "revoke" });
    expect([bob.controller, bob.state.offer]).toEqual([CAROL.device, null]);
    carol.receive({ type: "input", events: [TEXT] });
    await inputs(1);
  });

  test.each([
    ["the controller leaves or is removed", () => void meeting.here.delete(CAROL.device), "left"],
    ["the screen is no longer shared", () => bob.unshare(), "surface"],
    ["we are no longer in the group", () => bob.lost(), "left"],
    ["the helper is closed", () => meeting.helper.listener?.closed("closed"), "closed"],
    ["the time is over", () => meeting.helper.say({ type: "ended", reason: "expired" }), "expired"],
    ["the hotkey is pressed", () => meeting.helper.say({ type: "ended", reason: "hotkey" }), "hotkey"],
  ])("ends when %s", async (_when, happen, reason) => {
    await hand(carol);
    happen();
    bob.look();
    carol.look();
    expect([bob.controller, carol.state.mine]).toEqual([null, null]);
    expect(meeting.endings("Bob")).toEqual([reason]);
    expect(meeting.readers.has(CAROL.device)).toBe(false);
  });

  test("the mouse alone sends no keys, and pastes nothing", async () => {
    await hand(carol, "mouse");
    const move: ControlEvent = { type: "move", x: 0.5, y: 0.5 };
    carol.receive({ type: "input", events: [TEXT, { type: "clipboard", text: "x" }] });
    carol.receive({ type: "input", events: [move] });
    await inputs(1);
    expect(meeting.published.get("Carol")).toHaveLength(1);
  });

  test("inputs that overtake each other reach the helper in the order in which they happened", async () => {
    await hand(carol);
    const read = meeting.readers.get(CAROL.device);
    meeting.readers.delete(CAROL.device);
    for (const events of [[TEXT], [TEXT], [TEXT]]) {
      carol.receive({ type: "input", events });
      const sent = (meeting.published.get("Carol")?.length ?? 0) + 1;
      await vi.waitFor(() => expect(meeting.published.get("Carol")).toHaveLength(sent));
    }
    const [one, two, three] = meeting.published.get("Carol") ?? [];
    for (const object of [two, three, one]) await read?.(object ?? new Uint8Array());
    expect(meeting.helper.inputs.map((input) => input[7])).toEqual([1, 2, 3]);
  });

  test("what is copied on Bob's computer goes to whoever may have it, and to nobody else", async () => {
    await hand(carol);
    meeting.helper.say({ type: "copied", text: "secret" });
    expect(meeting.events.get("Carol")?.some(({ type }) => type === "copied")).toBe(false);
  });

  test("that is held back says so to both", async () => {
    await hand(carol);
    meeting.helper.say({ type: "held", why: "mouse" });
    expect([bob.state.given?.held, carol.state.mine?.held]).toEqual(["mouse", "mouse"]);
    meeting.helper.say({ type: "held", why: null });
    expect([bob.state.given?.held, carol.state.mine?.held]).toEqual([null, null]);
  });
});
