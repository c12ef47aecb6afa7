/** The part of a meeting's page on the site that makes and shows the invitation link. */

import { render } from "preact";
import { postDoorKey } from "../transport/door_desk.ts";
import { readInvitationFacts } from "../ui/facts.ts";
import { Invitation } from "../ui/invitation.tsx";
import { Keyholder } from "../ui/keyholder.ts";
import "./invitation.css";

const root = document.getElementById("invitation");
if (root) {
  const facts = readInvitationFacts(root.dataset);
  root.replaceChildren();
  const post = (doorKey: string) => postDoorKey(facts.keyUrl, facts.csrfToken, doorKey);
  const keyholder = new Keyholder(facts, () => import("../e2ee/meeting_key.ts"), post);
  render(<Invitation facts={facts} keyholder={keyholder} />, root);
}
