"""Notes size and time of what each session carries, for the session record (docs/protocol/report.md).

Sums of every second are always kept, the single objects as long as there is room for them.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass

import moq

from conclave import record
from conclave.record import MAX_OBJECTS, MAX_STRETCH_MS, Interval, Link, Object, Sum
from conclave.relay.admission import Admitted
from conclave.report import Recorded
from conclave.ticket import RoomId

TICK_S = 1.0
"""How long an interval is."""
STRETCH_MS = 10_000
"""What is lost at most when a node is killed. Shorter stretches cost more: each is a file, a request and a row."""
MAX_ROOM_OBJECTS = 20_000
"""Objects of one room that wait in memory, at 7 bytes: 2,000 a second. Beyond that only sums are kept."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """Seconds that never jump, and the time of day."""

    monotonic_s: Callable[[], float]
    unix_s: Callable[[], float]


@dataclass(slots=True)
class Allowance:
    """How many more single objects a room may keep in memory."""

    left: int = MAX_ROOM_OBJECTS


Report = Callable[[RoomId, Recorded], None]
"""Takes a stretch of a room's record without waiting."""


NOTHING = Link(0, 0, 0, 0, 0, 0, 0)
"""What a new connection has carried."""


class Recorder:
    """The record of one session, from its last report on."""

    def __init__(
        self,
        who: Admitted,
        *,
        count: Callable[[], Link | None],
        allowance: Allowance,
        clocks: Clocks,
        report: Report,
    ) -> None:
        self._who = who
        self._count = count
        self._allowance = allowance
        self._clocks = clocks
        self._report = report
        self._counted = NOTHING
        self._is_over = False
        self._intervals: list[Interval] = []
        self._sums: dict[int, tuple[int, int]] = {}
        self._dropped = self._ended_ms = 0
        self._begin()

    def note(self, context: int, size_bytes: int) -> None:
        """Note an object that went through."""
        if self._is_over:
            return
        objects, total_bytes = self._sums.get(context, (0, 0))
        self._sums[context] = objects + 1, total_bytes + size_bytes
        if self._allowance.left > 0 and len(self._sizes) < MAX_OBJECTS:
            self._allowance.left -= 1
            self._times.append(self._elapsed_ms())
            self._contexts.append(context)
            self._sizes.append(size_bytes)

    def drop(self) -> None:
        """Note an object that was dropped."""
        self._dropped += 1

    def tick(self) -> None:
        """End an interval, and report the stretch when it is long enough."""
        if self._is_over:
            return
        elapsed_ms = self._elapsed_ms()
        sums = tuple(Sum(context, *total) for context, total in sorted(self._sums.items()))
        self._intervals.append(Interval(elapsed_ms - self._ended_ms, sums, self._dropped, self._count_link()))
        self._sums.clear()
        self._dropped, self._ended_ms = 0, elapsed_ms
        if elapsed_ms >= STRETCH_MS:
            self._cut()

    def finish(self) -> None:
        """Report what has not been reported; nothing is noted any more."""
        if not self._is_over:
            self.tick()
            if self._intervals:
                self._cut()
            self._is_over = True

    def _begin(self) -> None:
        self._began_s, self._began_unix_ms = self._clocks.monotonic_s(), int(self._clocks.unix_s() * 1000)
        self._times, self._contexts, self._sizes = array("H"), array("B"), array("I")
        self._intervals = []
        self._dropped = self._ended_ms = 0

    def _cut(self) -> None:
        objects = [Object(*each) for each in zip(self._times, self._contexts, self._sizes, strict=True)]
        self._allowance.left += len(objects)
        who, began_unix_ms = self._who, self._began_unix_ms
        intervals, packed = record.pack_intervals(self._intervals), record.pack_objects(objects)
        self._begin()
        self._report(who.room, Recorded(who.participant, who.device, began_unix_ms, intervals, packed))

    def _elapsed_ms(self) -> int:
        return min(int((self._clocks.monotonic_s() - self._began_s) * 1000), MAX_STRETCH_MS)

    def _count_link(self) -> Link | None:
        """Return what the transport counted since the last time; None when it tells nothing."""
        before, counted = self._counted, self._count()
        if counted is None:
            return None
        self._counted = counted
        return Link(counted.rtt_us, *(max(0, now - then) for now, then in zip(counted[1:], before[1:], strict=True)))


def count_quic(session: moq.Session) -> Link | None:
    """Return what a connection has carried so far; None when it is gone, or no QUIC connection."""
    try:
        stats = session.stats()
    except moq.Error:
        return None
    counted = (
        stats.rtt_us,
        stats.packets_received,
        stats.packets_sent,
        stats.packets_lost,
        stats.bytes_received,
        stats.bytes_sent,
        stats.bytes_lost,
    )
    return None if None in counted else Link(*counted)
