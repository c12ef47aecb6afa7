/** In which of its sizes a camera is watched: as large as its tile, and no larger. Pure. */

import type { PictureTrack } from "../transport/relay.ts";
import type { CameraTrack } from "./catalog.ts";

/** A picture may be enlarged by so much before a larger one is worth its bits; a switch back waits until it is not. */
const MAX_ENLARGED = 1.25;

/** Return the track for a tile of `heightPx`, given the one that is `watched`; null when there is nothing to watch. */
export function chooseTrack(
  tracks: readonly CameraTrack[],
  heightPx: number,
  watched: PictureTrack | null,
): CameraTrack["track"] | null {
  if (heightPx <= 0) return null;
  const bySize = tracks.toSorted((one, other) => one.height - other.height);
  const fits = (enlarged: number) => bySize.find(({ height }) => height * enlarged >= heightPx) ?? bySize.at(-1);
  const [least, ample] = [fits(MAX_ENLARGED), fits(1)];
  return (ample?.track === watched ? ample : least)?.track ?? null;
}
