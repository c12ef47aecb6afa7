from __future__ import annotations

import re

import pytest
from django.utils import timezone

from conclave.web.accounts.models import Account
from conclave.web.meetings import limits, numbers
from conclave.web.meetings.models import Meeting
from tests.web.conftest import DOOR_KEY, Browser


def facts_in(page: bytes) -> dict[str, str]:
    element = re.search(r'<div id="meeting".*?>', page.decode(), re.DOTALL)
    assert element
    return dict(re.findall(r'data-([a-z-]+)="([^"]*)"', element.group()))


def test_the_page_tells_the_client_what_it_needs(browser: Browser, meeting: Meeting) -> None:
    facts = facts_in(browser().get(f"/j/{meeting.spoken_number}").content)
    assert facts.pop("csrf")
    assert facts == {
        "room": meeting.number,
        "number": meeting.spoken_number,
        "door-key": DOOR_KEY,
        "live-url": "ws://localhost:8443/room",
        "ticket-url": f"/j/{meeting.spoken_number}/ticket",
        "key-url": "",
        "name": "",
        "signed-in": "false",
        "organizer": "false",
        "subject": "",
        "ended": "false",
        "record-days": "30",
        "record-url": "",
        "home-url": "/",
        "privacy-url": "/privacy/",
        "terms-url": "/terms/",
    }


def test_who_is_signed_in_is_told_where_their_part_of_the_session_record_is(
    browser: Browser, bob: Account, meeting: Meeting
) -> None:
    facts = facts_in(browser(bob).get(f"/j/{meeting.spoken_number}").content)
    assert facts["record-url"] == f"/meetings/{meeting.spoken_number}/record/"


def test_the_page_tells_whether_a_session_record_is_kept(browser: Browser, meeting: Meeting) -> None:
    Meeting.objects.update(is_recorded=False)
    assert facts_in(browser().get(f"/j/{meeting.spoken_number}").content)["record-days"] == "0"


def test_the_organizer_is_recognized(browser: Browser, alice: Account, meeting: Meeting) -> None:
    facts = facts_in(browser(alice).get(f"/j/{meeting.spoken_number}").content)
    assert (facts["name"], facts["signed-in"], facts["organizer"]) == ("Alice Example", "true", "true")
    assert (facts["subject"], facts["home-url"]) == (meeting.subject, "/meetings/")


def test_the_subject_is_for_the_organizer_only(browser: Browser, bob: Account, meeting: Meeting) -> None:
    Meeting.objects.update(subject="Confidential")
    for other in (browser(), browser(bob)):
        page = other.get(f"/j/{meeting.spoken_number}").content
        assert b"Confidential" not in page
        assert facts_in(page)["organizer"] == "false"


def test_an_ended_meeting_says_so(browser: Browser, meeting: Meeting) -> None:
    Meeting.objects.update(ended_at=timezone.now())
    assert facts_in(browser().get(f"/j/{meeting.spoken_number}").content)["ended"] == "true"


def test_without_scripts_there_is_an_explanation(browser: Browser, meeting: Meeting) -> None:
    assert b"<noscript>" in browser().get(f"/j/{meeting.spoken_number}").content


def test_the_page_is_not_kept_by_caches(browser: Browser, meeting: Meeting) -> None:
    assert "no-store" in browser().get(f"/j/{meeting.spoken_number}").headers["Cache-Control"]


def test_other_ways_of_writing_the_number_lead_there(browser: Browser, meeting: Meeting) -> None:
    for written in (meeting.number, f"{meeting.spoken_number}/", f"{meeting.number}/"):
        assert browser().get(f"/j/{written}").headers["Location"] == f"/j/{meeting.spoken_number}"


@pytest.mark.django_db
@pytest.mark.parametrize("number", ["481-516-234", "48151623", "48-1516-234", "481-516-23x", "<script>", "9" * 5000])
def test_an_unknown_or_malformed_number_leads_to_a_form(browser: Browser, number: str) -> None:
    answer = browser().get(f"/j/{number}")
    assert answer.status_code == 404
    assert b"There is no meeting with this number" in answer.content
    assert b"Meeting number" in answer.content
    assert b"<script>" not in answer.content


@pytest.mark.django_db
def test_guessing_numbers_is_slowed_down(browser: Browser, meeting: Meeting) -> None:
    eve = browser()
    answers = [eve.get("/j/100-000-000").status_code for _ in range(limits.UNKNOWN_NUMBERS_PER_ADDRESS.count + 1)]
    assert answers[-2:] == [404, 429]
    assert eve.get(f"/j/{meeting.spoken_number}").status_code == 200  # people behind the same address still get in


@pytest.mark.parametrize(
    "typed", ["481516234", "481-516-234", " 481 516 234 ", "481.516.234", "481 \u2013 516 \u2013 234"]
)
def test_a_number_is_read_as_people_write_it(browser: Browser, typed: str) -> None:
    assert browser().get("/join/", {"number": typed}).headers["Location"] == "/j/481-516-234"


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["", "48151623", "4815162345", "٤٨١٥١٦٢٣٤", "word", "1" * 5000, "\x00"])
def test_what_is_no_number_is_refused_in_words(browser: Browser, typed: str) -> None:
    answer = browser().get("/join/", {"number": typed})
    assert answer.status_code == 200
    assert answer.context["form"].errors["number"]


def test_numbers_have_nine_digits_and_do_not_start_with_0() -> None:
    drawn = {numbers.draw() for _ in range(2000)}
    assert len(drawn) > 1990
    assert all(re.fullmatch(r"[1-9][0-9]{8}", number) for number in drawn)


def test_a_number_that_is_taken_is_drawn_again(
    browser: Browser, alice: Account, meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    draws = iter([meeting.number, meeting.number, "123456789"])
    monkeypatch.setattr(numbers, "draw", lambda: next(draws))
    assert browser(alice).post("/meetings/now/").headers["Location"] == "/meetings/123-456-789/"
