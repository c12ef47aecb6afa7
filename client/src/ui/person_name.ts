/** The name under which a person joins. */

/** As docs/protocol/ticket.md says. */
export const MAX_NAME_CHARS = 60;
const CONTROL = /\p{Cc}/u;

/** Return a sentence that says what is wrong with `name`, or null. */
export function nameProblem(name: string): string | null {
  const trimmed = name.trim();
  if (trimmed === "") return "Please type the name the others shall see.";
  if ([...trimmed].length > MAX_NAME_CHARS) return `Please use at most ${MAX_NAME_CHARS} characters.`;
  return CONTROL.test(trimmed) ? "Please use letters only, without special control characters." : null;
}

/** So many colours can be told apart. */
const HUES = 12;

/** Return the hue, in degrees, that a participant has wherever they are shown, the same for everyone. */
export function hueOf(participant: string): number {
  const digits = [...participant].reduce((sum, digit) => (sum * 31 + digit.charCodeAt(0)) % 997, 0);
  return (digits % HUES) * (360 / HUES);
}

/** Return one or two letters that stand for a name. */
export function initials(name: string): string {
  const parts = name.trim().split(/\s+/u);
  const letters = [parts[0], parts.length > 1 ? parts.at(-1) : ""].map((part) => [...(part ?? "")][0] ?? "");
  return letters.join("").toLocaleUpperCase();
}
