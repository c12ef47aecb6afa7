"""A participant's session record as series over time, for plots and tables. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from conclave.web.meetings.records import Timed

MAX_BINS = 240
"""As many points as a plot of the width of a phone can show apart."""


@dataclass(frozen=True, slots=True)
class Axis:
    """Equal steps of time, the same for everybody in a meeting."""

    start: datetime
    step_s: int
    bins: int

    @classmethod
    def over(cls, start: datetime, end: datetime) -> Axis:
        """Return the axis from `start` to `end` with whole seconds as steps."""
        span_s = max(1.0, (end - start).total_seconds())
        step_s = max(1, -int(-span_s // MAX_BINS))
        return cls(start, step_s, max(2, -int(-span_s // step_s)))

    @property
    def end(self) -> datetime:
        return self.start + timedelta(seconds=self.step_s * self.bins)

    @property
    def middle(self) -> datetime:
        return self.start + (self.end - self.start) / 2

    def bin_of(self, at: datetime) -> int:
        index = int((at - self.start).total_seconds() // self.step_s)
        return min(max(index, 0), self.bins - 1)


@dataclass(slots=True)
class Bin:
    """Everything that fell into one step."""

    length_ms: int = 0
    objects: int = 0
    size_bytes: int = 0
    dropped: int = 0
    told_ms: int = 0
    """Of `length_ms`, the part in which the transport told what it counted."""
    bytes_in: int = 0
    bytes_out: int = 0
    packets_in: int = 0
    packets_out: int = 0
    packets_lost: int = 0
    rtt_us_ms: int = 0
    """The sum of round trips, each weighed with the length of its interval."""

    def add(self, timed: Timed) -> None:
        interval, link = timed.interval, timed.interval.link
        self.length_ms += interval.length_ms
        self.objects += sum(each.objects for each in interval.sums)
        self.size_bytes += sum(each.size_bytes for each in interval.sums)
        self.dropped += interval.dropped
        if link is not None:
            self.told_ms += interval.length_ms
            self.bytes_in += link.bytes_in
            self.bytes_out += link.bytes_out
            self.packets_in += link.packets_in
            self.packets_out += link.packets_out
            self.packets_lost += link.packets_lost
            self.rtt_us_ms += link.rtt_us * interval.length_ms

    def merge(self, other: Bin) -> None:
        for name in Bin.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def sent_bps(self) -> float | None:
        """What went through the relay from the participant; None where they were not connected."""
        return 8000 * self.size_bytes / self.length_ms if self.length_ms else None

    @property
    def received_bps(self) -> float | None:
        """What the transport sent to the participant."""
        return 8000 * self.bytes_out / self.told_ms if self.told_ms else None

    @property
    def objects_per_s(self) -> float | None:
        return 1000 * self.objects / self.length_ms if self.length_ms else None

    @property
    def rtt_ms(self) -> float | None:
        return self.rtt_us_ms / self.told_ms / 1000 if self.told_ms else None

    @property
    def lost_percent(self) -> float | None:
        """Of the packets to the participant, how many were lost."""
        return 100 * self.packets_lost / self.packets_out if self.packets_out else None


@dataclass(slots=True)
class Series:
    """One participant's record along an axis."""

    axis: Axis
    bins: list[Bin] = field(default_factory=list)

    @classmethod
    def of(cls, axis: Axis, intervals: Iterable[Timed]) -> Series:
        series = cls(axis, [Bin() for _ in range(axis.bins)])
        for each in intervals:
            middle = each.at + timedelta(milliseconds=each.interval.length_ms / 2)
            series.bins[axis.bin_of(middle)].add(each)
        return series

    @property
    def total(self) -> Bin:
        total = Bin()
        for each in self.bins:
            total.merge(each)
        return total

    def rows(self, count: int) -> list[tuple[datetime, Bin]]:
        """Return the series in at most `count` rows of equal length, without those in which nobody was there."""
        per_row = max(1, -(-len(self.bins) // count))
        rows = []
        for first in range(0, len(self.bins), per_row):
            row = Bin()
            for each in self.bins[first : first + per_row]:
                row.merge(each)
            if row.length_ms:
                rows.append((self.axis.start + timedelta(seconds=self.axis.step_s * first), row))
        return rows
