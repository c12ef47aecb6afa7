/**
 * What the person sees of a meeting, as plain data, and what they can ask of it.
 *
 * The meeting itself runs in a worker (`pages/meeting.worker.ts`), which owns keys, sockets and codecs. It posts a
 * `RoomState` whenever something a person can see has changed; the page posts `RoomCommand`s.
 */

import type { Scope } from "../e2ee/control_seal.ts";
import type { Doubt } from "../e2ee/heartbeat.ts";
import type { Family } from "../media/codecs.ts";
import type { Surface } from "../media/easel.ts";
import type { Drop, SharedSurface } from "../transport/helper_messages.ts";
import type { Way } from "../transport/ways.ts";
import type { ControlEvent, EndReason } from "./control_wire.ts";
import type { MineView } from "./controller.ts";
import type { GivenView, OfferView, RequestView } from "./presenter.ts";

export type { Scope } from "../e2ee/control_seal.ts";
export type { Doubt } from "../e2ee/heartbeat.ts";
export type { Family } from "../media/codecs.ts";
export type { Surface } from "../media/easel.ts";
export type { Drop, SharedSurface } from "../transport/helper_messages.ts";
export type { Way } from "../transport/ways.ts";
export type { Button, ControlEvent, EndReason } from "./control_wire.ts";
export type { MineView } from "./controller.ts";
export type { GivenView, OfferView, RequestView } from "./presenter.ts";

export type Role = "organizer" | "presenter" | "attendee";
export type Grant = "chat" | "share" | "speak" | "admit" | "appoint" | "remove" | "end";

/** What can be said with one sign. */
export const REACTIONS = ["👍", "❤️", "😂", "🎉", "👏", "😮"] as const;
export type Reaction = (typeof REACTIONS)[number];

/** Where this device stands, from first click to last word. */
export type Phase =
  | { name: "connecting" }
  /** Before the room, until somebody lets us in. */
  | { name: "lobby" }
  /** In the room, not yet in the MLS group: nobody has let us have the key. */
  | { name: "waiting"; alone: boolean }
  | { name: "live" }
  /** The connection was lost; the client is trying again by itself. */
  | { name: "reconnecting" }
  | { name: "over"; reason: OverReason };

export type OverReason =
  | "left"
  | "ended"
  | "removed"
  | "denied"
  | "unanswered"
  | "locked"
  | "replaced"
  | "full"
  | "unverified"
  | "wrong-words"
  | "ticket"
  | "forbidden"
  | "malformed"
  | "unsupported"
  | "unreachable";

export interface Person {
  readonly participant: string;
  readonly device: string;
  readonly name: string;
  readonly role: Role;
  readonly isSelf: boolean;
  /** The place of their raised hand in the order of hands, from 1; 0 while it is down. */
  readonly hand: number;
  /**
   * `verified`: in the MLS group with a credential that the meeting's words confirm; `waiting`: not in the group yet;
   * `unverified`: its credential is false, so nobody lets it in.
   */
  readonly trust: "verified" | "waiting" | "unverified";
  /**
   * Why not to rely on that they hear what we hear: nothing comes of theirs, what comes does not open, or they say that
   * nothing comes of ours; null when nothing speaks against it.
   */
  readonly doubt: Doubt | null;
  /** Muted, or without a microphone. */
  readonly isMuted: boolean;
}

/** How our own voice stands: `deaf` while nothing at all comes from the microphone. */
export type OwnVoice = "muted" | "quiet" | "speaking" | "deaf";

/** Somebody who waits in the lobby. */
export interface Knock {
  readonly participant: string;
  readonly name: string;
  /** They are signed in on the site. */
  readonly account: boolean;
}

/** Ids are drawn by their senders; only together with the sender's participant do they name one message. */
export interface MessageRef {
  readonly from: string;
  readonly id: string;
}

export interface ChatMessage extends MessageRef {
  readonly fromName: string;
  readonly isSelf: boolean;
  /** The one person who can read it besides its author; null: everyone. */
  readonly to: { readonly participant: string; readonly name: string } | null;
  readonly text: string;
  /** The message that it answers. */
  readonly reply: MessageRef | null;
  /** The file that it offers, instead of a text; how far it has come stands in `RoomState.files`. */
  readonly file: { readonly name: string; readonly sizeBytes: number } | null;
  /** Unix milliseconds by this device's clock. */
  readonly atMs: number;
  /** Only on our own: `failed` could not be sent and can be sent again. */
  readonly delivery: "sending" | "sent" | "failed";
}

