import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Destination, type Open, type Openers, Ways } from "../../src/transport/ways.ts";

const TO: Destination = {
  url: new URL("https://localhost:8443/481516234"),
  fingerprints: [],
  socketUrl: new URL("wss://localhost:8443/relay/481516234"),
  query: "jwt=t&device=d",
};

/** A way that opens after `afterMs`, or fails then, or never does either. */
class Road {
  readonly isDirect: boolean;
  opened = 0;
  closed = 0;
  used = 0;
  afterMs = 20;
  isBlocked = false;
  isRefused = false;

  constructor(isDirect: boolean) {
    this.isDirect = isDirect;
  }

  readonly open: Open = (_, signal) =>
    new Promise((resolve, reject) => {
      this.opened++;
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      if (this.isBlocked) return;
      setTimeout(() => {
        if (this.isRefused) reject(new Error("refused"));
        else resolve({ isDirect: this.isDirect, use: () => this.#use(), close: () => this.closed++ });
      }, this.afterMs);
    });

  #use(): WebTransport {
    this.used++;
    return {} as WebTransport;
  }
}

let direct: Road;
let socket: Road;
let ways: Ways;
const never = new AbortController().signal;

beforeEach(() => {
  vi.useFakeTimers();
  [direct, socket] = [new Road(true), new Road(false)];
  ways = make();
});
afterEach(() => vi.useRealTimers());

const make = (openers: Partial<Openers> = {}) => new Ways({ direct: direct.open, socket: socket.open, ...openers });

/** Return which way is taken, and after how many milliseconds. */
async function reach(signal = never): Promise<[string, number]> {
  const startedMs = performance.now();
  let done = false;
  const reached = ways.reach(TO, signal).then(
    ({ way }) => way,
    () => "none",
  );
  void reached.then(() => {
    done = true;
  });
  while (!done) await vi.advanceTimersByTimeAsync(1);
  const tookMs = Math.round(performance.now() - startedMs);
  await vi.advanceTimersByTimeAsync(1000);
  return [await reached, tookMs];
}

describe("the way to the relay", () => {
  test("is direct where UDP comes through, and no socket is opened", async () => {
    expect(await reach()).toEqual(["direct", 20]);
    expect([socket.opened, direct.used]).toEqual([0, 1]);
  });

  test("is a WebSocket where it does not, after a short head start", async () => {
    direct.isBlocked = true;
    const [way, tookMs] = await reach();
    expect(way).toBe("blocked");
    expect(tookMs).toBeLessThan(600);
    expect([socket.used, socket.closed]).toEqual([1, 0]);
  });

  test("is a WebSocket at once when the direct one is refused", async () => {
    direct.isRefused = true;
    expect(await reach()).toEqual(["blocked", 40]);
  });

  test("is direct on a busy machine where both are late: the socket gives way, and nobody learns of it", async () => {
    [direct.afterMs, socket.afterMs] = [700, 300];
    expect((await reach())[0]).toBe("direct");
    expect([socket.opened, socket.used, socket.closed]).toEqual([1, 0, 1]);
  });

  test("is direct on a long way, where the first packet has to be sent again and TCP is quicker", async () => {
    [direct.afterMs, socket.afterMs] = [500, 40];
    expect(await reach()).toEqual(["direct", 500]);
    expect(socket.used).toBe(0);
  });

  test("has only one session: what comes too late is given up", async () => {
    [direct.afterMs, socket.afterMs] = [2000, 20];
    expect((await reach())[0]).toBe("blocked");
    await vi.advanceTimersByTimeAsync(5000);
    expect([direct.used, direct.opened]).toEqual([0, 1]);
  });

  test("has no head start the next time, and gets it back once UDP came through", async () => {
    direct.isBlocked = true;
    await reach();
    expect(await reach()).toEqual(["blocked", 120]);
    direct.isBlocked = false;
    expect(await reach()).toEqual(["direct", 20]);
    const before = socket.opened;
    await reach();
    expect(socket.opened).toBe(before);
  });

  test("is a WebSocket, without waiting, in a browser without a WebTransport to rely on", async () => {
    ways = make({ direct: null });
    expect(await reach()).toEqual(["unsupported", 20]);
    await expect(ways.reachDirectly(TO, never)).rejects.toThrow();
  });

  test("is none when both are refused, or the person leaves meanwhile", async () => {
    [direct.isRefused, socket.isRefused] = [true, true];
    expect((await reach())[0]).toBe("none");
    [direct.isBlocked, socket.isBlocked] = [true, true];
    expect((await reach(AbortSignal.timeout(500)))[0]).toBe("none");
    expect([direct.used, socket.used]).toEqual([0, 0]);
  });
});
