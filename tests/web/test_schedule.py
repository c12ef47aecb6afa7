from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from conclave.web.accounts.models import Account
from conclave.web.meetings.forms import ScheduleForm, initial_at
from conclave.web.meetings.models import Meeting
from tests.web.conftest import NOON, Browser

FORM = {"subject": "Roadmap", "date": "2026-12-01", "time": "14:00", "duration_min": "60", "time_zone": "Europe/Berlin"}


def form(**changes: str) -> ScheduleForm:
    return ScheduleForm({**FORM, **changes}, now=NOON, time_zone="Europe/Berlin")


@pytest.mark.requirement(14)
def test_a_meeting_is_scheduled_with_subject_time_and_organizer(browser: Browser, alice: Account) -> None:
    day = (timezone.now() + timedelta(days=30)).date()
    answer = browser(alice).post("/meetings/schedule/", {**FORM, "date": day.isoformat()})
    meeting = Meeting.objects.get()
    assert answer.headers["Location"] == f"/meetings/{meeting.spoken_number}/"
    assert (meeting.subject, meeting.organizer, meeting.duration_min) == ("Roadmap", alice, 60)
    assert meeting.local_start.strftime("%Y-%m-%d %H:%M") == f"{day} 14:00"
    page = browser(alice).get(answer.headers["Location"]).content.decode()
    assert "Roadmap" in page
    assert "14:00\u201315:00" in page


def test_the_organizer_chooses_lobby_and_what_attendees_may(browser: Browser, alice: Account) -> None:
    day = (timezone.now() + timedelta(days=30)).date()
    client = browser(alice)
    client.post("/meetings/schedule/", {**FORM, "date": day.isoformat(), "has_lobby": "on", "attendees_may_chat": "on"})
    meeting = Meeting.objects.get()
    assert (meeting.has_lobby, meeting.attendees_may_chat, meeting.attendees_may_share) == (True, True, False)
    path = f"/meetings/{meeting.spoken_number}/"
    page = client.get(path).content.decode()
    assert "Everyone knocks" in page
    assert "Attendees do not share" in page
    assert "Attendees listen" in page
    client.post(f"{path}edit/", {**FORM, "date": day.isoformat(), "attendees_may_share": "on"})
    meeting.refresh_from_db()
    assert (meeting.has_lobby, meeting.attendees_may_chat, meeting.attendees_may_share) == (False, False, True)


def test_the_form_suggests_what_most_meetings_want() -> None:
    suggested = ScheduleForm(now=NOON, time_zone="Europe/Berlin")
    assert [suggested[name].initial for name in ("has_lobby", "attendees_may_chat", "attendees_may_share")] == [
        None,
        True,
        True,
    ]


def test_the_time_is_by_the_clocks_of_the_zone() -> None:
    winter, summer = form(), form(date="2027-07-01")
    assert winter.is_valid()
    assert winter.details()["starts_at"] == datetime(2026, 12, 1, 13, 0, tzinfo=UTC)
    assert summer.is_valid()
    assert summer.details()["starts_at"] == datetime(2027, 7, 1, 12, 0, tzinfo=UTC)


def test_a_time_that_the_clocks_skip_is_refused_in_words() -> None:
    skipped = form(date="2027-03-28", time="02:30")
    assert not skipped.is_valid()
    assert skipped.errors["time"] == [
        "In Europe/Berlin the clocks are put forward on 28 March 2027: 02:30 does not exist that day. "
        "Choose an earlier or later time."
    ]
    assert form(date="2027-03-28", time="03:30").is_valid()


def test_a_time_that_the_clocks_repeat_is_the_first_one() -> None:
    repeated = form(date="2027-10-31", time="02:30")
    assert repeated.is_valid()
    assert repeated.details()["starts_at"] == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"date": "2026-11-23"}, "date"),
        ({"date": "2026-11-24", "time": "12:59"}, "time"),
        ({"date": "2036-01-01"}, "date"),
        ({"date": "not a date"}, "date"),
        ({"subject": ""}, "subject"),
        ({"subject": "x" * 121}, "subject"),
        ({"duration_min": "7"}, "duration_min"),
        ({"duration_min": "9" * 400}, "duration_min"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"date": "0001-01-01"}, "date"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, str], field: str) -> None:
    wrong = form(**changes)
    assert not wrong.is_valid()
    assert list(wrong.errors) == [field]


def test_what_was_typed_is_kept(browser: Browser, alice: Account) -> None:
    page = (
        browser(alice).post("/meetings/schedule/", {**FORM, "subject": "Kept", "date": "2020-01-01"}).content.decode()
    )
    assert "That is in the past." in page
    assert 'value="Kept"' in page
    assert 'value="2020-01-01"' in page
    assert not Meeting.objects.exists()


def test_the_form_suggests_a_full_hour_in_the_persons_zone(browser: Browser, alice: Account) -> None:
    suggested = initial_at(datetime(2026, 11, 24, 22, 30, 7, tzinfo=UTC), "Europe/Berlin")
    empty = ScheduleForm(initial=suggested, now=NOON, time_zone="Europe/Berlin").as_div()
    assert 'value="2026-11-25"' in empty
    assert 'value="01:00"' in empty
    page = browser(alice).get("/meetings/schedule/").content.decode()
    assert '<option value="Europe/Berlin" selected>' in page


def test_labels_are_those_that_people_look_for() -> None:
    assert [str(field.label) for field in form()] == [
        "Subject",
        "Date",
        "Time",
        "Duration",
        "Time zone",
        "Lobby",
        "Attendees may write in the chat",
        "Attendees may share their screen",
        "Attendees may unmute themselves",
        "Keep a session record",
    ]
