/** Times as the person's own language writes them. `undefined` as locale is the browser's. */

export interface Timed {
  /** ISO 8601, or empty for a meeting that starts at once. */
  readonly startsAt: string;
  readonly durationMin: number;
  readonly timeZone: string;
}

/** Return a time of day: 14:05, or 2:05 PM where people write so. */
export function formatTime(atMs: number, locale: string | undefined, timeZone?: string): string {
  return format(atMs, locale, { timeStyle: "short" }, timeZone);
}

/** Return a date in full with its time of day. */
export function formatDateTime(atMs: number, locale: string | undefined, timeZone?: string): string {
  return format(atMs, locale, { dateStyle: "long", timeStyle: "short" }, timeZone);
}

/** Return when a meeting takes place, in its own zone, or the empty string when it has no time. */
export function formatWhen({ startsAt, durationMin, timeZone }: Timed, locale: string | undefined): string {
  const startMs = Date.parse(startsAt);
  if (Number.isNaN(startMs)) return "";
  const zone = knownZone(timeZone);
  const options: Intl.DateTimeFormatOptions = {
    weekday: "long",
    year: "numeric",
    month: "long",
    day: "numeric",
    hour: "numeric",
    minute: "2-digit",
    ...(zone ? { timeZone: zone } : {}),
  };
  const range = new Intl.DateTimeFormat(locale, options).formatRange(startMs, startMs + durationMin * 60_000);
  return zone ? `${range} (${zone})` : range;
}

function format(atMs: number, locale: string | undefined, options: Intl.DateTimeFormatOptions, zone?: string): string {
  return new Intl.DateTimeFormat(locale, zone ? { ...options, timeZone: zone } : options).format(atMs);
}

/** A zone this browser does not know would throw; the person's own is then the honest choice. */
function knownZone(zone: string): string | null {
  try {
    return zone && new Intl.DateTimeFormat("en", { timeZone: zone }) ? zone : null;
  } catch {
    return null;
  }
}
