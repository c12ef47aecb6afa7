"""Who was in a meeting, from when to when, as a table and as bars along its time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from conclave.web.meetings.models import LONGEST_ROOM, Participant, Presence

WIDTH = 1000
"""Of the drawing, in units."""
NARROWEST = 3
"""A bar that is less wide could not be seen."""

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Bar:
    """A time in which somebody was there, in units of the drawing."""

    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Attendee:
    """One person in a meeting; `time` is how long they were there in all, on however many devices."""

    participant: Participant
    time: timedelta
    bars: tuple[Bar, ...]

    @property
    def minutes(self) -> int:
        """Rounded, and at least one: nobody attends for no time."""
        return max(1, round(self.time.total_seconds() / 60))


@dataclass(frozen=True, slots=True)
class Attendance:
    """Everybody who was in a meeting, and the time that the bars span."""

    start: datetime
    end: datetime
    people: tuple[Attendee, ...]

    @property
    def middle(self) -> datetime:
        return self.start + (self.end - self.start) / 2


def attendance_of(people: Iterable[Participant], *, now: datetime) -> Attendance | None:
    """Return the attendance of `people`, whose presences are at hand; None if none of them came."""
    spans = {each: _merged(_span(presence, now=now) for presence in each.presences.all()) for each in people}
    all_spans = [span for found in spans.values() for span in found]
    if not all_spans:
        return None
    start, end = min(span[0] for span in all_spans), max(span[1] for span in all_spans)
    attended = (_attendee(each, found, start=start, end=end) for each, found in spans.items() if found)
    return Attendance(start, end, tuple(attended))


def _span(presence: Presence, *, now: datetime) -> Span:
    """Return from when to when somebody was there; of whom no end was reported, only that they came."""
    if presence.left_at is not None:
        return presence.entered_at, presence.left_at
    is_there = presence.entered_at > now - LONGEST_ROOM
    return presence.entered_at, max(now, presence.entered_at) if is_there else presence.entered_at


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Return spans that do not overlap: a reload is two devices for a moment."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _attendee(participant: Participant, spans: Sequence[Span], *, start: datetime, end: datetime) -> Attendee:
    whole = max(end - start, timedelta(seconds=1))
    bars = []
    for first, last in spans:
        width = max(NARROWEST, round(WIDTH * ((last - first) / whole)))
        bars.append(Bar(min(round(WIDTH * ((first - start) / whole)), WIDTH - NARROWEST), width))
    return Attendee(participant, sum((last - first for first, last in spans), timedelta()), tuple(bars))
