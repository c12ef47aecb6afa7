"""The one way to read session records: for the quality of meetings, by the organizer or by whom they are about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import QuerySet

from conclave import record
from conclave.record import CONTEXTS, Interval, Object
from conclave.web.accounts.models import Account
from conclave.web.meetings.models import RECORD_KEPT_DAYS, Meeting, Participant, Stretch
from conclave.web.privacy import purposes
from conclave.web.privacy.vocabulary import Purpose

KEPT = timedelta(days=RECORD_KEPT_DAYS)


class State(StrEnum):
    """What there is of a meeting's record."""

    THERE = "there"
    NOT_YET = "not yet"
    OFF = "off"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Timed:
    """An interval of a record, and when it began."""

    at: datetime
    interval: Interval

    @property
    def end(self) -> datetime:
        return self.at + timedelta(milliseconds=self.interval.length_ms)


@dataclass(frozen=True, slots=True)
class Sent:
    """One object of a record; or, where there were too many to keep each, what was sent in about a second."""

    at: datetime
    track: str
    objects: int
    size_bytes: int
    is_exact: bool


def visible_to(account: Account | None, meeting: Meeting) -> QuerySet[Participant]:
    """Return whose part of the record an account may see: the organizer everybody's, others their own."""
    if account is None:
        return Participant.objects.none()
    people = Participant.objects.filter(meeting=meeting)
    return people if meeting.organizer_id == account.pk else people.filter(account=account)


def stretches(people: QuerySet[Participant], *, purpose: Purpose) -> QuerySet[Stretch]:
    """Return the stretches of `people` in the order of time.

    Raises:
        PurposeRefused: the register does not allow to use session records for `purpose`.

    """
    rows = Stretch.objects.filter(participant__in=people).select_related("participant")
    return purposes.allowed(rows, "meetings.Stretch.objects_sent", purpose=purpose).order_by("began_at", "id")


def state_of(meeting: Meeting, *, now: datetime) -> State:
    """Return whether there is a record of the meeting, and why not."""
    if Stretch.objects.filter(participant__meeting=meeting).exists():
        return State.THERE
    if not meeting.is_recorded:
        return State.OFF
    return State.DELETED if meeting.planned_end + KEPT < now else State.NOT_YET


@transaction.atomic
def delete(meeting: Meeting) -> None:
    """Delete the meeting's record before its time."""
    Stretch.objects.filter(participant__meeting=meeting).delete()


def timed(stretch: Stretch) -> list[Timed]:
    """Return the intervals of a stretch with the time of each."""
    found: list[Timed] = []
    for interval in record.unpack_intervals(bytes(stretch.intervals)):
        found.append(Timed(found[-1].end if found else stretch.began_at, interval))
    return found


def sent(stretch: Stretch) -> Iterator[Sent]:
    """Yield what was sent: the objects of each track one by one if all of them were kept, its sums otherwise."""
    objects, intervals = record.unpack_objects(bytes(stretch.objects_sent)), timed(stretch)
    exact = _exact_tracks(objects, intervals)
    for each in objects:
        if each.context in exact:
            at = stretch.began_at + timedelta(milliseconds=each.at_ms)
            yield Sent(at, CONTEXTS[each.context], 1, each.size_bytes, is_exact=True)
    for part in intervals:
        for total in part.interval.sums:
            if total.context not in exact:
                yield Sent(part.at, CONTEXTS[total.context], total.objects, total.size_bytes, is_exact=False)


def _exact_tracks(objects: list[Object], intervals: list[Timed]) -> frozenset[int]:
    """Return the tracks of which every single object was kept."""
    kept, counted = Counter(each.context for each in objects), Counter[int]()
    for each in intervals:
        counted.update({total.context: total.objects for total in each.interval.sums})
    return frozenset(context for context in counted if kept[context] == counted[context])
