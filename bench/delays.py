"""Delays, and the two figures that are told of them."""

from __future__ import annotations

import statistics
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Delays:
    """How long each of many things took."""

    delays_ms: list[float]

    @property
    def median_ms(self) -> float:
        """The middle delay."""
        return statistics.median(self.delays_ms)

    @property
    def p95_ms(self) -> float:
        """The delay that 95 of 100 keep."""
        return p95(self.delays_ms)


def p95(values: list[float]) -> float:
    """Return what 95 of 100 values do not exceed; 0 of none, and of a single one itself."""
    return statistics.quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else sum(values)
