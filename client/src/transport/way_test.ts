/** Tries the ways to a live node without entering a room (docs/protocol/room.md, "Testing the connection"). */

import { decodeRelayAddress, type RelayAddress } from "./messages.ts";
import { type Way, Ways } from "./ways.ts";

const SUBPROTOCOL = "conclave.test.1";
/** As long as a connection of the room may take to come about. */
const TIMEOUT_MS = 5000;

/** Return which way a meeting would take; null when the live node cannot be reached at all. */
export async function testWays(liveUrl: string, ways = new Ways(), ask = askForRelay): Promise<Way | null> {
  const relay = await ask(new URL("test", liveUrl)).catch(() => null);
  if (relay === null) return null;
  if (!ways.isDirectOffered) return "unsupported";
  const to = {
    url: new URL("test", relay.url),
    fingerprints: relay.fingerprints,
    socketUrl: new URL(liveUrl),
    query: "",
  };
  try {
    const { transport } = await ways.reachDirectly(to, AbortSignal.timeout(TIMEOUT_MS));
    transport.close();
    return "direct";
  } catch {
    return "blocked";
  }
}

function askForRelay(url: URL): Promise<RelayAddress> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, SUBPROTOCOL);
    const deadline = AbortSignal.timeout(TIMEOUT_MS);
    deadline.addEventListener("abort", () => socket.close());
    socket.onclose = () => reject(new Error("no answer"));
    socket.onmessage = ({ data }) => {
      try {
        resolve(decodeRelayAddress(data));
      } catch (error) {
        reject(error);
      }
    };
  });
}
