/** The part of a meeting's page on the site that makes and shows the invitation link. */

import { render } from "preact";
import { readInvitationFacts } from "../ui/facts.ts";
import { Invitation } from "../ui/invitation.tsx";
import { Keyholder, type PostDoorKey } from "../ui/keyholder.ts";
import "./invitation.css";

/** Only the public half of the door key leaves the browser: it tells who has the words, and opens nothing. */
function keyPoster(url: string, csrfToken: string): PostDoorKey {
  return async (doorKey) => {
    try {
      const headers = { "Content-Type": "application/json", "X-CSRFToken": csrfToken };
      const answer = await fetch(url, {
        method: "POST",
        credentials: "same-origin",
        headers,
        body: JSON.stringify({ door_key: doorKey }),
      });
      return answer.ok ? { ok: true } : { ok: false, sentence: await refusal(answer) };
    } catch {
      return { ok: false, sentence: "The site cannot be reached. Check your network and try again." };
    }
  };
}

/** The site's own sentence, if it gave one. */
async function refusal(answer: Response): Promise<string> {
  const body: unknown = await answer.json().catch(() => null);
  const told = typeof body === "object" && body !== null && "error" in body ? body.error : null;
  return typeof told === "string" ? told : "The site did not take the new invitation link. Load the page again.";
}

const root = document.getElementById("invitation");
if (root) {
  const facts = readInvitationFacts(root.dataset);
  root.replaceChildren();
  const poster = keyPoster(facts.keyUrl, facts.csrfToken);
  const keyholder = new Keyholder(facts, () => import("../e2ee/meeting_key.ts"), poster);
  render(<Invitation facts={facts} keyholder={keyholder} />, root);
}
