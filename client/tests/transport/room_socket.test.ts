import { describe, expect, test, vi } from "vitest";
import { RECONNECT, waitMs } from "../../src/transport/backoff.ts";
import type { ServerEvent } from "../../src/transport/messages.ts";
import { type Outcome, outcomeOf, RoomSocket, type SocketLike } from "../../src/transport/room_socket.ts";

/** The server's end of a socket. */
class FakeSocket implements SocketLike {
  readyState: SocketLike["readyState"] = 0;
  onopen: SocketLike["onopen"] = null;
  onmessage: SocketLike["onmessage"] = null;
  onclose: SocketLike["onclose"] = null;
  onerror: SocketLike["onerror"] = null;
  readonly sent: string[] = [];
  closedWith: number | undefined;

  send(data: string): void {
    this.sent.push(data);
  }
  close(code?: number): void {
    this.closedWith = code ?? 1000;
    this.readyState = 2;
  }
  accept(): void {
    this.readyState = 1;
    this.onopen?.call(this as unknown as WebSocket, new Event("open"));
  }
  deliver(data: unknown): void {
    this.onmessage?.call(this as unknown as WebSocket, new MessageEvent("message", { data }));
  }
  hangUp(code: number): void {
    this.onclose?.call(this as unknown as WebSocket, { code } as CloseEvent);
  }
}

function connect() {
  const wire = new FakeSocket();
  const received: ServerEvent[] = [];
  const outcomes: Outcome[] = [];
  let opened = 0;
  const socket = new RoomSocket(
    "ws://localhost:8443/room",
    {
      opened: () => {
        opened += 1;
      },
      received: (event) => received.push(event),
      closed: (outcome) => outcomes.push(outcome),
    },
    (url, subprotocol) => {
      expect([url, subprotocol]).toEqual(["ws://localhost:8443/room", "conclave.room.1"]);
      return wire;
    },
  );
  return { wire, socket, received, outcomes, opened: () => opened };
}

describe("the room socket", () => {
  test("carries commands and events once it is open", () => {
    const { wire, socket, received, opened } = connect();
    expect(socket.send({ type: "leave" })).toBe(false);
    wire.accept();
    expect(opened()).toBe(1);
    expect(socket.send({ type: "leave" })).toBe(true);
    wire.deliver('{"type":"found","group":3}');
    expect(wire.sent).toEqual(['{"type":"leave"}']);
    expect(received).toEqual([{ type: "found", group: 3 }]);
  });

  test("is closed when the server does not speak the protocol, and hears nothing more", () => {
    const { wire, received, outcomes } = connect();
    wire.accept();
    wire.deliver('{"type":"shout"}');
    wire.deliver('{"type":"found","group":3}');
    wire.hangUp(4400);
    expect(wire.closedWith).toBe(4400);
    expect(received).toEqual([]);
    expect(outcomes).toEqual(["malformed"]);
  });

  test("says once why it is gone", () => {
    const { wire, socket, outcomes } = connect();
    wire.accept();
    wire.hangUp(1012);
    wire.hangUp(1006);
    socket.close();
    expect(outcomes).toEqual(["restart"]);
    expect(socket.send({ type: "leave" })).toBe(false);
  });

  test("is given up when the server does not answer", () => {
    vi.useFakeTimers();
    const { wire, outcomes } = connect();
    vi.advanceTimersByTime(10_000);
    expect([wire.closedWith, outcomes]).toEqual([1000, ["lost"]]);
    vi.useRealTimers();
  });

  test("knows every closing code of the protocol", () => {
    const codes = [4000, 4400, 4401, 4403, 4405, 4407, 4408, 4409, 4410, 4413, 4429, 1012, 1006, 4999];
    expect(codes.map(outcomeOf).join(" ")).toBe(
      "left malformed ticket forbidden removed unverified slow replaced ended full limited restart lost lost",
    );
  });
});

describe("coming back", () => {
  test("takes ever longer, up to a cap, and never at the same moment for all", () => {
    const attempts = [0, 1, 2, 3, 4, 5, 50];
    expect(attempts.map((attempt) => waitMs(RECONNECT, attempt, 0))).toEqual([100, 200, 400, 800, 1500, 1500, 1500]);
    expect(attempts.map((attempt) => waitMs(RECONNECT, attempt, 1))).toEqual([200, 400, 800, 1600, 3000, 3000, 3000]);
  });
});
