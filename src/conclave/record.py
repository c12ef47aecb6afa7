"""Size and time of what one session carried, packed into bytes (docs/protocol/report.md, "The session record").

There are only numbers here: what is accepted is exactly what packing the numbers that were read gives again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple, TypeVar

CONTEXTS = ("catalog", "screen", "camera", "mic", "cursor", "control", "camera-low", "file", "screen-low")
"""The kinds of track, by their number (docs/protocol/media.md, "SFrame profile")."""
MAX_STRETCH_MS = 60_000
"""A stretch takes ten seconds; a computer that sleeps makes it longer."""
MAX_INTERVALS = 64
"""One a second, and some to spare."""
MAX_OBJECTS = 2_000
"""Of one session in a stretch: screen, camera and voice together send about a hundred in a second."""
MAX_OBJECT_BYTES = 4 * 1024 * 1024
"""As the relay has it."""
MAX_COUNT = 2**53 - 1
"""What JSON and every database carry exactly."""
MAX_SHIFT = 49
"""Bits before the last byte of a number: eight bytes hold the largest count."""
MAX_PACKED_BYTES = 12 * 1024
"""Two thousand objects with the longest numbers that they may have."""


class RecordError(Exception):
    """These bytes are no part of a session record."""


class Object(NamedTuple):
    """One object that a participant sent: when, in milliseconds since the stretch began, on which track, how large."""

    at_ms: int
    context: int
    size_bytes: int


class Sum(NamedTuple):
    """What a participant sent on one track in an interval."""

    context: int
    objects: int
    size_bytes: int


class Link(NamedTuple):
    """What the transport counted in an interval: `in` from the participant, `out` and `lost` to them."""

    rtt_us: int
    packets_in: int
    packets_out: int
    packets_lost: int
    bytes_in: int
    bytes_out: int
    bytes_lost: int


@dataclass(frozen=True, slots=True)
class Interval:
    """About a second: sums of everything, whether or not the single objects are kept too."""

    length_ms: int
    sums: tuple[Sum, ...] = ()
    dropped: int = 0
    """Objects that had not the form of a ciphertext."""
    link: Link | None = None
    """None when the transport tells nothing."""


def pack_intervals(intervals: Sequence[Interval]) -> bytes:
    """Return the bytes of up to `MAX_INTERVALS` intervals; `sums` are in the order of their contexts."""
    numbers: list[int] = [len(intervals)]
    for each in intervals:
        numbers += [each.length_ms, len(each.sums), *(number for total in each.sums for number in total), each.dropped]
        numbers += [0] if each.link is None else [1, *each.link]
    return _pack(numbers)


def unpack_intervals(data: bytes) -> list[Interval]:
    """Return the intervals, or raise `RecordError`, whatever `data` is."""
    numbers = _Numbers(data)
    intervals = [_read_interval(numbers) for _ in range(numbers.read(MAX_INTERVALS))]
    if sum(each.length_ms for each in intervals) > MAX_STRETCH_MS:
        raise RecordError("too long a stretch")
    return _finished(numbers, intervals)


def pack_objects(objects: Iterable[Object]) -> bytes:
    """Return the bytes of up to `MAX_OBJECTS` objects, which are in the order of their times."""
    by_context = {context: list(found) for context, found in groupby(sorted(objects, key=_context_of), key=_context_of)}
    numbers: list[int] = [len(by_context)]
    for context, found in by_context.items():
        numbers += [context, len(found)]
        before_ms = 0
        for each in found:
            numbers += [each.at_ms - before_ms, each.size_bytes]
            before_ms = each.at_ms
    return _pack(numbers)


def unpack_objects(data: bytes) -> list[Object]:
    """Return the objects in the order of their times, or raise `RecordError`, whatever `data` is."""
    numbers = _Numbers(data)
    objects: list[Object] = []
    last = -1
    for _ in range(numbers.read(len(CONTEXTS))):
        last = _read_context(numbers, after=last)
        objects += _read_track(numbers, last)
    if len(objects) > MAX_OBJECTS:
        raise RecordError("too many objects")
    objects.sort(key=_time_of)
    return _finished(numbers, objects)


def _read_interval(numbers: _Numbers) -> Interval:
    length_ms = numbers.read(MAX_STRETCH_MS)
    sums: list[Sum] = []
    for _ in range(numbers.read(len(CONTEXTS))):
        context = _read_context(numbers, after=sums[-1].context if sums else -1)
        sums.append(Sum(context, numbers.read(MAX_COUNT), numbers.read(MAX_COUNT)))
    dropped = numbers.read(MAX_COUNT)
    link = Link(*(numbers.read(MAX_COUNT) for _ in Link._fields)) if numbers.read(1) else None
    return Interval(length_ms, tuple(sums), dropped, link)


def _read_context(numbers: _Numbers, *, after: int) -> int:
    context = numbers.read(len(CONTEXTS) - 1)
    if context <= after:
        raise RecordError("tracks out of order")
    return context


def _read_track(numbers: _Numbers, context: int) -> list[Object]:
    count, at_ms = numbers.read(MAX_OBJECTS), 0
    if count == 0:
        raise RecordError("a track without objects")
    objects = []
    for _ in range(count):
        at_ms += numbers.read(MAX_STRETCH_MS)
        objects.append(Object(at_ms, context, numbers.read(MAX_OBJECT_BYTES)))
    if at_ms > MAX_STRETCH_MS:
        raise RecordError("too long a stretch")
    return objects


def _context_of(each: Object) -> int:
    return each.context


def _time_of(each: Object) -> int:
    return each.at_ms


T = TypeVar("T")


def _finished(numbers: _Numbers, read: T) -> T:
    if not numbers.is_at_end:
        raise RecordError("something follows")
    return read


def _pack(numbers: Iterable[int]) -> bytes:
    """Return numbers as LEB128: seven bits a byte, the lowest first, the top bit says that more follow."""
    data = bytearray()
    for number in numbers:
        rest = number
        while rest > 0x7F:
            data.append(rest & 0x7F | 0x80)
            rest >>= 7
        data.append(rest)
    return bytes(data)


class _Numbers:
    """Reads what `_pack` has written, each number in its shortest form."""

    def __init__(self, data: bytes) -> None:
        if len(data) > MAX_PACKED_BYTES:
            raise RecordError("too long")
        self._numbers = _unpack(data)
        self._at = 0

    @property
    def is_at_end(self) -> bool:
        return self._at == len(self._numbers)

    def read(self, limit: int) -> int:
        """Return the next number, up to `limit`."""
        if self._at == len(self._numbers):
            raise RecordError("cut off")
        number = self._numbers[self._at]
        if number > limit:
            raise RecordError("outside the limits")
        self._at += 1
        return number


def _unpack(data: bytes) -> list[int]:
    """Return all numbers at once, which takes half the time of reading them one by one."""
    numbers: list[int] = []
    number = shift = 0
    for byte in data:
        if byte < 0x80:
            if byte == 0 and shift:
                raise RecordError("not in its shortest form")
            numbers.append(number | byte << shift)
            number = shift = 0
        else:
            number |= (byte & 0x7F) << shift
            shift += 7
            if shift > MAX_SHIFT:
                raise RecordError("outside the limits")
    if shift:
        raise RecordError("cut off")
    return numbers
