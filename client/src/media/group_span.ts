/** How far a group reaches (docs/protocol/media.md, "Track screen"): relays end one that grows without end. Pure. */

/** Half of what the relay's library carries in one group. */
export const MAX_GROUP_OBJECTS = 4096;
export const MAX_GROUP_BYTES = 16 * 1024 * 1024;

export class GroupSpan {
  #objects = 0;
  #bytes = 0;

  /** Count an object; return whether the next one should be a key frame that begins a new group. */
  add(sizeBytes: number, isFirst: boolean): boolean {
    this.#objects = isFirst ? 1 : this.#objects + 1;
    this.#bytes = isFirst ? sizeBytes : this.#bytes + sizeBytes;
    return this.#objects >= MAX_GROUP_OBJECTS || this.#bytes >= MAX_GROUP_BYTES;
  }
}
