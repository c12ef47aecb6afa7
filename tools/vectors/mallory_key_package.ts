/**
 * Write vectors/mallory-key-package.json: a sound MLS key package of somebody who does not have the meeting's words.
 *
 *     node tools/vectors/mallory_key_package.ts
 *
 * Signatures and form are right, so only the credential's mac, made with words of mallory's own, gives her away. The
 * file differs each time it is made, as every key package does.
 */

import { writeFileSync } from "node:fs";
import { deriveKeys, drawWords } from "../../client/src/e2ee/meeting_key.ts";
import { Candidate } from "../../client/src/e2ee/member.ts";

const ROOM = "481516234";
const identity = { participant: "f".repeat(16), device: `${"f".repeat(15)}0`, name: "Mallory" };

const candidate = await Candidate.create(await deriveKeys(drawWords(), ROOM), identity);
const vector = {
  about: "An MLS key package (MLSMessage, base64) that is valid in itself but made without the meeting's words.",
  ...identity,
  key_package: Buffer.from(candidate.keyPackage).toString("base64"),
};
const file = new URL("../../vectors/mallory-key-package.json", import.meta.url);
writeFileSync(file, `${JSON.stringify(vector, null, 2)}\n`);
