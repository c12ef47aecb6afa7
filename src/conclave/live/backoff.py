"""How long to wait before the next attempt: longer each time, never too long, never in step with others."""

from __future__ import annotations

from collections.abc import Callable


class Backoff:
    """Doubles from `first_s` to `cap_s`; each wait is drawn from the upper half, so that peers spread out."""

    def __init__(self, *, first_s: float, cap_s: float, uniform: Callable[[float, float], float]) -> None:
        self._first_s = first_s
        self._cap_s = cap_s
        self._uniform = uniform
        self._next_s = first_s

    def next_s(self) -> float:
        """Return how long to wait now."""
        wait_s = self._uniform(self._next_s / 2, self._next_s)
        self._next_s = min(self._cap_s, self._next_s * 2)
        return wait_s

    def reset(self) -> None:
        """Begin again: the last attempt went well."""
        self._next_s = self._first_s
