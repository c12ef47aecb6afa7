import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ControlEvent } from "../../src/room/control_wire.ts";
import { InputQueue } from "../../src/room/input_queue.ts";

const move = (x: number): ControlEvent => ({ type: "move", x, y: 0 });
const key = (down: boolean): ControlEvent => ({ type: "key", code: "ShiftLeft", down });
const text = (said: string): ControlEvent => ({ type: "text", text: said });
const clipboard: ControlEvent = { type: "clipboard", text: "long" };

function drain(queue: InputQueue, nowMs: number): ControlEvent[][] {
  const inputs: ControlEvent[][] = [];
  for (let at = queue.nextAtMs(); at !== null && inputs.length < 1000; at = queue.nextAtMs()) {
    const events = queue.take(Math.max(nowMs, at));
    if (events === null || events.length === 0) break;
    inputs.push([...events]);
  }
  return inputs;
}

describe("what waits to be sent", () => {
  test("the first event goes at once, the next one 8 ms later", () => {
    const queue = new InputQueue();
    queue.add([text("a")]);
    expect(queue.take(100)).toEqual([text("a")]);
    queue.add([text("b")]);
    expect(queue.nextAtMs()).toBe(108);
    expect(queue.take(107)).toBeNull();
    expect(queue.take(108)).toEqual([text("b")]);
    expect(queue.nextAtMs()).toBeNull();
  });

  test("of movements in a row the last one counts, and what is between them does not move", () => {
    const queue = new InputQueue();
    queue.add([move(0.1), move(0.2)]);
    queue.add([move(0.3), key(true), move(0.4), move(0.5)]);
    expect(queue.take(0)).toEqual([move(0.3), key(true), move(0.5)]);
  });

  test("while a key is down the helper hears from us every 250 ms", () => {
    const queue = new InputQueue();
    queue.add([key(true)]);
    queue.take(0);
    expect(queue.nextAtMs()).toBe(250);
    expect(queue.take(250)).toEqual([]);
    queue.add([key(false)]);
    expect(queue.take(300)).toEqual([key(false)]);
    expect(queue.nextAtMs()).toBeNull();
  });

  test("what fills a clipboard goes alone", () => {
    const queue = new InputQueue();
    queue.add([text("a"), clipboard, clipboard, text("b")]);
    expect(drain(queue, 0)).toEqual([[text("a")], [clipboard], [clipboard], [text("b")]]);
  });

  test("a second of a quick hand is 125 inputs at most", () => {
    const queue = new InputQueue();
    let inputs = 0;
    for (let nowMs = 0; nowMs < 1000; nowMs++) {
      queue.add([move(nowMs / 1000)]);
      if (queue.take(nowMs) !== null) inputs++;
    }
    expect(inputs).toBe(125);
  });

  test("nothing but movements is ever left out, whatever comes", () => {
    const event = fc.oneof(
      fc.double({ min: 0, max: 1, noNaN: true }).map(move),
      fc.boolean().map(key),
      fc.string({ minLength: 1, maxLength: 8 }).map(text),
      fc.constant(clipboard),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 200 }), (events) => {
        const queue = new InputQueue();
        queue.add(events);
        const inputs = drain(queue, 0);
        expect(inputs.every((input) => input.length <= 32)).toBe(true);
        const kept = (all: readonly ControlEvent[]) => all.filter(({ type }) => type !== "move");
        expect(kept(inputs.flat())).toEqual(kept(events));
        expect(inputs.flat().at(-1)).toEqual(events.at(-1));
      }),
    );
  });
});
