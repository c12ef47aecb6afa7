"""Taking reports of live nodes (docs/protocol/report.md): each once, in the order they come."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import assert_never

from django.db import transaction

from conclave.report import Closed, Entered, Left, Opened, Report
from conclave.web.meetings.models import Meeting, Participant, Presence, TakenReport


@transaction.atomic
def take(*, report: Report, now: datetime) -> None:
    """Take `report` unless it was taken before."""
    _, is_new = TakenReport.objects.get_or_create(id=report.id, defaults={"taken_at": now})
    meeting = Meeting.objects.filter(number=report.room).first()
    # A meeting may have been deleted while people were in its room.
    if is_new and meeting is not None:
        _apply(report, meeting, at=datetime.fromtimestamp(report.at_unix_ms / 1000, tz=UTC))


def _apply(report: Report, meeting: Meeting, *, at: datetime) -> None:
    match report.event:
        case Opened():
            # A new room: whoever a node that crashed left inside the old one is gone.
            _all_left(meeting, at=at, reason="lost")
        case Entered(participant=participant, device=device):
            _enter(meeting, participant, device, at=at)
        case Left(participant=participant, device=device, reason=reason):
            _leave(meeting, participant, device, at=at, reason=reason)
        case Closed(reason=reason):
            _all_left(meeting, at=at, reason="ended" if reason != "empty" else "left")
            _close(meeting, at=at, is_final=reason != "empty")
        case never:
            assert_never(never)


def _enter(meeting: Meeting, participant: str, device: str, *, at: datetime) -> None:
    if Participant.objects.filter(pk=participant, meeting=meeting).exists():
        Presence.objects.get_or_create(participant_id=participant, device=device, defaults={"entered_at": at})


def _leave(meeting: Meeting, participant: str, device: str, *, at: datetime, reason: str) -> None:
    presence = Presence.objects.filter(participant_id=participant, participant__meeting=meeting, device=device)
    presence.filter(left_at=None).update(left_at=at, reason=reason)


def _all_left(meeting: Meeting, *, at: datetime, reason: str) -> None:
    inside = Presence.objects.filter(participant__meeting=meeting, left_at=None, entered_at__lte=at)
    inside.update(left_at=at, reason=reason)


def _close(meeting: Meeting, *, at: datetime, is_final: bool) -> None:
    """End the meeting, unless people merely left: they may come back, or have tried it out the day before."""
    if is_final and (meeting.reopened_at is None or meeting.reopened_at < at):
        meeting.ended_at = at
        meeting.save(update_fields=["ended_at"])
