/**
 * Shows every screen of the room without servers, for pictures, accessibility checks and work on the design.
 * `?scene=shared&panel=chat`: a scene of `scenes.ts`, or `over-REASON`, `join`, `join-words`, `ended`, `unsupported`,
 * `not-ready`, `invitation`, `invitation-missing`, `invitation-failed`.
 */

import { render } from "preact";
import type { OverReason } from "../../src/room/state.ts";
import { App } from "../../src/ui/app.tsx";
import { deviceSentence } from "../../src/ui/devices.ts";
import type { InvitationFacts, MeetingFacts } from "../../src/ui/facts.ts";
import { Invitation } from "../../src/ui/invitation.tsx";
import { Keyholder, type WordSource } from "../../src/ui/keyholder.ts";
import { type PanelName, RoomModel, type SheetName } from "../../src/ui/room_model.ts";
import { wordsVerifier } from "../../src/ui/words.ts";
import { FakeRoom, face } from "./fake_room.ts";
import { FakeSound } from "./fake_sound.ts";
import { LIVE, overScene, SCENES, type SceneName } from "./scenes.ts";
import "../../src/pages/meeting.css";
import "../../src/ui/invitation.css";

declare global {
  interface Window {
    /** For the script that drives the harness. */
    harness: { fake: FakeRoom; model: RoomModel };
  }
}

const WORDS = "cobalt-relay-onion-siren-tulip-zebra";
const ROOM = "481516234";
const query = new URLSearchParams(location.search);
const scene = query.get("scene") ?? "live";

/** Words without the large list: every word is known that has more than two letters. */
const source: WordSource = {
  drawWords: () => WORDS.split("-"),
  readWords: (text) => {
    const words = text.toLowerCase().split(/[\s,-]+/u);
    const unknown = words.filter((word) => word.length < 3);
    return unknown.length > 0 || words.length !== 6 ? { ok: false, unknown, count: words.length } : { ok: true, words };
  },
  deriveKeys: (words) => Promise.resolve({ door: { publicKey: words.join("-") } }),
  judgeWords: async (text) => {
    const read = source.readWords(text);
    if (!read.ok) return { ...read, problem: read.unknown.length > 0 ? "unknown" : "count" };
    const words = read.words.join("-");
    return words === WORDS ? { ok: true, words } : { ok: false, problem: "mismatch", unknown: [], count: 6 };
  },
};

const facts: MeetingFacts = {
  room: ROOM,
  number: "481-516-234",
  doorKey: scene === "not-ready" ? "" : WORDS,
  ticketUrl: "/ticket",
  keyUrl: "/key",
  csrfToken: "token",
  liveUrl: "wss://meet.example.org:8443/room",
  name: scene.startsWith("join") ? "" : "Alice Adler",
  isSignedIn: true,
  isOrganizer: true,
  subject: query.get("subject") ?? "Quarterly review",
  hasEnded: scene === "ended",
  recordDays: 30,
  recordUrl: "/meetings/481-516-234/record/",
  homeUrl: "/",
  privacyUrl: "/privacy/",
  termsUrl: "/terms/",
};

const invitation: InvitationFacts = {
  ...facts,
  doorKey: scene === "invitation-missing" ? WORDS : "",
  hadWords: false,
  keyUrl: "/key",
  joinUrl: "http://localhost:8000/j/481-516-234",
  startsAt: "2026-11-24T09:00:00+00:00",
  durationMin: 45,
  timeZone: "Europe/Berlin",
};

function sceneState(): typeof LIVE {
  if (scene.startsWith("over-")) return overScene(scene.slice("over-".length) as OverReason);
  return SCENES[scene as SceneName] ?? LIVE;
}

function showInvitation(root: HTMLElement): void {
  root.id = "invitation";
  root.style.setProperty("max-width", "44rem");
  root.style.setProperty("margin", "1rem auto");
  root.style.setProperty("padding", "0 1rem");
  const isRefused = scene === "invitation-failed";
  const post = () =>
    Promise.resolve(isRefused ? { ok: false as const, sentence: "This meeting has ended." } : { ok: true as const });
  render(
    <Invitation facts={invitation} keyholder={new Keyholder(invitation, () => Promise.resolve(source), post)} />,
    root,
  );
}

function showMeeting(root: HTMLElement): void {
  const fake = new FakeRoom(sceneState());
  const sound = new FakeSound();
  const model = new RoomModel(fake.open, sound);
  window.harness = { fake, model };
  const verify = wordsVerifier((text) => source.judgeWords(text, ROOM, facts.doorKey));
  const problem = scene === "unsupported" ? "no-codecs" : null;
  render(<App facts={facts} problem={problem} verify={verify} model={model} />, root);
  if (isDoor()) return;
  model.enter({
    type: "enter",
    room: ROOM,
    words: WORDS,
    name: facts.name,
    ticketUrl: "/ticket",
    keyUrl: "/key",
    csrfToken: "token",
  });
  model.panel.value = (query.get("panel") as PanelName | null) ?? null;
  model.sheet.value = (query.get("sheet") as SheetName | null) ?? null;
  showVoice(model, sound);
  if (model.state.value.screens.some(({ isSelf }) => isSelf)) {
    model.sharing.value = "yes";
    model.shared.value = film().getVideoTracks()[0] ?? null;
  }
  if (query.has("removed")) model.removed.value = "Dave";
  if (query.has("choosing")) model.control.choosing.value = model.state.value.control.requests[0]?.key ?? null;
  if (query.has("filming")) model.camera.stream.value = film();
  model.layout.value = query.has("speaker") ? "speaker" : "grid";
  if (query.has("denied"))
    model.shareProblem.value = "Nothing is shared: you closed the choice, or the browser or system does not allow it.";
}

/** Our own camera, without one. */
function film(): MediaStream {
  const canvas = document.createElement("canvas");
  const stream = canvas.captureStream();
  setInterval(() => face(canvas), 200);
  return stream;
}

/** `?voice=denied`, `blocked`, `missing`, `deaf`, or `devices` for the choice of microphone and loudspeaker. */
function showVoice({ voice }: RoomModel, sound: FakeSound): void {
  const shown = query.get("voice");
  if (scene === "speaking") {
    sound.speaking.value = new Set(["b0b0000000000001"]);
    voice.muting.value = "open";
  }
  if (shown === "denied") voice.problem.value = deviceSentence("microphone", "denied");
  if (shown === "deaf") voice.own.value = "deaf";
  if (shown === "blocked" || shown === "missing") sound.hearing.value = shown;
  if (shown === "devices") requestAnimationFrame(() => document.querySelector<HTMLElement>(".tool-more")?.click());
}

function isDoor(): boolean {
  return ["join", "join-words", "ended", "unsupported", "not-ready"].includes(scene);
}

const root = document.createElement(scene.startsWith("invitation") ? "main" : "div");
document.body.append(root);
localStorage.clear();
if (query.has("mic")) localStorage.setItem("conclave.joins.microphone", "yes");
if (scene.startsWith("invitation")) showInvitation(root);
else showMeeting(root);
