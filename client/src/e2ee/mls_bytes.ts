/** Bytes of peers on their way into the MLS library: whatever is wrong with them means no more than "refused". */

import { decodeMlsMessage, type MLSMessage } from "ts-mls";

/** Whatever a peer's bytes make the library throw means no more than "refused". */
export async function orNull<T>(attempt: () => Promise<T | null>): Promise<T | null> {
  try {
    return await attempt();
  } catch {
    return null;
  }
}

/** Decode exactly one MLSMessage of the wire format wanted, or throw. */
export function decode<W extends MLSMessage["wireformat"]>(bytes: Uint8Array, wireformat: W) {
  const decoded = decodeMlsMessage(bytes, 0);
  if (decoded === undefined || decoded[1] !== bytes.length) throw new RangeError("not one MLSMessage");
  const message = decoded[0];
  if (message.wireformat !== wireformat) throw new RangeError("another wire format");
  return message as Extract<MLSMessage, { wireformat: W }>;
}
