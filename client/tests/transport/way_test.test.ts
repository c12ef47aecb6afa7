import { expect, test } from "vitest";
import { testWays } from "../../src/transport/way_test.ts";
import { type Open, Ways } from "../../src/transport/ways.ts";

const LIVE = "wss://meet.example.org:8443/room";
const RELAY = { url: "https://relay.example.org:9443", fingerprints: ["ab".repeat(32)] };
const never: Open = () => Promise.reject(new Error("the test opens no socket to the relay"));

async function result(direct: Open | null, ask: Parameters<typeof testWays>[2] = async () => RELAY) {
  return testWays(LIVE, new Ways({ direct, socket: never }), ask);
}

test("UDP comes through: the session is opened without a ticket, where the live node said, and closed again", async () => {
  const asked: string[] = [];
  let closed = 0;
  const transport = { close: () => closed++ } as unknown as WebTransport;
  const direct: Open = async ({ url, fingerprints, query }) => {
    asked.push(url.href, ...fingerprints, query);
    return { isDirect: true, use: () => transport, close: () => undefined };
  };
  const ask = async (url: URL) => {
    asked.push(url.href);
    return RELAY;
  };
  expect(await result(direct, ask)).toBe("direct");
  expect(asked).toEqual(["wss://meet.example.org:8443/test", `${RELAY.url}/test`, RELAY.fingerprints[0], ""]);
  expect(closed).toBe(1);
});

test("UDP does not come through, the browser does not offer it, or nobody answers at all", async () => {
  expect(await result(() => Promise.reject(new Error("timed out")))).toBe("blocked");
  expect(await result(null)).toBe("unsupported");
  expect(await result(null, () => Promise.reject(new Error("no answer")))).toBeNull();
});
