/** Every state of a meeting that a person can meet, as data: what the harness shows and the pictures are taken of. */

import type {
  Camera,
  ChatMessage,
  GivenView,
  Knock,
  MineView,
  OfferView,
  OverReason,
  Person,
  RoomState,
  SharedScreen,
} from "../../src/room/state.ts";

/** 09:30 on a winter Monday, UTC. */
export const NOW_MS = Date.UTC(2026, 10, 23, 9, 30);
const MINUTE_MS = 60_000;

const ALICE: Person = {
  participant: "a11ce00000000000",
  device: "a11ce00000000001",
  name: "Alice Adler",
  role: "organizer",
  isSelf: true,
  hand: 0,
  trust: "verified",
  doubt: null,
  isMuted: true,
};
const BOB: Person = {
  ...ALICE,
  participant: "b0b0000000000000",
  device: "b0b0000000000001",
  name: "Bob",
  role: "presenter",
  isSelf: false,
};
const CAROL: Person = {
  ...BOB,
  participant: "ca401000000000000",
  device: "ca40100000000001",
  name: "Carol Çelik",
  role: "attendee",
};
const DAVE: Person = {
  ...CAROL,
  participant: "da7e000000000000",
  device: "da7e000000000001",
  name: "Dave",
  trust: "waiting",
};
const MALLORY: Person = {
  ...CAROL,
  participant: "3a11000000000000",
  device: "3a11000000000001",
  name: "Mallory with a name that is really rather long for a list",
  trust: "unverified",
};

export const SAFETY_WORDS = ["harbour", "quilt", "nectar", "overcome"] as const;

export const LIVE: RoomState = {
  phase: { name: "live" },
  self: {
    participant: ALICE.participant,
    device: ALICE.device,
    role: "organizer",
    grants: ["chat", "share", "speak", "admit", "appoint", "remove", "end"],
  },
  people: [ALICE, BOB, CAROL],
  knocks: [],
  isLocked: false,
  chat: [],
  files: [],
  screens: [],
  cameras: [],
  safetyWords: SAFETY_WORDS,
  safetyChange: null,
  way: "direct",
  control: { mine: null, requests: [], offer: null, given: null },
  notice: null,
};
const BEFORE: RoomState = {
  ...LIVE,
  self: null,
  people: [],
  safetyWords: null,
  way: null,
  phase: { name: "connecting" },
};

function said(index: number, by: Person, text: string, delivery: ChatMessage["delivery"] = "sent"): ChatMessage {
  const atMs = NOW_MS + index * MINUTE_MS;
  return {
    id: `${index}`.padStart(16, "0"),
    from: by.participant,
    fromName: by.name,
    isSelf: by.isSelf,
    to: null,
    text,
    reply: null,
    file: null,
    atMs,
    delivery,
  };
}

const QUESTION = said(3, CAROL, "Thanks. Two questions:\n1. where do the 12 % come from?\n2. who owns the follow-up?");

export const CHAT: readonly ChatMessage[] = [
  said(0, BOB, "Good morning! The numbers are at https://example.org/q3/report(final).pdf, page 4."),
  said(1, BOB, "Page 5 as well"),
  QUESTION,
  { ...said(4, ALICE, "From the support contracts, see <b>appendix</b> & notes."), reply: QUESTION },
  { ...said(4, BOB, "Shall we tell them about the merger?"), id: "b".repeat(16), to: ALICE },
  { ...said(4, ALICE, "Not yet, please."), id: "c".repeat(16), to: BOB },
  said(5, ALICE, "I take the follow-up.", "failed"),
  said(6, ALICE, "Averylongwordwithoutanyplacetobreakitsuchasatokenorapathpastedfromsomewhere", "sending"),
];

const offer = (index: number, by: Person, name: string, sizeBytes: number): ChatMessage => ({
  ...said(index, by, ""),
  id: `f${index}`.padEnd(16, "0"),
  file: { name, sizeBytes },
});
const REVIEW = offer(7, BOB, "Quarterly review, final version (3).pdf", 2_340_000);
const MINUTES = offer(8, CAROL, "minutes.txt", 812);
const ARCHIVE = offer(9, BOB, "a-very-long-name-without-any-place-to-break-it-such-as-tools-write.tar.gz", 24_900_000);
const PHOTO = offer(10, BOB, "photo.png", 40_000);
const OFFERED: RoomState = {
  ...LIVE,
  chat: [...CHAT.slice(0, 2), REVIEW, MINUTES, ARCHIVE, PHOTO, offer(11, ALICE, "answer.docx", 25_000)],
  files: [
    { ...REVIEW, state: "offered", share: 0 },
    { ...MINUTES, state: "saved", share: 1 },
    { ...ARCHIVE, state: "fetching", share: 0.37 },
    { ...PHOTO, state: "failed", share: 0 },
  ],
};

function sharedBy(person: Person, picture: SharedScreen["picture"]): SharedScreen {
  const shape = { widthPx: 1280, heightPx: 720 };
  return { device: person.device, name: person.name, isSelf: person.isSelf, controller: null, picture, ...shape };
}

function filmed(person: Person, picture: Camera["picture"] = "shown"): Camera {
  return { device: person.device, picture, widthPx: 640, heightPx: 360 };
}

/** So many people that they need two pages. */
const MANY: readonly Person[] = Array.from({ length: 14 }, (_, index) => ({
  ...BOB,
  participant: `${index}`.padStart(16, "c"),
  device: `${index}`.padStart(16, "d"),
  name: `Guest ${index + 1}`,
}));

const SHARED: RoomState = { ...LIVE, chat: CHAT, screens: [sharedBy(BOB, "shown")] };

