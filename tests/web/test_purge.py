from __future__ import annotations

from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q

from conclave.web.accounts.models import Account
from conclave.web.accounts.personal_data import UNCONFIRMED_DAYS
from conclave.web.meetings import actions
from conclave.web.meetings.models import Meeting, Participant, Presence, TakenReport
from conclave.web.meetings.personal_data import ATTENDANCE_KEPT_DAYS, MEETING_KEPT_DAYS, REPORT_ID_KEPT_DAYS
from conclave.web.privacy import register, retention
from conclave.web.privacy.retention import purge
from conclave.web.rights.models import Erasure
from tests.web.conftest import NOON, make_account, meeting_with_words
from tests.web.test_export import full  # noqa: F401  # a fixture

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


def rows_of_every_period(alice: Account) -> None:
    """A row for each declared period, in the tables that the fixture `full` does not fill."""
    Session.objects.create(session_key="k", session_data="", expire_date=NOON)
    TakenReport.objects.create(id="a" * 32, taken_at=NOON)
    Erasure.objects.create(id="e" * 32, step="scan", asked_at=NOON)
    make_account("Mallory", verified=False)


@pytest.mark.requirement(84)
@pytest.mark.requirement(23)
def test_every_declared_period_ends_when_the_policy_says(full: Account) -> None:  # noqa: F811
    rows_of_every_period(full)
    walked = 0
    for each in [each for each in register.personal() if each.retention.days is not None]:
        for label in each.models():
            with transaction.atomic():
                _walk(label, each.retention)
                transaction.set_rollback(True)
            walked += 1
    assert walked > 6


def _walk(label: str, kept: register.Retention) -> None:
    rows = apps.get_model(label)._default_manager.filter(kept.where)
    rows.update(**{kept.since: NOON})
    numbers = set(rows.values_list("pk", flat=True))
    assert numbers, f"the fixture lacks {label}"
    end = NOON + days(kept.days or 0)
    purge(now=end - A_SECOND)
    assert set(rows.filter(pk__in=numbers).values_list("pk", flat=True)) == numbers, label
    purge(now=end + A_SECOND)
    assert not rows.filter(pk__in=numbers).exists(), label


def test_a_dry_run_says_what_would_go_and_deletes_nothing(alice: Account) -> None:
    meeting = actions.meet_now(organizer=alice, now=NOON)
    now = meeting.planned_end + days(MEETING_KEPT_DAYS) + A_SECOND
    found = {each.label: (each.rows.count(), each.words) for each in retention.due(now=now)}
    assert found["meetings.Meeting"] == (1, "365 days after the planned end, or until you delete them")
    assert found["meetings.TakenReport"][0] == 0
    assert Meeting.objects.exists()


def test_many_rows_go_in_batches(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    monkeypatch.setattr(retention, "BATCH_ROWS", 3)
    TakenReport.objects.bulk_create(TakenReport(id=f"{n:032}", taken_at=NOON) for n in range(10))
    assert purge(now=NOON + days(REPORT_ID_KEPT_DAYS) + A_SECOND)["meetings.TakenReport"] == 10
    assert not TakenReport.objects.exists()
