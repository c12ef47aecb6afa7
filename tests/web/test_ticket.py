from __future__ import annotations

import json
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from conclave import ticket
from conclave.instance import read_public_key
from conclave.web.accounts.models import Account
from conclave.web.meetings import actions, join, limits
from conclave.web.meetings.models import Meeting, Participant
from tests.web.conftest import DOOR_KEY, Browser


def ask(client: Client, meeting: Meeting, name: object = "Carol") -> Any:
    url = f"/j/{meeting.spoken_number}/ticket"
    return client.post(url, json.dumps({"name": name}), content_type="application/json")


def verified(text: str) -> ticket.Ticket:
    return ticket.verify(text, read_public_key(settings.INSTANCE.ticket_public_key), now=timezone.now().timestamp())


def test_who_has_no_account_is_admitted_as_an_attendee(browser: Browser, meeting: Meeting) -> None:
    answer = ask(browser(), meeting).json()
    admitted = verified(answer["ticket"])
    assert (admitted.room, admitted.name, admitted.role) == (meeting.number, "Carol", "attendee")
    assert admitted.participant == answer["participant"] == Participant.objects.get().pk
    assert admitted.door == DOOR_KEY
    assert (answer["live_url"], answer["role"]) == ("ws://localhost:8443/room", "attendee")


def test_the_organizer_is_admitted_as_such(browser: Browser, alice: Account, meeting: Meeting) -> None:
    admitted = verified(ask(browser(alice), meeting, "Alice").json()["ticket"])
    assert admitted.role == "organizer"
    assert admitted.grants == {"chat", "share", "speak", "admit", "appoint", "remove", "end"}
    assert Participant.objects.get().account == alice


def test_another_account_is_an_attendee(browser: Browser, bob: Account, meeting: Meeting) -> None:
    assert verified(ask(browser(bob), meeting, "Bob").json()["ticket"]).role == "attendee"


def test_a_reload_is_the_same_participant_and_another_browser_is_not(browser: Browser, meeting: Meeting) -> None:
    carol = browser()
    first, again = ask(carol, meeting).json(), ask(carol, meeting, "Carol C.").json()
    assert first["participant"] == again["participant"]
    assert Participant.objects.get().name == "Carol C."
    assert ask(browser(), meeting).json()["participant"] != first["participant"]


def test_a_participant_of_one_meeting_is_another_in_the_next(
    browser: Browser, alice: Account, meeting: Meeting
) -> None:
    carol = browser()
    here = ask(carol, meeting).json()["participant"]
    browser(alice).post("/meetings/now/")
    Meeting.objects.update(door_key=DOOR_KEY)
    there = ask(carol, Meeting.objects.exclude(pk=meeting.pk).get()).json()["participant"]
    assert here != there
    assert ask(carol, meeting).json()["participant"] == here


