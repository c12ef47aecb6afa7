/** Virtual time, seeded chance, and nothing else: one seed is one history, again and again. */

export class World {
  nowMs = 0;
  #state: number;
  #next = 0;
  #due: { atMs: number; nth: number; run: () => Promise<void> }[] = [];

  constructor(seed: number) {
    this.#state = seed;
  }

  /** Return a number from [0, 1) (mulberry32). */
  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  between(low: number, high: number): number {
    return low + this.random() * (high - low);
  }

  isLucky(chance: number): boolean {
    return this.random() < chance;
  }

  pick<T>(from: readonly T[]): T | undefined {
    return from[Math.floor(this.random() * from.length)];
  }

  at(atMs: number, run: () => Promise<void> | void): void {
    this.#next += 1;
    this.#due.push({ atMs: Math.max(atMs, this.nowMs), nth: this.#next, run: async () => run() });
  }

  after(ms: number, run: () => Promise<void> | void): void {
    this.at(this.nowMs + ms, run);
  }

  /** Let everything happen that is due until `endMs`, in order. */
  async runUntil(endMs: number): Promise<void> {
    for (let next = this.#first(); next !== undefined && next.atMs <= endMs; next = this.#first()) {
      this.#due.splice(this.#due.indexOf(next), 1);
      this.nowMs = next.atMs;
      await next.run();
    }
    this.nowMs = endMs;
  }

  #first() {
    let first = this.#due[0];
    for (const each of this.#due) {
      if (first === undefined || each.atMs < first.atMs || (each.atMs === first.atMs && each.nth < first.nth))
        first = each;
    }
    return first;
  }
}