const CONTROL = LIVE.control;
const ASKED = {
  key: "c".repeat(64),
  name: CAROL.name,
  words: ["morbidly", "dripping", "dislocate", "contest"],
} as const;
const UNTIL_MS = NOW_MS + 30 * MINUTE_MS;
const MINE: MineView = {
  device: BOB.device,
  name: BOB.name,
  isActive: false,
  scope: [],
  held: null,
  untilMs: 0,
  words: ASKED.words,
};
const IN_CONTROL: MineView = { ...MINE, isActive: true, scope: ["mouse", "keyboard"], untilMs: UNTIL_MS };
const GIVEN: GivenView = {
  ...ASKED,
  device: CAROL.device,
  scope: ["mouse", "keyboard"],
  held: null,
  untilMs: UNTIL_MS,
};
const PRESENTING: RoomState = { ...LIVE, screens: [sharedBy(ALICE, "shown")] };
const offered = (step: OfferView["step"], problem: OfferView["problem"] = null): RoomState => ({
  ...PRESENTING,
  control: { ...CONTROL, requests: [ASKED], offer: { ...ASKED, step, problem } },
});

const ERIN: Knock = { participant: "e417000000000000", name: "Erin Example", account: true };
const FRANK: Knock = {
  participant: "f4a0000000000000",
  name: "Frank with a name that is really rather long for a list",
  account: false,
};

export const SCENES = {
  connecting: BEFORE,
  alone: { ...LIVE, people: [ALICE] },
  "alone-notice": { ...LIVE, people: [ALICE], notice: "Bob left the meeting." },
  waiting: {
    ...BEFORE,
    self: { ...ALICE, role: "attendee", grants: ["chat", "share", "speak"] },
    phase: { name: "waiting", alone: false },
    people: [BOB, DAVE],
  },
  lobby: { ...BEFORE, phase: { name: "lobby" } },
  knock: { ...LIVE, knocks: [ERIN] },
  knocks: { ...LIVE, knocks: [ERIN, FRANK] },
  locked: { ...LIVE, isLocked: true },
  hands: { ...LIVE, people: [ALICE, { ...BOB, hand: 2 }, { ...CAROL, hand: 1 }] },
  guest: {
    ...LIVE,
    self: { ...CAROL, grants: ["chat", "share", "speak"] },
    people: [
      { ...ALICE, isSelf: false },
      { ...BOB, hand: 2 },
      { ...CAROL, isSelf: true, hand: 1 },
    ],
  },
  "waiting-alone": { ...BEFORE, phase: { name: "waiting", alone: true } },
  reconnecting: { ...LIVE, phase: { name: "reconnecting" }, chat: CHAT },
  live: LIVE,
  notice: { ...LIVE, notice: "Carol's connection is slow; the picture may lag." },
  shared: SHARED,
  starting: { ...LIVE, screens: [sharedBy(BOB, "starting")] },
  "waiting-key": { ...LIVE, screens: [sharedBy(CAROL, "waiting-key")] },
  several: { ...SHARED, screens: [sharedBy(BOB, "shown"), sharedBy(CAROL, "shown"), sharedBy(DAVE, "starting")] },
  files: OFFERED,
  "control-asked": { ...SHARED, control: { ...CONTROL, mine: MINE } },
  "control-mine": { ...SHARED, control: { ...CONTROL, mine: IN_CONTROL } },
  "control-held": { ...SHARED, control: { ...CONTROL, mine: { ...IN_CONTROL, held: "mouse" } } },
  "control-request": { ...PRESENTING, control: { ...CONTROL, requests: [ASKED] } },
  "control-code": offered("code"),
  "control-wrong-code": offered("code", "code"),
  "control-connecting": offered("connecting"),
  "control-asking": offered("asking"),
  "control-refused": offered("refused", "surface"),
  "control-given": { ...PRESENTING, control: { ...CONTROL, given: GIVEN } },
  "control-given-held": { ...PRESENTING, control: { ...CONTROL, given: { ...GIVEN, held: "mouse" } } },
  "control-seen": { ...SHARED, screens: [{ ...sharedBy(BOB, "shown"), controller: CAROL.device }] },
  presenting: { ...LIVE, screens: [sharedBy(ALICE, "shown")] },
  cameras: { ...LIVE, people: [ALICE, BOB, CAROL, DAVE], cameras: [filmed(CAROL), filmed(BOB)] },
  "camera-waiting": { ...LIVE, cameras: [filmed(BOB, "waiting-key"), filmed(CAROL, "starting")] },
  "shared-cameras": { ...SHARED, cameras: [filmed(BOB), filmed(CAROL)] },
  many: {
    ...LIVE,
    people: [ALICE, ...MANY],
    cameras: MANY.filter((_, index) => index % 3 > 0).map((one) => filmed(one)),
  },
  doubts: {
    ...LIVE,
    people: [
      ALICE,
      { ...BOB, doubt: "silent" },
      { ...CAROL, trust: "verified", doubt: "unheard" },
      { ...DAVE, trust: "verified", doubt: "unreadable" },
    ],
    cameras: [filmed(BOB)],
    safetyChange: { atMs: 1_795_525_500_000, came: ["Carol"], went: ["Erin", "Frank"] },
  },
  speaking: { ...SHARED, people: [{ ...ALICE, isMuted: false }, { ...BOB, isMuted: false }, CAROL] },
  crowd: { ...SHARED, people: [ALICE, BOB, CAROL, DAVE, MALLORY] },
} satisfies Readonly<Record<string, RoomState>>;

export type SceneName = keyof typeof SCENES;

/** Return the end of a meeting for `reason`. */
export function overScene(reason: OverReason): RoomState {
  return { ...LIVE, phase: { name: "over", reason } };
}
