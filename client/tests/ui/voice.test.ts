import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { RoomCommand } from "../../src/room/state.ts";
import { Devices } from "../../src/ui/devices.ts";
import { remember } from "../../src/ui/memory.ts";
import { VoiceModel } from "../../src/ui/voice.ts";
import { FakeSound } from "./fake_sound.ts";

class Track extends EventTarget {
  enabled = true;
  isStopped = false;
  stop(): void {
    this.isStopped = true;
  }
}

let tracks: Track[];
let sent: RoomCommand[];
let sound: FakeSound;
let voice: VoiceModel;
/** What the browser answers to the wish for a microphone: a name of an error, or null. */
let refusal: string | null;
let wishes: MediaTrackConstraints[];

beforeEach(() => {
  [tracks, sent, wishes, refusal] = [[], [], [], null];
  const kept = new Map<string, string>();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  });
  const getUserMedia = async ({ audio }: { audio: MediaTrackConstraints }) => {
    wishes.push(audio);
    if (refusal !== null) throw new DOMException("", refusal);
    const track = new Track();
    tracks.push(track);
    return { getAudioTracks: () => [track] };
  };
  vi.stubGlobal("navigator", { mediaDevices: { getUserMedia, enumerateDevices: async () => [] } });
  vi.stubGlobal("MediaStream", class {});
  vi.stubGlobal(
    "MediaStreamTrackProcessor",
    class {
      readonly readable = new ReadableStream();
    },
  );
  sound = new FakeSound();
  voice = new VoiceModel(new Devices(), sound, (command) => void sent.push(command));
});

afterEach(() => vi.unstubAllGlobals());

const types = (): string[] => sent.map(({ type }) => type);

describe("the voice", () => {
  it("is muted on entering, unless the person has said otherwise before", async () => {
    voice.enter();
    expect([types(), tracks]).toEqual([["sound"], []]);
    voice.leave();
    remember("conclave.joins.microphone", "yes");
    voice.enter();
    expect([types(), tracks]).toEqual([["sound", "sound"], []]);
    voice.admitted();
    await vi.waitFor(() => expect(types()).toEqual(["sound", "sound", "speak"]));
  });

  it("asks for a microphone without echo and noise, and keeps it while muted, switched off", async () => {
    voice.enter();
    await voice.unmute();
    expect(wishes).toEqual([
      { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
    ]);
    voice.mute();
    expect([tracks[0]?.enabled, tracks[0]?.isStopped, voice.muting.value]).toEqual([false, false, "muted"]);
    await voice.unmute();
    expect([tracks.length, tracks[0]?.enabled]).toEqual([1, true]);
    expect(types()).toEqual(["sound", "speak", "mute", "speak"]);
  });

  it("is not heard when the person mutes while the browser still asks", async () => {
    voice.enter();
    const asking = voice.unmute();
    voice.mute();
    await asking;
    expect(types()).toEqual(["sound", "mute"]);
    expect(tracks.map(({ isStopped }) => isStopped)).toEqual([true]);
  });

  it.each([
    ["NotAllowedError", "does not let this page"],
    ["NotFoundError", "There is no microphone"],
    ["NotReadableError", "Another program"],
  ])("says what %s means", async (name, words) => {
    refusal = name;
    voice.enter();
    await voice.unmute();
    expect(voice.problem.value).toContain(words);
    expect(voice.muting.value).toBe("muted");
  });

  it("says that the microphone is gone, and takes what there is then", async () => {
    voice.enter();
    await voice.unmute();
    tracks[0]?.dispatchEvent(new Event("ended"));
    expect(voice.problem.value).toContain("gone");
    expect(types().at(-1)).toBe("mute");
    await voice.unmute();
    expect([voice.problem.value, tracks.length, voice.muting.value]).toEqual([null, 2, "open"]);
  });

  it("goes on with another microphone, and asks for the same one next time", async () => {
    voice.enter();
    await voice.unmute();
    voice.choose("microphone", "headset");
    await vi.waitFor(() => expect(types()).toEqual(["sound", "speak", "speak"]));
    expect(tracks.map(({ isStopped }) => isStopped)).toEqual([true, false]);
    expect(wishes.at(-1)?.deviceId).toEqual({ ideal: "headset" });
    expect(new Devices().wish("microphone")).toEqual({ deviceId: { ideal: "headset" } });
  });

  it("does not take the end of the old microphone for a loss of the new one", async () => {
    voice.enter();
    await voice.unmute();
    const [, first] = sent;
    const old = first?.type === "speak" ? first.id : -1;
    voice.choose("microphone", "headset");
    voice.receive({ type: "voice-stopped", id: old });
    await vi.waitFor(() => expect(types()).toEqual(["sound", "speak", "speak"]));
    expect([voice.problem.value, voice.muting.value]).toEqual([null, "open"]);
    const last = sent.at(-1);
    voice.receive({ type: "voice-stopped", id: last?.type === "speak" ? last.id : -1 });
    expect(voice.problem.value).toContain("gone");
  });

  it("is heard on after a return to the room, and lets everything go at its end", async () => {
    voice.enter();
    await voice.unmute();
    voice.enter();
    voice.admitted();
    await vi.waitFor(() => expect(types()).toEqual(["sound", "speak", "sound", "speak"]));
    voice.leave();
    expect([tracks[0]?.isStopped, voice.muting.value, sound.asked.at(-1)]).toEqual([true, "muted", "close"]);
  });

  it("knows who speaks", () => {
    sound.speaking.value = new Set(["b0b"]);
    voice.receive({ type: "voice", voice: "speaking" });
    const people = [
      { isSelf: true, device: "a11ce" },
      { isSelf: false, device: "b0b" },
      { isSelf: false, device: "ca401" },
    ];
    expect(people.map((person) => voice.isSpeaking(person))).toEqual([true, true, false]);
  });
});
