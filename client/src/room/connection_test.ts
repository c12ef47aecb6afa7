/** What a meeting would have here: which way it would take, and what this browser reads and writes. */

import { canEncode, canEncodeVoice, decodableFamilies } from "../media/ability.ts";
import { FAMILIES, type Family, type Size } from "../media/codecs.ts";
import { testWays } from "../transport/way_test.ts";
import type { Tested } from "./state.ts";

/** Of a small laptop's screen. */
const TEST_SIZE: Size = { width: 1280, height: 720 };

export async function testConnection(liveUrl: string): Promise<Tested> {
  const way = testWays(liveUrl);
  const shows = await decodableFamilies().catch(() => []);
  const sends: Family[] = [];
  // One after another: an encoder that waits for others is not slow.
  for (const family of FAMILIES) if (await canEncode(family, TEST_SIZE)) sends.push(family);
  return { way: await way, shows, sends, isVoiceSent: await canEncodeVoice() };
}
