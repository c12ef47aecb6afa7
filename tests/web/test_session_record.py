"""The session record on the site: taken once, kept for a while, shown to those whom it is about."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from conclave import record, ticket
from conclave.instance import read_public_key
from conclave.record import Interval, Link, Object, Sum
from conclave.report import Recorded, Report, sign
from conclave.web.accounts.models import Account
from conclave.web.meetings import actions, reports
from conclave.web.meetings.models import RECORD_KEPT_DAYS, Meeting, Participant, Stretch, TakenReport
from conclave.web.privacy.actions import purge
from tests.web.conftest import DOOR_KEY, NOON, Browser, meeting_with_words
from tests.web.test_reports import DEVICE, deliver, node_key, report

SENT = [Object(33 * number, 1, 12_000 + number) for number in range(30)]
LINK = Link(24_000, 300, 40, 2, 370_000, 4_000, 2_400)


@pytest.fixture
def carol(meeting: Meeting) -> Participant:
    return actions.admit(meeting=meeting, known_as=None, account=None, name="Carol", now=timezone.now())


def stretch_of(participant: Participant, *, after_s: int = 0, sent: list[Object] = SENT) -> Report:
    """A second in which somebody shared a screen."""
    total = Sum(1, len(sent), sum(each.size_bytes for each in sent))
    recorded = Recorded(
        participant.pk,
        DEVICE,
        int((NOON + timedelta(seconds=after_s)).timestamp() * 1000),
        record.pack_intervals([Interval(1000, (total,), 0, LINK)]),
        record.pack_objects(sent),
    )
    return report(participant.meeting, recorded, after_s=after_s + 1)


@pytest.mark.requirement(81)
def test_a_stretch_is_kept_number_by_number_and_once(browser: Browser, carol: Participant) -> None:
    taken = stretch_of(carol)
    text = sign(taken, node_key())
    assert deliver(browser(), text, text) == {"accepted": [taken.id, taken.id], "refused": []}
    assert deliver(browser(), text) == {"accepted": [taken.id], "refused": []}
    kept = Stretch.objects.get()
    assert (kept.participant, kept.device, kept.began_at) == (carol, DEVICE, NOON)
    assert record.unpack_objects(kept.objects_sent) == SENT
    assert record.unpack_intervals(kept.intervals)[0].link == LINK
    assert not TakenReport.objects.exists()


def test_nothing_is_kept_of_a_meeting_that_keeps_no_record(meeting: Meeting, carol: Participant) -> None:
    meeting.is_recorded = False
    meeting.save()
    reports.take(report=stretch_of(carol), now=NOON)
    assert not Stretch.objects.exists()


def test_nothing_is_kept_of_whom_the_site_did_not_admit(browser: Browser, meeting: Meeting, alice: Account) -> None:
    stranger = Participant(id="0" * 16, meeting=meeting)
    elsewhere = meeting_with_words(alice, now=NOON)
    dave = actions.admit(meeting=elsewhere, known_as=None, account=None, name="Dave", now=NOON)
    dave.meeting = meeting
    for somebody in (stranger, dave):
        taken = stretch_of(somebody)
        assert deliver(browser(), sign(taken, node_key())) == {"accepted": [taken.id], "refused": []}
    assert not Stretch.objects.exists()


@pytest.mark.requirement(84)
def test_it_is_deleted_when_the_policy_says(carol: Participant) -> None:
    reports.take(report=stretch_of(carol), now=NOON)
    a_second = timedelta(seconds=1)
    purge(now=NOON + timedelta(days=RECORD_KEPT_DAYS) - a_second)
    assert Stretch.objects.exists()
    purge(now=NOON + timedelta(days=RECORD_KEPT_DAYS) + a_second)
    assert not Stretch.objects.exists()
    assert Participant.objects.exists()


@pytest.mark.requirement(82)
def test_no_column_of_the_record_holds_content() -> None:
    """Ids, a time, and two columns of packed numbers that refuse everything else (tests/unit/test_record.py)."""
    fields = {field.name: field.get_internal_type() for field in Stretch._meta.concrete_fields}
    assert fields == {
        "id": "CharField",
        "participant": "ForeignKey",
        "device": "CharField",
        "began_at": "DateTimeField",
        "intervals": "BinaryField",
        "objects_sent": "BinaryField",
    }


@pytest.mark.requirement(84)
def test_the_organizer_switches_it_off_and_the_ticket_says_so(browser: Browser, alice: Account) -> None:
    client = browser(alice)
    client.post("/meetings/now/")
    meeting = Meeting.objects.get()
    actions.store_door_key(meeting=meeting, door_key=DOOR_KEY)
    page = f"/meetings/{meeting.spoken_number}/edit/"
    form = {name: str(value) for name, value in client.get(page).context["form"].initial.items()}
    for choice in ("on", ""):
        form |= {"is_recorded": choice, "time": f"{meeting.local_start:%H:%M}"}
        assert client.post(page, form).status_code == 302
        answer = client.post(
            f"/j/{meeting.spoken_number}/ticket", '{"name": "Alice"}', content_type="application/json"
        ).json()
        bearer = ticket.verify(answer["ticket"], read_public_key(settings.INSTANCE.ticket_public_key), now=time.time())
        assert bearer.is_recorded == bool(choice)