def test_a_session_remembers_a_bounded_number_of_meetings(
    browser: Browser, meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(join, "MEETINGS_PER_SESSION", 2)
    carol = browser()
    session = carol.session
    session[join.SESSION_KEY] = {"111111111": "a" * 16, "222222222": "b" * 16}
    session.save()
    carol.cookies["sessionid"] = session.session_key or ""
    ask(carol, meeting)
    assert list(carol.session[join.SESSION_KEY]) == ["222222222", meeting.number]


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a\nb", "a\x00b", "abc\u202edef", 7, None, ["Carol"]])
def test_a_name_that_cannot_be_shown_is_refused_in_words(browser: Browser, meeting: Meeting, name: object) -> None:
    answer = ask(browser(), meeting, name)
    assert answer.status_code == 400
    assert answer.json() == {"error": "Please give a name of 1 to 60 ordinary characters."}
    assert not Participant.objects.exists()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xff", b'{"name": "Carol"' + b" " * 5000 + b"}", b"[" * 4000])
def test_what_is_no_request_is_refused(browser: Browser, meeting: Meeting, body: bytes) -> None:
    url = f"/j/{meeting.spoken_number}/ticket"
    assert browser().post(url, body, content_type="application/json").status_code == 400


def test_names_are_trimmed(browser: Browser, meeting: Meeting) -> None:
    assert verified(ask(browser(), meeting, "  Carol  ").json()["ticket"]).name == "Carol"


@pytest.mark.django_db
@pytest.mark.parametrize("number", ["100-000-000", "12", "nonsense"])
def test_an_unknown_number_is_refused_in_words(browser: Browser, number: str) -> None:
    answer = browser().post(f"/j/{number}/ticket", '{"name": "Carol"}', content_type="application/json")
    assert answer.status_code == 404
    assert answer.json() == {"error": "There is no meeting with this number."}


def test_an_ended_meeting_admits_nobody_until_its_organizer_opens_it(
    browser: Browser, alice: Account, meeting: Meeting
) -> None:
    Meeting.objects.update(ended_at=timezone.now())
    refused = ask(browser(), meeting)
    assert (refused.status_code, refused.json()) == (410, {"error": "This meeting has ended."})
    assert ask(browser(alice), meeting, "Alice").status_code == 200
    meeting.refresh_from_db()
    assert meeting.ended_at is None
    assert ask(browser(), meeting).status_code == 200


def test_nobody_is_admitted_before_the_words_are_made(browser: Browser, alice: Account, meeting: Meeting) -> None:
    Meeting.objects.update(door_key="")
    for client in (browser(), browser(alice)):
        refused = ask(client, meeting)
        assert refused.status_code == 409
        assert refused.json() == {"error": "The organizer has not made the meeting's words yet."}
    assert not Participant.objects.exists()


def test_a_ticket_names_the_words_that_count_now(browser: Browser, alice: Account, meeting: Meeting) -> None:
    carol = browser()
    ask(carol, meeting)
    actions.store_door_key(meeting=meeting, door_key="0f" * 32)
    assert verified(ask(carol, meeting).json()["ticket"]).door == "0f" * 32


def test_a_lobby_is_for_everyone_but_the_organizer(
    browser: Browser, alice: Account, bob: Account, meeting: Meeting
) -> None:
    Meeting.objects.update(has_lobby=True)
    tickets = [verified(ask(browser(who), meeting).json()["ticket"]) for who in (alice, bob, None)]
    assert [each.must_knock for each in tickets] == [False, True, True]
    assert [each.has_account for each in tickets] == [True, True, False]
    Meeting.objects.update(has_lobby=False)
    assert not verified(ask(browser(), meeting).json()["ticket"]).must_knock


@pytest.mark.parametrize(
    ("options", "grants"),
    [
        ({"attendees_may_chat": False}, {"share", "speak"}),
        ({"attendees_may_share": False}, {"chat", "speak"}),
        ({"attendees_may_speak": False}, {"chat", "share"}),
    ],
)
def test_attendees_may_what_the_organizer_allows(
    browser: Browser, alice: Account, meeting: Meeting, options: dict[str, bool], grants: set[str]
) -> None:
    Meeting.objects.update(**options)
    assert verified(ask(browser(), meeting).json()["ticket"]).grants == grants
    assert {"chat", "share", "speak"} <= verified(ask(browser(alice), meeting).json()["ticket"]).grants


def test_another_site_cannot_ask(browser: Browser, meeting: Meeting) -> None:
    mallory = browser(enforce_csrf_checks=True)
    answer = ask(mallory, meeting)
    assert answer.status_code == 403
    assert "cookie" in answer.json()["error"]
    page = mallory.get(f"/j/{meeting.spoken_number}").content.decode()
    token = page.partition('data-csrf="')[2].partition('"')[0]
    url = f"/j/{meeting.spoken_number}/ticket"
    body = '{"name": "Carol"}'
    assert mallory.post(url, body, content_type="application/json", headers={"X-CSRFToken": token}).status_code == 200


def test_tickets_are_limited_for_a_participant_and_for_an_address(
    browser: Browser, meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "TICKETS_PER_PARTICIPANT", limits.Limit("test-participant", 2))
    monkeypatch.setattr(limits, "TICKETS_PER_ADDRESS", limits.Limit("test-address", 6))
    carol = browser()
    assert [ask(carol, meeting).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert ask(carol, meeting).json() == {"error": "Too many attempts. Please wait a minute, then try again."}
    assert ask(browser(), meeting).status_code == 200
    assert ask(browser(), meeting).status_code == 429


def test_the_ticket_itself_is_not_kept(browser: Browser, meeting: Meeting) -> None:
    carol = browser()
    text = ask(carol, meeting).json()["ticket"]
    assert text not in str(dict(carol.session.items()))
    assert text not in str(list(Participant.objects.values()))
