/** Loudspeakers that nobody hears. */

import { signal } from "@preact/signals";
import type { Hearing, Sound } from "../../src/ui/sound.ts";

export class FakeSound implements Sound {
  readonly speaking = signal<ReadonlySet<string>>(new Set());
  readonly hearing = signal<Hearing>("fine");
  /** What was asked of it, in order. */
  readonly asked: string[] = [];

  open(): MessagePort {
    this.asked.push("open");
    return new MessageChannel().port1;
  }
  resume(): void {
    this.asked.push("resume");
  }
  use(speaker: string): void {
    this.asked.push(`use ${speaker}`);
  }
  close(): void {
    this.asked.push("close");
  }
}
