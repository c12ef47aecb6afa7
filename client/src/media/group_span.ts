/** How far a group reaches (docs/protocol/media.md, "Track screen"): relays end one that grows without end. Pure. */

/** Half of what the relay's library carries in one group. */
export const MAX_GROUP_BYTES = 16 * 1024 * 1024;

export class GroupSpan {
  readonly #maxObjects: number;
  #objects = 0;
  #bytes = 0;

  constructor(maxObjects: number) {
    this.#maxObjects = maxObjects;
  }

  /** Count an object; return whether the next one should be a key frame that begins a new group. */
  add(sizeBytes: number, isFirst: boolean): boolean {
    this.#objects = isFirst ? 1 : this.#objects + 1;
    this.#bytes = isFirst ? sizeBytes : this.#bytes + sizeBytes;
    return this.#objects >= this.#maxObjects || this.#bytes >= MAX_GROUP_BYTES;
  }
}
