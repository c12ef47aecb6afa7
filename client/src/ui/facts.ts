/** What the site's pages tell the client about a meeting, read once from their `data-` attributes. */

export interface MeetingFacts {
  /** Nine digits. */
  readonly room: string;
  /** The same for people: 481-516-234. */
  readonly number: string;
  /** The public half of the key that the meeting's words give, hexadecimal; empty while nobody has drawn them. */
  readonly doorKey: string;
  readonly ticketUrl: string;
  /** Where the organizer's browser tells the door key of new words; empty for others. */
  readonly keyUrl: string;
  readonly csrfToken: string;
  /** The address of the room socket. */
  readonly liveUrl: string;
  readonly name: string;
  readonly isSignedIn: boolean;
  readonly isOrganizer: boolean;
  readonly subject: string;
  readonly hasEnded: boolean;
  /** How long the server keeps a record of size and time of what is sent; 0 if it keeps none. */
  readonly recordDays: number;
  /** Where a person who is signed in can look at their part of it; empty for others. */
  readonly recordUrl: string;
  readonly homeUrl: string;
  readonly privacyUrl: string;
  readonly termsUrl: string;
}

export interface InvitationFacts {
  readonly room: string;
  readonly number: string;
  readonly doorKey: string;
  /** The meeting has words, though the site does not know their door key. */
  readonly hadWords: boolean;
  readonly keyUrl: string;
  readonly joinUrl: string;
  readonly subject: string;
  /** ISO 8601, or empty for a meeting that starts at once. */
  readonly startsAt: string;
  readonly durationMin: number;
  readonly timeZone: string;
  readonly csrfToken: string;
}

type Attributes = Readonly<Record<string, string | undefined>>;

export function readMeetingFacts(data: Attributes): MeetingFacts {
  return {
    room: text(data, "room"),
    number: text(data, "number"),
    doorKey: text(data, "doorKey"),
    ticketUrl: text(data, "ticketUrl"),
    keyUrl: text(data, "keyUrl"),
    csrfToken: text(data, "csrf"),
    liveUrl: text(data, "liveUrl"),
    name: text(data, "name"),
    isSignedIn: flag(data, "signedIn"),
    isOrganizer: flag(data, "organizer"),
    subject: text(data, "subject"),
    hasEnded: flag(data, "ended"),
    recordDays: Number.parseInt(text(data, "recordDays"), 10) || 0,
    recordUrl: text(data, "recordUrl"),
    homeUrl: text(data, "homeUrl") || "/",
    privacyUrl: text(data, "privacyUrl"),
    termsUrl: text(data, "termsUrl"),
  };
}

export function readInvitationFacts(data: Attributes): InvitationFacts {
  return {
    room: text(data, "room"),
    number: text(data, "number"),
    doorKey: text(data, "doorKey"),
    hadWords: flag(data, "hadWords"),
    keyUrl: text(data, "keyUrl"),
    joinUrl: text(data, "joinUrl"),
    subject: text(data, "subject"),
    startsAt: text(data, "startsAt"),
    durationMin: Number.parseInt(text(data, "durationMin"), 10) || 0,
    timeZone: text(data, "timeZone"),
    csrfToken: text(data, "csrf"),
  };
}

function text(data: Attributes, name: string): string {
  return (data[name] ?? "").trim();
}

/** Templates write truth in more than one way; anything else, the empty string too, is false. */
function flag(data: Attributes, name: string): boolean {
  return ["true", "1", "yes"].includes(text(data, name).toLowerCase());
}