/** The pictures of a track, as this device sees them. */
export interface Picture {
  /** `starting`: no picture yet; `waiting-key`: pictures come, but this device cannot open them yet. */
  readonly picture: "starting" | "waiting-key" | "shown";
  readonly widthPx: number;
  readonly heightPx: number;
}

/** What a device shows of itself in pictures. */
export type PictureKind = "screen" | "camera";

/** Somebody else's camera that is on; what is not watched is `starting`. */
export interface Camera extends Picture {
  readonly device: string;
}

/** A screen somebody shares. */
export interface SharedScreen extends Picture {
  readonly device: string;
  readonly name: string;
  readonly isSelf: boolean;
  /** The device that controls the computer it belongs to. */
  readonly controller: string | null;
}

/** What became of a file that somebody else offers. */
export interface FileProgress extends MessageRef {
  /** `gone`: withdrawn, or its owner has left; `failed`: it did not arrive, and can be tried again. */
  readonly state: "offered" | "fetching" | "checking" | "saved" | "failed" | "gone";
  /** How much of it is here, from 0 to 1. */
  readonly share: number;
}

/** The names of those who came into the group and went out of it. */
export interface SafetyChange {
  readonly atMs: number;
  readonly came: readonly string[];
  readonly went: readonly string[];
}

/** Remote control, both ways. */
export interface ControlState {
  /** What we have asked somebody for, or have. */
  readonly mine: MineView | null;
  /** Who asks us. */
  readonly requests: readonly RequestView[];
  /** To whom we are giving it. */
  readonly offer: OfferView | null;
  /** Who has it. */
  readonly given: GivenView | null;
}

export interface RoomState {
  readonly phase: Phase;
  readonly self: {
    readonly participant: string;
    readonly device: string;
    readonly role: Role;
    readonly grants: readonly Grant[];
  } | null;
  readonly people: readonly Person[];
  /** Who waits in the lobby, the longest first; empty for whoever cannot admit. */
  readonly knocks: readonly Knock[];
  /** Nobody new can enter. */
  readonly isLocked: boolean;
  readonly chat: readonly ChatMessage[];
  readonly files: readonly FileProgress[];
  /** Others' screens first, in order of starting; our own is listed too while we present. */
  readonly screens: readonly SharedScreen[];
  /** Others' only: the page shows our own by itself. */
  readonly cameras: readonly Camera[];
  /** Four words, the same for everyone in the meeting; null while we are not in the group. */
  readonly safetyWords: readonly string[] | null;
  /** When and why they changed last, by this device's clock; null while they have not since we came. */
  readonly safetyChange: SafetyChange | null;
  /** How pictures come and go: null before they do, or while they cannot. */
  readonly way: Way | null;
  readonly control: ControlState;
  /** One sentence for the status element when something needs telling, else null. */
  readonly notice: string | null;
}

/** Whether words open the meeting, and what is wrong with them if they do not. */
export type WordsVerdict =
  | { readonly ok: true; readonly words: string }
  | {
      readonly ok: false;
      readonly problem: "count" | "unknown" | "mismatch";
      readonly unknown: readonly string[];
      readonly count: number;
    };

/** What a test of the connection has found. */
export interface Tested {
  /** Which way a meeting would take; null when the server cannot be reached. */
  readonly way: Way | null;
  readonly shows: readonly Family[];
  readonly sends: readonly Family[];
  readonly isVoiceSent: boolean;
}

export type ControlCommand =
  /** Ask the person of a device whether we may use their computer; `leave-control` takes that back, or gives it back. */
  | { type: "ask-control"; device: string }
  | { type: "leave-control" }
  /** Do this on the computer that we control. */
  | { type: "input"; events: readonly ControlEvent[] }
  /** Offer it to whoever asked with `key`. */
  | { type: "give-control"; key: string; scope: Scope; seconds: number }
  | { type: "refuse-control"; key: string }
  /** The digits that Conclave Helper shows. */
  | { type: "pair-helper"; code: string }
  /** End the offer, or (`stop-control`) what was granted. */
  | { type: "take-back-control" }
  | { type: "stop-control" }
  /** What exactly is shared, for the helper; and whether the room's window has the focus. */
  | { type: "shared-surface"; surface: SharedSurface }
  | { type: "focus"; isFocused: boolean };

