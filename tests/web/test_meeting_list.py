from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from conclave.web.accounts.models import Account
from conclave.web.meetings import actions
from conclave.web.meetings.models import Meeting, Presence
from tests.web.conftest import NOON, Browser, meeting_with_words


def scheduled(organizer: Account, subject: str, *, in_days: float) -> Meeting:
    return actions.schedule(
        organizer=organizer,
        subject=subject,
        starts_at=timezone.now() + timedelta(days=in_days),
        duration_min=60,
        time_zone="Europe/Berlin",
    )


@pytest.mark.requirement(15)
@pytest.mark.requirement(16)
def test_upcoming_and_past_meetings_are_listed_for_their_organizer(browser: Browser, alice: Account) -> None:
    scheduled(alice, "Later", in_days=2)
    scheduled(alice, "Soon", in_days=1)
    scheduled(alice, "Long ago", in_days=-30)
    page = browser(alice).get("/meetings/")
    assert [meeting.subject for meeting in page.context["upcoming"]] == ["Soon", "Later"]
    assert [meeting.subject for meeting in page.context["past"]] == ["Long ago"]
    text = page.content.decode()
    assert text.index("Upcoming") < text.index("Soon") < text.index("Past") < text.index("Long ago")


def test_nobody_else_sees_them(browser: Browser, alice: Account, bob: Account) -> None:
    scheduled(alice, "Confidential", in_days=1)
    assert b"Confidential" not in browser(bob).get("/meetings/").content
    assert browser().get("/meetings/").headers["Location"] == "/accounts/login/?next=/meetings/"


@pytest.mark.requirement(15)
def test_a_meeting_that_ended_is_past_before_its_planned_end(alice: Account) -> None:
    meeting = scheduled(alice, "Short", in_days=1)
    Meeting.objects.filter(pk=meeting.pk).update(ended_at=timezone.now())
    assert meeting in Meeting.objects.past(now=timezone.now())


def test_a_meeting_that_runs_late_is_not_past_yet(alice: Account) -> None:
    meeting = meeting_with_words(alice, now=NOON)
    late = NOON + timedelta(hours=2)
    assert meeting in Meeting.objects.past(now=late)
    participant = actions.admit(meeting=meeting, known_as=None, account=alice, name="Alice", now=NOON)
    presence = Presence.objects.create(participant=participant, device="0" * 16, entered_at=NOON)
    assert meeting in Meeting.objects.upcoming(now=late)
    assert meeting in Meeting.objects.past(now=NOON + timedelta(hours=24))  # longer than a room can live
    presence.left_at = late
    presence.save()
    assert meeting in Meeting.objects.past(now=late)


def test_empty_lists_say_what_to_do(browser: Browser, alice: Account) -> None:
    page = browser(alice).get("/meetings/").content.decode()
    assert "Nothing planned." in page
    assert "Meet now" in page
    assert "Schedule a meeting" in page


def test_meet_now_leads_to_a_new_meeting(browser: Browser, alice: Account) -> None:
    answer = browser(alice).post("/meetings/now/")
    meeting = Meeting.objects.get()
    assert answer.headers["Location"] == f"/meetings/{meeting.spoken_number}/"
    assert (meeting.organizer, meeting.kind, meeting.subject) == (alice, "now", "Meeting with Alice Example")


def test_meeting_now_takes_a_form_and_a_sign_in(browser: Browser, alice: Account) -> None:
    assert browser(alice).get("/meetings/now/").status_code == 405
    assert browser(alice, enforce_csrf_checks=True).post("/meetings/now/").status_code == 403
    assert browser().post("/meetings/now/").status_code == 302
    assert not Meeting.objects.exists()
