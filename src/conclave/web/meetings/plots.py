"""Plots as SVG paths, without any style of their own: strict pages allow none. Pure.

Only the line is drawn here; the words of the axes are HTML beside the drawing, so that they stay readable on a phone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT = 100
"""Of a drawing, in units; its width is the number of its values."""


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing and the words around it."""

    title: str
    kind: str
    """The class of the line in the style sheet."""
    summary: str
    width: int
    height: int
    top: str
    middle: str
    path: str

    @property
    def half(self) -> int:
        """The height of the middle."""
        return self.height // 2


def plot(title: str, kind: str, values: Sequence[float | None], *, unit: str, summary: str, least: float) -> Plot:
    """Draw `values` from zero to a round number above the highest of them and `least`."""
    top = round_up(max(value for value in (*values, least) if value is not None))
    return Plot(
        title=title,
        kind=kind,
        summary=summary,
        width=len(values),
        height=HEIGHT,
        top=words(top, unit),
        middle=words(top / 2, unit),
        path=path(values, top=top),
    )


def path(values: Sequence[float | None], *, top: float) -> str:
    """Return a line in steps through `values`, with gaps where there are none."""
    parts: list[str] = []
    is_open = False
    for index, value in enumerate(values):
        if value is not None:
            y = _short(HEIGHT - HEIGHT * value / top)
            parts.append(f"{'L' if is_open else 'M'}{index} {y}H{index + 1}")
        is_open = value is not None
    return "".join(parts)


def round_up(value: float) -> float:
    """Return the next of 1, 2, 4, 5, 10, 20, 40... that is not below `value`, which is above 0."""
    power = 1.0
    while power > value:
        power /= 10
    while power * 10 < value:
        power *= 10
    return next(step * power for step in (1, 2, 4, 5, 10) if step * power >= value)


def words(value: float, unit: str) -> str:
    """Return a value with its unit, in thousands and millions for bit/s."""
    if unit != "bit/s":
        return f"{_short(value)} {unit}".strip()
    for factor, prefix in ((1_000_000, "M"), (1_000, "k")):
        if value >= factor:
            return f"{_short(value / factor)} {prefix}bit/s"
    return f"{_short(value)} bit/s"


def _short(value: float) -> str:
    """Return a number with at most one digit behind the point, or two if it is small."""
    return f"{value:,.{1 if value >= 1 else 2}f}".rstrip("0").rstrip(".")
