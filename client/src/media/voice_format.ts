/** What a voice is cut into (docs/protocol/media.md, "Track mic"). The audio thread needs no more of the protocol. */

/** What one frame carries, in milliseconds of sound. */
export const FRAME_MS = 20;
/** The rate of everything that is heard; Opus's own. */
export const SAMPLE_RATE_HZ = 48_000;
export const FRAME_SAMPLES = (SAMPLE_RATE_HZ * FRAME_MS) / 1000;
