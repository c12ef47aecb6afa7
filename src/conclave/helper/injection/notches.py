"""Wheels on systems that know whole notches only. Pure."""

from __future__ import annotations

NOTCH = 120
"""An input counts 1/120 notches, as Windows and HID do."""


class Notches:
    """Adds up fractions of notches, separately in both directions; a change of direction begins anew."""

    def __init__(self) -> None:
        self._rest = [0, 0]

    def turn(self, dx: int, dy: int) -> tuple[int, int]:
        """Return how many whole notches to turn right and down."""
        return self._add(0, dx), self._add(1, dy)

    def _add(self, axis: int, amount: int) -> int:
        if self._rest[axis] * amount < 0:
            self._rest[axis] = 0
        whole = abs(self._rest[axis] + amount) // NOTCH * (1 if self._rest[axis] + amount > 0 else -1)
        self._rest[axis] += amount - whole * NOTCH
        return whole
