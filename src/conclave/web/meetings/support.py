"""How staff of the operator see a meeting: with a reason, for a while, each look on record and shown to the organizer.

There is no other way to it but the database itself: no page, and no command without a reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction

from conclave.web.meetings.models import MAX_REASON_CHARACTERS, Meeting, Participant, SupportView
from conclave.web.meetings.numbers import from_address
from conclave.web.privacy import purposes
from conclave.web.privacy.vocabulary import Purpose

LONGEST = timedelta(hours=4)  # longer than any call about a problem; the next day needs a reason of its own
MIN_REASON_CHARACTERS = 10  # a ticket's number and a word


class AccessRefused(Exception):
    """Nothing is shown; the message says to the operator why."""


@transaction.atomic
def open_access(*, number: str, by: str, reason: str, lasting: timedelta, now: datetime) -> SupportView:
    """Put on record that and why somebody may look at a meeting until `lasting` is over; raise `AccessRefused`."""
    reason = reason.strip()
    if not MIN_REASON_CHARACTERS <= len(reason) <= MAX_REASON_CHARACTERS:
        raise AccessRefused(f"a reason has {MIN_REASON_CHARACTERS} to {MAX_REASON_CHARACTERS} characters")
    if not timedelta(0) < lasting <= LONGEST:
        raise AccessRefused(f"access lasts at most {LONGEST // timedelta(minutes=1)} minutes")
    meeting = _meeting(number)
    return SupportView.objects.create(meeting=meeting, by=by, reason=reason, at=now, until=now + lasting)


@transaction.atomic
def show(*, number: str, by: str, now: datetime) -> list[str]:
    """Return what staff see of a meeting and put the look on record; raise `AccessRefused` when none is open."""
    meeting = _meeting(number)
    opened = SupportView.objects.filter(meeting=meeting, by=by, until__gt=now).first()
    if opened is None:
        raise AccessRefused("no access is open: give a reason first")
    SupportView.objects.create(meeting=meeting, by=by, reason=opened.reason, at=now, until=opened.until)
    return list(_lines(meeting))


def _meeting(number: str) -> Meeting:
    asked = Meeting.objects.filter(number=from_address(number))
    meeting = purposes.allowed(asked, "meetings.Meeting.subject", purpose=Purpose.SUPPORT).first()
    if meeting is None:
        raise AccessRefused("there is no such meeting, or its organizer has not agreed to this use")
    return meeting


def _lines(meeting: Meeting) -> Iterator[str]:
    yield f"{meeting.spoken_number}: {meeting.subject}"
    yield f"organized by {meeting.organizer.full_name}"
    ended = f", ended {meeting.ended_at:%Y-%m-%d %H:%M}" if meeting.ended_at else ""
    yield f"planned {meeting.starts_at:%Y-%m-%d %H:%M} to {meeting.planned_end:%H:%M} UTC{ended}"
    purposes.require("meetings.Presence.entered_at", purpose=Purpose.SUPPORT)
    people = Participant.objects.filter(meeting=meeting).prefetch_related("presences")
    for each in purposes.allowed(people, "meetings.Participant.name", purpose=Purpose.SUPPORT):
        for presence in each.presences.all():
            left = f"{presence.left_at:%H:%M:%S} ({presence.reason})" if presence.left_at else "still there"
            yield f"{each.name} ({each.role}): {presence.entered_at:%H:%M:%S} to {left}"