export type RoomCommand =
  | ControlCommand
  /** Say whether `text` has the words of the meeting with this door key; answered by `judged`. */
  | { type: "judge"; id: number; text: string; room: string; doorKey: string }
  /** See how a meeting at this live node would go; answered by `tested`. Needs no room. */
  | { type: "test-connection"; liveUrl: string }
  | { type: "enter"; room: string; words: string; name: string; ticketUrl: string; keyUrl: string; csrfToken: string }
  /** `to`: the participant who alone shall read it, or null for everyone. */
  | { type: "chat"; text: string; to: string | null; reply: MessageRef | null }
  | { type: "resend"; id: string }
  /** Offer a file in the chat; `withdraw` takes the offer back. */
  | { type: "file"; file: File; to: string | null }
  | { type: "withdraw"; id: string }
  /** Take a file that somebody offers, or take it no longer. */
  | ({ type: "fetch" | "cancel-fetch" } & MessageRef)
  /** `source`, the pictures of the captured track, is transferred. */
  | { type: "share"; source: ReadableStream<VideoFrame> }
  | { type: "stop-sharing" }
  /** The same of the camera, whose pictures another camera may replace. */
  | { type: "camera"; source: ReadableStream<VideoFrame> }
  | { type: "stop-camera" }
  /** Where pictures of `device` shall be shown; null takes the surface away. The surface is transferred. */
  | { type: "surface"; kind: PictureKind; device: string; surface: Surface | null }
  /** The tile of the camera of `device` is so many pixels of the display high; 0: it is not in sight. */
  | { type: "watch"; device: string; heightPx: number }
  /** What is heard goes to the audio thread through `port`, which is transferred. */
  | { type: "sound"; port: MessagePort }
  /** Speak; `source` is the `readable` of a MediaStreamTrackProcessor, transferred. Another one may replace it. */
  | { type: "speak"; source: ReadableStream<AudioData>; id: number }
  | { type: "mute" }
  | { type: "admit"; participants: readonly string[] }
  | { type: "deny"; participant: string }
  | { type: "lock"; isLocked: boolean }
  | { type: "appoint"; participant: string; role: "presenter" | "attendee" }
  /** Raise or lower our own hand. */
  | { type: "hand"; isUp: boolean }
  /** Ask a participant to lower theirs. */
  | { type: "lower-hand"; participant: string }
  /** Ask a participant to be silent. */
  | { type: "mute-other"; participant: string }
  | { type: "react"; reaction: Reaction }
  | { type: "remove"; participant: string }
  /** Give the meeting new words: everyone inside gets them, and links with the old ones let nobody in any more. */
  | { type: "renew-words" }
  | { type: "end" }
  | { type: "leave" };

export type RoomEvent =
  | { type: "state"; state: RoomState }
  | { type: "reaction"; reaction: Reaction; name: string; isSelf: boolean }
  /** We are muted, because an organizer asked for it or (null) because we may not speak: the page mutes the microphone. */
  | { type: "muted"; by: string | null }
  /** The meeting has other words now; its link, too. */
  | { type: "words"; words: string }
  /** The verdict is null when this browser could not reach one. */
  | { type: "judged"; id: number; verdict: WordsVerdict | null }
  | { type: "tested"; tested: Tested }
  /** The worker stopped the share itself (capture ended, or it was replaced): the page stops the capture track. */
  | { type: "sharing-stopped" }
  | { type: "camera-stopped" }
  | { type: "voice"; voice: OwnVoice }
  /** The source of the `speak` with this `id` ended or cannot be encoded, so we are muted: the page stops it. */
  | { type: "voice-stopped"; id: number }
  /** Control of our computer, or (`isOurs` false) of the computer of `name`, is over, or was refused. */
  | { type: "control-ended"; isOurs: boolean; name: string; reason: EndReason | "refused" }
  /** The helper did not obey inputs, for these reasons. */
  | { type: "inputs-dropped"; reasons: readonly Drop[] }
  /** Was copied on the computer that we control. */
  | { type: "copied"; text: string }
  /** A file that the person asked for is here, whole and as it was offered. */
  | { type: "file"; name: string; content: Blob };
