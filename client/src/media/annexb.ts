/** H.264 as a byte stream (ITU-T H.264, annex B): NAL units between start codes. */

const NAL_TYPE_MASK = 0x1f;
const NAL_SPS = 7;

/** Whether `picture` begins with a start code and a sequence parameter set, so that a decoder can begin with it. */
export function startsWithParameters(picture: Uint8Array): boolean {
  for (let at = startCode(picture, 0); at !== -1; at = startCode(picture, at)) {
    const type = (picture[at] ?? 0) & NAL_TYPE_MASK;
    // Only a delimiter (9) or supplemental information (6) may stand before it.
    if (type === NAL_SPS) return picture[0] === 0;
    if (type !== 9 && type !== 6) return false;
  }
  return false;
}

/** Return where the unit after the next start code begins, or -1. */
function startCode(bytes: Uint8Array, from: number): number {
  for (let at = from; at + 3 < bytes.length; at++) {
    if (bytes[at] === 0 && bytes[at + 1] === 0 && bytes[at + 2] === 1) return at + 3;
  }
  return -1;
}
