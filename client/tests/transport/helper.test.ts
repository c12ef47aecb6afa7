import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { decodeHelperMessage, type HelperMessage } from "../../src/transport/helper_messages.ts";
import { type HelperOutcome, HelperSocket, readCode } from "../../src/transport/helper_socket.ts";
import { readVectors } from "../e2ee/vectors.ts";

const { fromHelper } = readVectors<{ fromHelper: Record<string, unknown>[] }>("control.json");

describe("what the helper says", () => {
  test.each(fromHelper)("message %#, $type", (message) => {
    const read = decodeHelperMessage(JSON.stringify(message)) as Record<string, unknown> | null;
    const { counts, system, ...rest } = message;
    const reasons = counts === undefined ? {} : { reasons: expect.arrayContaining(Object.keys(counts as object)) };
    expect(read).toEqual({ ...rest, ...reasons });
    expect(system === undefined || typeof system === "string").toBe(true);
  });

  test.each([
    ["bytes", new ArrayBuffer(3)],
    ["no JSON", "{"],
    ["no object", "7"],
    ["null", "null"],
    ["an unknown type", '{"type": "inject"}'],
    ["a token cut short", '{"type": "paired", "token": "ab", "scope": ["mouse"]}'],
    ["a scope that is none", `{"type": "paired", "token": "${"ab".repeat(32)}", "scope": [1]}`],
    ["a grant cut short", '{"type": "granted", "grant": "ab", "epoch": 1, "scope": ["mouse"], "seconds": 60}'],
    [
      "half a second",
      `{"type": "granted", "grant": "${"ab".repeat(16)}", "epoch": 1, "scope": ["mouse"], "seconds": 0.5}`,
    ],
    ["an unknown refusal", '{"type": "refused", "reason": "bored"}'],
    ["an unknown end", '{"type": "ended", "reason": "left"}'],
    ["an unknown why", '{"type": "held", "why": "lunch"}'],
    ["nothing copied", '{"type": "copied"}'],
    ["too much", JSON.stringify({ type: "copied", text: "x".repeat(70_000) })],
  ])("%s is nothing", (_what, data) => {
    expect(decodeHelperMessage(data)).toBeNull();
  });

  test("reasons that we do not know are left out", () => {
    const dropped = { type: "dropped", counts: { rate: 3, mood: 1, toString: 1 } };
    expect(decodeHelperMessage(JSON.stringify(dropped))).toEqual({ type: "dropped", reasons: ["rate"] });
    expect(decodeHelperMessage('{"type": "dropped"}')).toEqual({ type: "dropped", reasons: [] });
  });

  test("whatever comes is read or is nothing", () => {
    fc.assert(fc.property(fc.json(), (text) => void decodeHelperMessage(text)));
  });
});

describe("the code that the helper shows", () => {
  test.each([
    ["1 234 5678", 27_653],
    ["22345678", 27_654],
    [" 3-234-5678 ", 27_655],
  ])("%o tells the port", (text, port) => {
    expect(readCode(text)).toEqual({ port, code: text.replace(/\D/g, "") });
  });

  test.each(["", "42345678", "1234567", "123456789", "1234567a"])("%o is none", (text) => {
    expect(readCode(text)).toBeNull();
  });
});

/** The other end of the loopback. */
class FakeSocket {
  readonly sent: unknown[] = [];
  onopen: () => void = () => undefined;
  onmessage: (event: { data: unknown }) => void = () => undefined;
  onclose: (event: { code: number }) => void = () => undefined;
  isClosed = false;
  send(data: unknown): void {
    this.sent.push(data);
  }
  close(): void {
    this.isClosed = true;
  }
}

describe("the connection with the helper", () => {
  afterEach(() => vi.useRealTimers());

  function connect(address: Parameters<typeof readCode>[0] | { port: number; token: string } = "1 234 5678") {
    const socket = new FakeSocket();
    const said: HelperMessage[] = [];
    const outcomes: HelperOutcome[] = [];
    const to = typeof address === "string" ? readCode(address) : address;
    if (to === null) throw new Error("no code");
    let url = "";
    const helper = new HelperSocket(
      to,
      "481516234",
      { received: (message) => said.push(message), closed: (outcome) => outcomes.push(outcome) },
      (where, subprotocol) => {
        url = `${where} ${subprotocol}`;
        return socket as unknown as WebSocket;
      },
    );
    return { socket, said, outcomes, helper, url };
  }

  test("begins with the code, or with the token", () => {
    const { socket, url } = connect();
    expect(url).toBe("ws://127.0.0.1:27653/ conclave.helper.1");
    expect(socket.sent).toEqual([]);
    socket.onopen();
    expect(JSON.parse(String(socket.sent[0]))).toEqual({ type: "pair", code: "12345678", room: "481516234" });
    const token = "ab".repeat(32);
    const again = connect({ port: 27_655, token });
    again.socket.onopen();
    expect(JSON.parse(String(again.socket.sent[0]))).toEqual({ type: "resume", token, room: "481516234" });
  });

  test.each([
    [1001, "closed"],
    [4400, "malformed"],
    [4401, "code"],
    [4408, "slow"],
    [4409, "replaced"],
    [4423, "room"],
    [4429, "limited"],
  ])("closed with %i is %s", (code, outcome) => {
    const { socket, outcomes } = connect();
    socket.onopen();
    socket.onclose({ code });
    socket.onclose({ code: 1006 });
    expect(outcomes).toEqual([outcome]);
  });

  test("that never came about is absent, also when nothing answers", () => {
    const refused = connect();
    refused.socket.onclose({ code: 1006 });
    expect(refused.outcomes).toEqual(["absent"]);
    vi.useFakeTimers();
    const silent = connect();
    vi.advanceTimersByTime(60_000);
    expect([silent.outcomes, silent.socket.isClosed]).toEqual([["absent"], true]);
  });

  test("ends when what comes cannot be read, and hands nothing over afterwards", () => {
    const { socket, outcomes, said, helper } = connect();
    socket.onopen();
    socket.onmessage({ data: '{"type": "asking"}' });
    socket.onmessage({ data: "{" });
    socket.onmessage({ data: '{"type": "asking"}' });
    helper.input(new Uint8Array(256));
    expect([outcomes, said.length, socket.sent.length]).toEqual([["malformed"], 1, 1]);
  });
});
