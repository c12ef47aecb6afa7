import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { InputOrder } from "../../src/room/input_order.ts";

describe("inputs that overtake each other", () => {
  let passed: number[];
  let order: InputOrder<number>;
  const add = (...counters: number[]): void => {
    for (const counter of counters) order.add(BigInt(counter), counter);
  };

  beforeEach(() => {
    vi.useFakeTimers();
    passed = [];
    order = new InputOrder((input) => passed.push(input));
  });
  afterEach(() => vi.useRealTimers());

  test("pass in order", () => {
    add(1, 3, 4, 2, 5);
    expect(passed).toEqual([1, 2, 3, 4, 5]);
  });

  test("whoever is missed is waited for 150 ms", () => {
    add(1, 3);
    vi.advanceTimersByTime(149);
    expect(passed).toEqual([1]);
    vi.advanceTimersByTime(1);
    expect(passed).toEqual([1, 3]);
    // The helper counts what comes now among the old ones.
    add(2, 4);
    expect(passed).toEqual([1, 3, 2, 4]);
  });

  test("more than a second's worth is not kept", () => {
    add(...Array.from({ length: 129 }, (_, index) => index + 10));
    expect(passed).toHaveLength(129);
  });

  test("nothing passes when control is over", () => {
    add(2);
    order.close();
    vi.advanceTimersByTime(1000);
    expect(passed).toEqual([]);
  });
});
