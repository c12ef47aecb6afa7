"""A session record as a table for spreadsheets and programs: CSV (RFC 4180), UTF-8, times in UTC."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime
from io import StringIO
from typing import Any, TypeAlias

from django.db.models import QuerySet

from conclave.web.meetings import records
from conclave.web.meetings.models import Stretch

AT_ONCE = 50  # stretches that are in memory at the same time: 100,000 lines at most

Rows: TypeAlias = Callable[[Stretch], Iterable[tuple[Any, ...]]]

_WHO = ("participant", "name", "device")
OBJECTS_HEADER = ("time_utc", *_WHO, "track", "objects", "size_bytes", "exact")
CONNECTION_HEADER = (
    "time_utc",
    *_WHO,
    "length_ms",
    "dropped_objects",
    "rtt_ms",
    "packets_from",
    "packets_to",
    "packets_lost_to",
    "bytes_from",
    "bytes_to",
    "bytes_lost_to",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With these a spreadsheet takes a text for something to compute."""


def objects(stretch: Stretch) -> Iterable[tuple[Any, ...]]:
    """Yield a line for each object, or for each second of a track of which not every object was kept."""
    who = _who(stretch)
    for each in records.sent(stretch):
        exact = "yes" if each.is_exact else "no"
        yield (_time(each.at), *who, each.track, each.objects, each.size_bytes, exact)


def connection(stretch: Stretch) -> Iterable[tuple[Any, ...]]:
    """Yield a line for each second, with what the transport counted if it told."""
    who = _who(stretch)
    for each in records.timed(stretch):
        link = each.interval.link
        told = ("",) * 7 if link is None else (link.rtt_us / 1000, *link[1:])
        yield (_time(each.at), *who, each.interval.length_ms, each.interval.dropped, *told)


async def stream(found: QuerySet[Stretch], header: tuple[str, ...], rows: Rows) -> AsyncIterator[str]:
    """Yield the table piece by piece, so that a day of a hundred people needs no memory."""
    yield _lines([header])
    async for stretch in found.aiterator(chunk_size=AT_ONCE):
        yield _lines(rows(stretch))


def _lines(rows: Iterable[tuple[Any, ...]]) -> str:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _who(stretch: Stretch) -> tuple[str, str, str]:
    name = stretch.participant.name
    return stretch.participant_id, f"'{name}" if name.startswith(_FORMULA) else name, stretch.device


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
