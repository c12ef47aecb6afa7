/** Tells the site the door key of the meeting's words: its public half alone, which shows who has them and opens nothing. */

export type DoorKeyTaken = { readonly ok: true } | { readonly ok: false; readonly sentence: string };

export async function postDoorKey(url: string, csrfToken: string, doorKey: string): Promise<DoorKeyTaken> {
  try {
    const answer = await fetch(url, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken },
      body: JSON.stringify({ door_key: doorKey }),
    });
    return answer.ok ? { ok: true } : { ok: false, sentence: await refusal(answer) };
  } catch {
    return { ok: false, sentence: "The site cannot be reached. Check your network and try again." };
  }
}

/** The site's own sentence, if it gave one. */
async function refusal(answer: Response): Promise<string> {
  const body: unknown = await answer.json().catch(() => null);
  const told = typeof body === "object" && body !== null && "error" in body ? body.error : null;
  return typeof told === "string" ? told : "The site did not take the new invitation link. Load the page again.";
}
