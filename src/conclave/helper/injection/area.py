"""Fractions of a shared surface as places on a screen. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of the desktop, in pixels (macOS: points)."""

    left: int
    top: int
    width: int
    height: int

    def place(self, x: float, y: float) -> tuple[int, int]:
        """Return the pixel at fractions of it; 1 is the last one."""
        return (
            self.left + min(int(x * self.width), self.width - 1),
            self.top + min(int(y * self.height), self.height - 1),
        )


def find_area(areas: dict[int, Area], *, named: int | None, width: int, height: int) -> Area | None:
    """Return the monitor with an id, else the only one, else the only one of that size."""
    if named in areas:
        return areas[named]
    if len(areas) == 1:
        return next(iter(areas.values()))
    alike = [each for each in areas.values() if (each.width, each.height) == (width, height)]
    return alike[0] if len(alike) == 1 else None
