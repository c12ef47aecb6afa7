from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.test import Client
from django.utils import timezone

from conclave.instance import read_private_key
from conclave.report import Closed, Entered, Event, Left, Opened, Report, sign
from conclave.web.accounts.models import Account
from conclave.web.meetings import actions, reports
from conclave.web.meetings.models import Meeting, Participant, Presence, TakenReport
from tests.web.conftest import NOON, Browser

DEVICE = "d" * 16


@pytest.fixture
def carol(meeting: Meeting) -> Participant:
    return actions.admit(meeting=meeting, known_as=None, account=None, name="Carol", now=timezone.now())


def node_key() -> Ed25519PrivateKey:
    return read_private_key(settings.INSTANCE.report_key)


def report(meeting: Meeting, event: Event, *, after_s: float = 0) -> Report:
    at = NOON + timedelta(seconds=after_s)
    return Report(id=secrets.token_hex(16), room=meeting.number, at_unix_ms=int(at.timestamp() * 1000), event=event)


def deliver(client: Client, *texts: str) -> object:
    body = json.dumps({"reports": texts})
    return client.post("/live/reports", body, content_type="application/json").json()


def entered(carol: Participant, device: str = DEVICE) -> Entered:
    return Entered(participant=carol.pk, device=device, role="attendee")


def test_entering_and_leaving_become_attendance(browser: Browser, meeting: Meeting, carol: Participant) -> None:
    came = report(meeting, entered(carol))
    went = report(meeting, Left(participant=carol.pk, device=DEVICE, reason="lost"), after_s=90)
    answer = deliver(browser(), sign(came, node_key()), sign(went, node_key()))
    assert answer == {"accepted": [came.id, went.id], "refused": []}
    presence = Presence.objects.get()
    assert (presence.participant, presence.device, presence.reason) == (carol, DEVICE, "lost")
    assert (presence.entered_at, presence.left_at) == (NOON, NOON + timedelta(seconds=90))


def test_a_report_is_taken_once_and_accepted_again(browser: Browser, meeting: Meeting, carol: Participant) -> None:
    came = sign(report(meeting, entered(carol)), node_key())
    first = deliver(browser(), came)
    Presence.objects.all().delete()
    assert deliver(browser(), came, came) == {"accepted": [*first["accepted"], *first["accepted"]], "refused": []}  # type: ignore[index]
    assert not Presence.objects.exists()
    assert TakenReport.objects.count() == 1


def test_a_report_with_another_signature_is_refused_alone(
    browser: Browser, meeting: Meeting, carol: Participant
) -> None:
    forged = sign(report(meeting, Closed(reason="ended")), Ed25519PrivateKey.generate())
    honest = report(meeting, entered(carol))
    altered = sign(report(meeting, Closed(reason="ended")), node_key())[:-4] + "AAAA"
    answer = deliver(browser(), forged, sign(honest, node_key()), altered, "nonsense")
    assert answer == {"accepted": [honest.id], "refused": [0, 2, 3]}
    meeting.refresh_from_db()
    assert meeting.ended_at is None


def test_a_meeting_ends_when_its_room_was_closed_for_all(meeting: Meeting, carol: Participant) -> None:
    reports.take(report=report(meeting, entered(carol)), now=NOON)
    reports.take(report=report(meeting, Closed(reason="ended"), after_s=60), now=NOON)
    meeting.refresh_from_db()
    assert meeting.ended_at == NOON + timedelta(seconds=60)
    assert Presence.objects.get().left_at == meeting.ended_at


def test_a_room_that_merely_emptied_can_be_entered_again(meeting: Meeting) -> None:
    reports.take(report=report(meeting, Closed(reason="empty")), now=NOON)
    meeting.refresh_from_db()
    assert meeting.ended_at is None


def test_an_end_reported_late_does_not_end_a_meeting_that_was_opened_again(meeting: Meeting, alice: Account) -> None:
    reports.take(report=report(meeting, Closed(reason="ended")), now=NOON)
    meeting.refresh_from_db()
    actions.admit(meeting=meeting, known_as=None, account=alice, name="Alice", now=NOON + timedelta(minutes=5))
    reports.take(report=report(meeting, Closed(reason="ended"), after_s=10), now=NOON)
    meeting.refresh_from_db()
    assert meeting.ended_at is None
    reports.take(report=report(meeting, Closed(reason="ended"), after_s=600), now=NOON)
    meeting.refresh_from_db()
    assert meeting.ended_at is not None


def test_a_new_room_means_that_everyone_has_left_the_old_one(meeting: Meeting, carol: Participant) -> None:
    reports.take(report=report(meeting, entered(carol)), now=NOON)
    reports.take(report=report(meeting, Opened(), after_s=5), now=NOON)
    reports.take(report=report(meeting, entered(carol, "e" * 16), after_s=6), now=NOON)
    old, new = Presence.objects.order_by("entered_at")
    assert (old.left_at, old.reason, new.left_at) == (NOON + timedelta(seconds=5), "lost", None)


def test_whoever_the_site_did_not_admit_gets_no_attendance(meeting: Meeting, carol: Participant) -> None:
    stranger = Entered(participant="0" * 16, device=DEVICE, role="attendee")
    reports.take(report=report(meeting, stranger), now=NOON)
    other = Meeting.objects.create(
        number="123456789",
        organizer=meeting.organizer,
        starts_at=NOON,
        planned_end=NOON,
        duration_min=1,
        time_zone="UTC",
    )
    reports.take(report=report(other, entered(carol)), now=NOON)
    assert not Presence.objects.exists()


def test_a_report_on_a_deleted_meeting_is_accepted(browser: Browser, meeting: Meeting) -> None:
    last = report(meeting, Closed(reason="ended"))
    actions.delete(meeting=meeting)
    assert deliver(browser(), sign(last, node_key())) == {"accepted": [last.id], "refused": []}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body", ["", "[]", '{"reports": "x"}', '{"reports": [1]}', json.dumps({"reports": ["x"] * 101}), "[" * 300_000]
)
def test_what_is_no_delivery_is_refused(browser: Browser, body: str) -> None:
    assert browser().post("/live/reports", body, content_type="application/json").status_code == 400


def test_the_time_is_the_nodes(meeting: Meeting, carol: Participant) -> None:
    reports.take(report=report(meeting, entered(carol)), now=datetime(2030, 1, 1, tzinfo=UTC))
    assert Presence.objects.get().entered_at == NOON
