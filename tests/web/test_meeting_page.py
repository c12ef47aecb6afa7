from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from conclave.web.accounts.models import Account
from conclave.web.meetings import actions
from conclave.web.meetings.models import Meeting, Presence
from tests.web.conftest import DOOR_KEY, Browser, meeting_with_words

OTHER_DOOR_KEY = "0123456789abcdef" * 4


def path(meeting: Meeting, rest: str = "") -> str:
    return f"/meetings/{meeting.spoken_number}/{rest}"


@pytest.mark.parametrize("rest", ["", "edit/", "delete/"])
def test_to_others_the_page_does_not_exist(
    browser: Browser, alice: Account, bob: Account, meeting: Meeting, rest: str
) -> None:
    assert browser(alice).get(path(meeting, rest)).status_code == 200
    for other in (browser(bob), browser()):
        answer = other.get(path(meeting, rest))
        assert answer.status_code == 404
        assert meeting.subject.encode() not in answer.content


def test_it_tells_the_client_what_it_needs(browser: Browser, alice: Account, meeting: Meeting) -> None:
    page = browser(alice).get(path(meeting)).content.decode()
    section = re.search(r'<section id="invitation".*?>', page, re.DOTALL)
    assert section
    facts = dict(re.findall(r'data-([a-z-]+)="([^"]*)"', section.group()))
    assert facts.pop("csrf")
    assert facts == {
        "room": meeting.number,
        "number": meeting.spoken_number,
        "door-key": DOOR_KEY,
        "had-words": "false",
        "key-url": path(meeting, "key"),
        "join-url": f"http://localhost:8000/j/{meeting.spoken_number}",
        "subject": "Meeting with Alice Example",
        "starts-at": "",
        "duration-min": "60",
        "time-zone": "Europe/Berlin",
    }


def test_other_ways_of_writing_the_number_lead_there(browser: Browser, alice: Account, meeting: Meeting) -> None:
    assert browser(alice).get(f"/meetings/{meeting.number}/").headers["Location"] == path(meeting)


@pytest.mark.parametrize("number", ["000-000-000", "12", "481-516-23x", "٤٨١-٥١٦-٢٣٤", "%00", "9" * 5000])
def test_a_number_that_is_none_leads_nowhere(browser: Browser, alice: Account, number: str) -> None:
    assert browser(alice).get(f"/meetings/{number}/").status_code == 404


def test_the_organizer_stores_the_door_key_of_the_words(browser: Browser, alice: Account, meeting: Meeting) -> None:
    Meeting.objects.update(had_words=True)
    body = {"door_key": OTHER_DOOR_KEY}
    answer = browser(alice).post(path(meeting, "key"), json.dumps(body), content_type="application/json")
    assert answer.json() == body
    meeting.refresh_from_db()
    assert (meeting.door_key, meeting.had_words) == (OTHER_DOOR_KEY, False)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        '{"door_key": 1}',
        '{"door_key": "xyz"}',
        json.dumps({"door_key": OTHER_DOOR_KEY + "\n"}),
        json.dumps({"door_key": OTHER_DOOR_KEY.upper()}),
        "[" * 4000,
        "x" * 5000,
    ],
)
def test_anything_else_is_not_a_door_key(browser: Browser, alice: Account, meeting: Meeting, body: str) -> None:
    answer = browser(alice).post(path(meeting, "key"), body, content_type="application/json")
    assert answer.status_code == 400
    meeting.refresh_from_db()
    assert meeting.door_key == DOOR_KEY


def test_nobody_else_stores_a_door_key(browser: Browser, bob: Account, meeting: Meeting) -> None:
    body = json.dumps({"door_key": OTHER_DOOR_KEY})
    assert browser(bob).post(path(meeting, "key"), body, content_type="application/json").status_code == 404
    forged = browser(meeting.organizer, enforce_csrf_checks=True)
    assert forged.post(path(meeting, "key"), body, content_type="application/json").status_code == 403
    meeting.refresh_from_db()
    assert meeting.door_key == DOOR_KEY


def test_changing_a_meeting_keeps_its_number(browser: Browser, alice: Account, meeting: Meeting) -> None:
    day = (timezone.now() + timedelta(days=3)).date().isoformat()
    form = {"subject": "Moved", "date": day, "time": "09:15", "duration_min": "30", "time_zone": "Asia/Tokyo"}
    assert browser(alice).post(path(meeting, "edit/"), form).headers["Location"] == path(meeting)
    number = meeting.number
    meeting.refresh_from_db()
    assert (meeting.number, meeting.subject, meeting.kind) == (number, "Moved", "scheduled")
    assert meeting.local_start.strftime("%H:%M %Z") == "09:15 JST"
    assert meeting.planned_end - meeting.starts_at == timedelta(minutes=30)


def test_a_meeting_under_way_can_get_another_subject(browser: Browser, alice: Account, meeting: Meeting) -> None:
    client = browser(alice)
    before = meeting.starts_at
    form = {name: str(value) for name, value in client.get(path(meeting, "edit/")).context["form"].initial.items()}
    client.post(path(meeting, "edit/"), {**form, "subject": "Now with a name", "time": f"{meeting.local_start:%H:%M}"})
    meeting.refresh_from_db()
    assert (meeting.subject, meeting.starts_at, meeting.kind) == ("Now with a name", before, "now")


def test_deleting_asks_first(browser: Browser, alice: Account, meeting: Meeting) -> None:
    client = browser(alice)
    assert b"Delete meeting" in client.get(path(meeting, "delete/")).content
    assert Meeting.objects.exists()
    assert client.post(path(meeting, "delete/")).headers["Location"] == "/meetings/"
    assert not Meeting.objects.exists()


@pytest.mark.requirement(15)
def test_a_past_meeting_shows_who_came_and_when(browser: Browser, alice: Account) -> None:
    began = timezone.now() - timedelta(days=1)
    meeting = meeting_with_words(alice, now=began)
    for name, device, account in (("Alice Example", "a" * 16, alice), ("Carol", "c" * 16, None)):
        participant = actions.admit(meeting=meeting, known_as=None, account=account, name=name, now=began)
        Presence.objects.create(
            participant=participant, device=device, entered_at=began, left_at=began + timedelta(minutes=42)
        )
    actions.admit(meeting=meeting, known_as=None, account=None, name="Dave", now=began)
    page = browser(alice).get(path(meeting)).content.decode()
    table = page[page.index("<table>") : page.index("</table>")]
    assert "Alice Example" in table
    assert "(organizer)" in table
    assert "Carol" in table
    assert "Dave" not in table  # he had a ticket, and never entered
    assert (began + timedelta(minutes=42)).astimezone(meeting.local_start.tzinfo).strftime("%H:%M:%S") in table
