"""Taking reports of live nodes (docs/protocol/report.md): each once, in the order they come."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import assert_never

from django.db import transaction

from conclave.report import Closed, Entered, Left, Opened, Recorded, Report
from conclave.web.meetings.models import Meeting, Participant, Presence, Stretch, TakenReport


@transaction.atomic
def take(*, report: Report, now: datetime) -> None:
    """Take `report` unless it was taken before."""
    meeting = Meeting.objects.filter(number=report.room).first()
    if isinstance(report.event, Recorded):
        _keep(report.id, report.event, meeting)
        return
    _, is_new = TakenReport.objects.get_or_create(id=report.id, defaults={"taken_at": now})
    # A meeting may have been deleted while people were in its room.
    if is_new and meeting is not None:
        _apply(report.event, meeting, at=_time(report.at_unix_ms))


def _keep(report_id: str, recorded: Recorded, meeting: Meeting | None) -> None:
    """Keep a stretch of the session record under the id of its report, which makes it unique."""
    participant = Participant.objects.filter(pk=recorded.participant, meeting=meeting, meeting__is_recorded=True)
    if not participant.exists():
        return
    kept = {
        "participant_id": recorded.participant,
        "device": recorded.device,
        "began_at": _time(recorded.began_unix_ms),
        "intervals": recorded.intervals,
        "objects_sent": recorded.objects,
    }
    Stretch.objects.get_or_create(id=report_id, defaults=kept)


def _time(unix_ms: int) -> datetime:
    return datetime.fromtimestamp(unix_ms / 1000, tz=UTC)


def _apply(event: Opened | Entered | Left | Closed, meeting: Meeting, *, at: datetime) -> None:
    match event:
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
