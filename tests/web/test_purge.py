from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db.models import Q

from conclave.web.accounts.models import Account
from conclave.web.accounts.personal_data import UNCONFIRMED_DAYS
from conclave.web.meetings import actions
from conclave.web.meetings.models import Meeting, Participant, Presence, TakenReport
from conclave.web.meetings.personal_data import ATTENDANCE_KEPT_DAYS, MEETING_KEPT_DAYS, REPORT_ID_KEPT_DAYS
from conclave.web.privacy import register
from conclave.web.privacy.actions import purge
from tests.web.conftest import NOON, make_account, meeting_with_words

A_SECOND = timedelta(seconds=1)


def days(count: int) -> timedelta:
    return timedelta(days=count)


def test_meetings_are_deleted_when_the_policy_says(alice: Account) -> None:
    meeting = actions.meet_now(organizer=alice, now=NOON)
    purge(now=meeting.planned_end + days(MEETING_KEPT_DAYS) - A_SECOND)
    assert Meeting.objects.exists()
    purge(now=meeting.planned_end + days(MEETING_KEPT_DAYS) + A_SECOND)
    assert not Meeting.objects.exists()


def test_attendance_is_deleted_before_its_meeting(alice: Account) -> None:
    meeting = meeting_with_words(alice, now=NOON)
    carol = actions.admit(meeting=meeting, known_as=None, account=None, name="Carol", now=NOON)
    Presence.objects.create(participant=carol, device="c" * 16, entered_at=NOON)
    purge(now=NOON + days(ATTENDANCE_KEPT_DAYS) - A_SECOND)
    assert Presence.objects.exists()
    purge(now=NOON + days(ATTENDANCE_KEPT_DAYS) + A_SECOND)
    assert not Participant.objects.exists()
    assert not Presence.objects.exists()
    assert Meeting.objects.exists()


@pytest.mark.django_db
def test_accounts_whose_address_nobody_confirmed_are_deleted() -> None:
    for name, verified in (("Alice", True), ("Mallory", False)):
        account = make_account(name, verified=verified)
        account.created_at = NOON
        account.save()
    purge(now=NOON + days(UNCONFIRMED_DAYS) - A_SECOND)
    assert Account.objects.count() == 2
    purge(now=NOON + days(UNCONFIRMED_DAYS) + A_SECOND)
    assert [account.first_name for account in Account.objects.all()] == ["Alice"]


@pytest.mark.django_db
def test_sessions_and_report_ids_are_deleted() -> None:
    Session.objects.create(session_key="k", session_data="", expire_date=NOON)
    TakenReport.objects.create(id="a" * 32, taken_at=NOON)
    purge(now=NOON - A_SECOND)
    assert Session.objects.exists()
    purge(now=NOON + A_SECOND)
    assert not Session.objects.exists()
    purge(now=NOON + days(REPORT_ID_KEPT_DAYS) - A_SECOND)
    assert TakenReport.objects.exists()
    purge(now=NOON + days(REPORT_ID_KEPT_DAYS) + A_SECOND)
    assert not TakenReport.objects.exists()


def test_the_words_of_a_retention_come_from_the_number_that_is_enforced() -> None:
    retention = register.Retention.days_after(3, "at", "the end", where=Q())
    assert (retention.words, retention.days, retention.since) == ("3 days after the end", 3, "at")
    assert register.Retention.days_after(1, "at", "the end").words == "1 day after the end"
    assert register.Retention.days_after(0, "at", "the end").words == "until the end"
