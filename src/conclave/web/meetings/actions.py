"""Every change of a meeting."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import TypedDict, Unpack

from django.db import IntegrityError, transaction

from conclave.ticket import Role
from conclave.web.accounts.models import Account
from conclave.web.meetings import numbers
from conclave.web.meetings.models import Meeting, Participant

NOW_DURATION_MIN = 60  # what a meeting that was not scheduled counts as, until it ends
DRAWS = 20  # with a million meetings, twenty taken numbers in a row happen once in 10**59


class Options(TypedDict, total=False):
    """What a meeting's organizer may choose; what is not named stays as it is."""

    has_lobby: bool
    attendees_may_chat: bool
    attendees_may_share: bool
    attendees_may_speak: bool
    is_recorded: bool


class NoWordsYet(Exception):
    """The organizer's browser has not told the meeting's door key."""


class MeetingEnded(Exception):
    """Only its organizer can open this meeting again."""


def meet_now(*, organizer: Account, now: datetime) -> Meeting:
    """Create a meeting that starts at once."""
    return _create(
        organizer=organizer,
        kind=Meeting.Kind.NOW,
        subject=f"Meeting with {organizer.full_name}",
        starts_at=now,
        duration_min=NOW_DURATION_MIN,
        time_zone=organizer.time_zone,
    )


def schedule(
    *,
    organizer: Account,
    subject: str,
    starts_at: datetime,
    duration_min: int,
    time_zone: str,
    **options: Unpack[Options],
) -> Meeting:
    """Create a meeting for later."""
    return _create(
        organizer=organizer,
        kind=Meeting.Kind.SCHEDULED,
        subject=subject,
        starts_at=starts_at,
        duration_min=duration_min,
        time_zone=time_zone,
        **options,
    )


def _create(**fields: object) -> Meeting:
    meeting = Meeting(**fields)
    meeting.planned_end = meeting.starts_at + timedelta(minutes=meeting.duration_min)
    for _ in range(DRAWS):
        meeting.number = numbers.draw()
        try:
            with transaction.atomic():
                meeting.save(force_insert=True)
        except IntegrityError:
            continue
        return meeting
    raise RuntimeError("no free meeting number")


@transaction.atomic
def change(
    *,
    meeting: Meeting,
    subject: str,
    starts_at: datetime,
    duration_min: int,
    time_zone: str,
    **options: Unpack[Options],
) -> None:
    """Change a meeting; one that gets another start is a scheduled one from now on."""
    if starts_at != meeting.starts_at:
        meeting.kind = Meeting.Kind.SCHEDULED
    meeting.subject, meeting.starts_at, meeting.duration_min = subject, starts_at, duration_min
    meeting.time_zone = time_zone
    for name, value in options.items():
        setattr(meeting, name, value)
    meeting.planned_end = starts_at + timedelta(minutes=duration_min)
    meeting.save()


@transaction.atomic
def delete(*, meeting: Meeting) -> None:
    """Delete the meeting with its attendance; its link leads nowhere from now on."""
    meeting.delete()


@transaction.atomic
def store_door_key(*, meeting: Meeting, door_key: str) -> None:
    """Keep the door key of the meeting's words; from now on others do not let anybody in."""
    meeting.door_key, meeting.had_words = door_key, False
    meeting.save(update_fields=["door_key", "had_words"])


@transaction.atomic
def admit(*, meeting: Meeting, known_as: str | None, account: Account | None, name: str, now: datetime) -> Participant:
    """Return the participant whom a ticket is for: the one `known_as` in this meeting, or a new one.

    Raises:
        NoWordsYet: so that nobody could enter.
        MeetingEnded: and `account` is not its organizer, who opens it again.

    """
    if not meeting.door_key:
        raise NoWordsYet
    role: Role = "organizer" if account is not None and account.pk == meeting.organizer_id else "attendee"
    if meeting.ended_at is not None:
        _reopen(meeting, role=role, now=now)
    participant = Participant.objects.filter(pk=known_as, meeting=meeting).first() if known_as else None
    if participant is None:
        participant = Participant(id=secrets.token_hex(8), meeting=meeting, admitted_at=now)
    participant.account, participant.name, participant.role = account, name, role
    participant.save()
    return participant


def _reopen(meeting: Meeting, *, role: Role, now: datetime) -> None:
    if role != "organizer":
        raise MeetingEnded
    meeting.ended_at, meeting.reopened_at = None, now
    meeting.save(update_fields=["ended_at", "reopened_at"])
