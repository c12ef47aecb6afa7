import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type FileOffer, PIECE_BYTES, readOffer } from "../../src/room/file_wire.ts";
import { Files } from "../../src/room/files.ts";

const ID = "1".repeat(16);

/** People who reach each other without a network: what one says or publishes, the others have in the next turn. */
class Table {
  readonly seats = new Map<string, Seat>();
  /** Return what becomes of a published piece; null loses it. */
  alter: (piece: Uint8Array) => Uint8Array | null = (piece) => piece;

  sit(name: string): Seat {
    const seat = new Seat(name, this);
    this.seats.set(name, seat);
    return seat;
  }
}

class Seat {
  readonly files: Files;
  readonly readers = new Set<(piece: Uint8Array) => Promise<void>>();
  readonly said: object[] = [];
  saved: { name: string; content: Blob }[] = [];

  constructor(name: string, table: Table) {
    this.files = new Files({
      say: (message, to) => {
        this.said.push(message);
        queueMicrotask(() => table.seats.get(to)?.files.hear(structuredClone(message), name, true));
      },
      publish: (piece) => {
        const altered = table.alter(piece);
        if (altered !== null) for (const reader of this.readers) void reader(altered);
      },
      isWanted: () => this.readers.size > 0,
      read: (participant, receive) => {
        const { readers } = table.seats.get(participant) ?? {};
        readers?.add(receive);
        return readers === undefined ? null : () => readers.delete(receive);
      },
      changed: () => undefined,
      save: (saved, content) => this.saved.push({ name: saved, content }),
    });
  }

  get state(): string | undefined {
    return this.files.progress[0]?.state;
  }
}

const CONTENT = Uint8Array.from({ length: 3 * PIECE_BYTES + 17 }, (_, at) => (at * 31) % 251);

let table: Table;
let alice: Seat;
let bob: Seat;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  table = new Table();
  [alice, bob] = [table.sit("alice"), table.sit("bob")];
});
afterEach(() => vi.useRealTimers());

async function offered(): Promise<FileOffer> {
  const offer = await alice.files.offer(ID, new File([CONTENT], "report.pdf"));
  if (offer === null) throw new Error("not offered");
  bob.files.learn(readOffer(structuredClone(offer)) ?? offer, "alice");
  return offer;
}

/** The clock that the tests do not move. */
const realTimeout = setTimeout;

/** Let time pass until `isOver`. WebCrypto takes real time: a moment of it goes with every step, so that a busy machine's
 * does not look like a network's silence. */
async function until(isOver: () => boolean, stepMs = 5): Promise<void> {
  for (let step = 0; step < 5000 && !isOver(); step++) {
    await vi.advanceTimersByTimeAsync(stepMs);
    await new Promise((resolve) => realTimeout(resolve, 1));
  }
  expect(isOver()).toBe(true);
}

describe("a file", () => {
  test("is taken whole, under its name", async () => {
    await offered();
    bob.files.fetch({ from: "alice", id: ID });
    expect(bob.state).toBe("fetching");
    await until(() => bob.state === "saved");
    expect(bob.saved.map(({ name }) => name)).toEqual(["report.pdf"]);
    expect(new Uint8Array((await bob.saved[0]?.content.arrayBuffer()) ?? [])).toEqual(CONTENT);
    expect(alice.readers.size).toBe(0);
  });

  test("arrives though pieces are lost, altered and repeated", async () => {
    await offered();
    let count = 0;
    table.alter = (piece) => {
      count += 1;
      if (count === 1) return null;
      return count === 2 ? piece.map((byte, at) => (at === 40 ? byte ^ 1 : byte)) : piece;
    };
    bob.files.fetch({ from: "alice", id: ID });
    await until(() => bob.state === "saved");
    expect(new Uint8Array((await bob.saved[0]?.content.arrayBuffer()) ?? [])).toEqual(CONTENT);
  });

  test("that is not what was offered is not saved", async () => {
    const offer = await offered();
    const carol = table.sit("carol");
    carol.files.learn({ ...offer, digest: "0".repeat(64) }, "alice");
    carol.files.fetch({ from: "alice", id: ID });
    await until(() => carol.state === "failed");
    expect(carol.saved).toEqual([]);
  });

  test("cannot be opened by who has not the offer's key", async () => {
    const offer = await offered();
    const mallory = table.sit("mallory");
    mallory.files.learn({ ...offer, key: "0".repeat(32) }, "alice");
    mallory.files.fetch({ from: "alice", id: ID });
    await until(() => mallory.state === "failed", 500);
    expect(mallory.saved).toEqual([]);
  });

  test("that is withdrawn cannot be taken", async () => {
    await offered();
    alice.files.withdraw(ID);
    bob.files.fetch({ from: "alice", id: ID });
    await until(() => bob.state === "gone");
    bob.files.fetch({ from: "alice", id: ID });
    expect(bob.state).toBe("gone");
  });

  test("is withdrawn by its owner only", async () => {
    await offered();
    bob.files.hear({ type: "withdraw", file: ID }, "mallory", false);
    expect(bob.state).toBe("offered");
    bob.files.hear({ type: "withdraw", file: ID }, "alice", false);
    expect(bob.state).toBe("gone");
  });

  test("is taken no further after Cancel, and can be taken later", async () => {
    await offered();
    bob.files.fetch({ from: "alice", id: ID });
    bob.files.cancel({ from: "alice", id: ID });
    expect([bob.state, alice.readers.size]).toEqual(["offered", 0]);
    bob.files.fetch({ from: "alice", id: ID });
    await until(() => bob.state === "saved");
  });

  test("goes on after a new connection", async () => {
    await offered();
    table.alter = () => null;
    bob.files.fetch({ from: "alice", id: ID });
    await vi.advanceTimersByTimeAsync(1000);
    table.alter = (piece) => piece;
    bob.files.resume();
    expect(alice.readers.size).toBe(1);
    await until(() => bob.state === "saved");
  });

  test("counts as lost when nothing comes", async () => {
    await offered();
    table.alter = () => null;
    bob.files.fetch({ from: "alice", id: ID });
    await until(() => bob.state === "failed", 500);
    table.alter = (piece) => piece;
    bob.files.fetch({ from: "alice", id: ID });
    await until(() => bob.state === "saved");
  });

  test("whose owner is not here fails at once", async () => {
    const offer = await offered();
    bob.files.learn(offer, "dave");
    bob.files.fetch({ from: "dave", id: ID });
    expect(bob.files.progress.map(({ state }) => state)).toEqual(["offered", "failed"]);
  });
});

describe("offering", () => {
  test.each([
    ["an empty file", new File([], "empty")],
    ["a file of 25 MB and one byte", new File([new Uint8Array(25_000_001)], "large")],
  ])("%s is refused", async (_, file) => {
    expect(await alice.files.offer(ID, file)).toBeNull();
  });

  test("a file that can no longer be read is refused", async () => {
    const file = new File(["x"], "gone");
    file.arrayBuffer = () => Promise.reject(new DOMException("", "NotReadableError"));
    expect(await alice.files.offer(ID, file)).toBeNull();
  });

  test("a request that everyone can read is not answered", async () => {
    await offered();
    alice.files.hear({ type: "fetch", file: ID, from: 0, count: 4 }, "bob", false);
    await vi.advanceTimersByTimeAsync(5000);
    expect(alice.said).toEqual([]);
  });
});
