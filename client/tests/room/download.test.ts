import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Download, type Run } from "../../src/room/download.ts";
import { MAX_RUN, PIECE_BYTES } from "../../src/room/file_wire.ts";

const SECOND = 1000;

/** Let those pieces of a run that come be here; return what is asked for then. */
function deliver(download: Download, run: Run | null, o: { comes: () => boolean; nowMs: number }): Run | null {
  let next: Run | null = null;
  for (let offset = 0; run !== null && offset < run.count; offset++) {
    if (o.comes()) next = download.receive(run.from + offset, o.nowMs) ?? next;
  }
  return next;
}

describe("a download", () => {
  test("asks for more at a time while runs come quickly", () => {
    const download = new Download(200 * PIECE_BYTES);
    const counts: number[] = [];
    for (let run = download.ask(0); run !== null; ) {
      counts.push(run.count);
      run = deliver(download, run, { comes: () => true, nowMs: 10 });
    }
    expect(counts.slice(0, 5)).toEqual([4, 8, 16, 32, 32]);
    expect(Math.max(...counts)).toBe(MAX_RUN);
    expect([download.isComplete, download.share]).toEqual([true, 1]);
  });

  test("asks again for what did not come, and for less", () => {
    const download = new Download(20 * PIECE_BYTES);
    expect(download.ask(0)).toEqual({ from: 0, count: 4 });
    download.receive(0, SECOND);
    download.receive(2, SECOND);
    expect(download.handleTimer(4 * SECOND)).toBeNull();
    expect(download.handleTimer(5 * SECOND)).toEqual({ from: 1, count: 1 });
    expect(download.receive(1, 9 * SECOND)).toEqual({ from: 3, count: 2 });
  });

  test("a piece that comes twice, or late, counts once", () => {
    const download = new Download(2 * PIECE_BYTES);
    download.ask(0);
    download.receive(0, 1);
    expect([download.receive(0, 2), download.share, download.wants(0), download.wants(1)]).toEqual([
      null,
      0.5,
      false,
      true,
    ]);
  });

  test("is lost when nothing comes for half a minute", () => {
    const download = new Download(PIECE_BYTES);
    download.ask(0);
    let nowMs = 0;
    while (!download.isLost) {
      nowMs = download.nextTimerMs();
      download.handleTimer(nowMs);
    }
    expect(nowMs).toBe(30 * SECOND);
  });

  test("is whole in the end on any network that carries something", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.array(fc.boolean(), { minLength: 400 }), (pieces, losses) => {
        const download = new Download(pieces * PIECE_BYTES);
        let sent = 0;
        // Every third piece comes, whatever else is lost.
        const comes = () => sent++ % 3 === 0 || losses[sent % losses.length] === true;
        let [run, nowMs] = [download.ask(0), 0];
        while (!download.isComplete && !download.isLost) {
          run = deliver(download, run, { comes, nowMs: nowMs + 100 });
          nowMs = run === null ? download.nextTimerMs() : nowMs + 100;
          run ??= download.handleTimer(nowMs);
        }
        expect([download.isComplete, download.isLost]).toEqual([true, false]);
      }),
    );
  });
});
