"""The only clocks of the live plane; everything else takes `now`."""

from __future__ import annotations

import time


def monotonic_s() -> float:
    return time.monotonic()


def unix_s() -> float:
    return time.time()  # noqa: TID251  # tickets and reports carry the time of day
