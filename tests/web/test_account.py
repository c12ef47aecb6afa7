from __future__ import annotations

import pytest

from conclave.web.accounts.models import Account
from conclave.web.meetings.models import Meeting
from tests.web.conftest import PASSWORD, Browser

DETAILS = {"first_name": "Alicia", "last_name": "Sample", "time_zone": "America/New_York"}


@pytest.mark.requirement(43)
def test_people_see_and_change_their_name_and_zone(browser: Browser, alice: Account) -> None:
    client = browser(alice)
    page = client.get("/account/").content.decode()
    assert 'value="Alice"' in page
    assert '<option value="Europe/Berlin" selected>' in page
    client.post("/account/", DETAILS)
    alice.refresh_from_db()
    assert (alice.full_name, alice.time_zone) == ("Alicia Sample", "America/New_York")


def test_a_zone_that_does_not_exist_is_refused(browser: Browser, alice: Account) -> None:
    browser(alice).post("/account/", {**DETAILS, "time_zone": "Mars/Base"})
    alice.refresh_from_db()
    assert alice.time_zone == "Europe/Berlin"


def test_strangers_are_asked_to_sign_in(browser: Browser) -> None:
    assert browser().get("/account/").headers["Location"] == "/accounts/login/?next=/account/"


def test_deleting_an_account_takes_its_meetings_along(browser: Browser, alice: Account, meeting: Meeting) -> None:
    client = browser(alice)
    client.post("/account/delete/", {"password": "not this one"})
    assert Account.objects.filter(pk=alice.pk).exists()
    client.post("/account/delete/", {"password": PASSWORD})
    assert not Account.objects.exists()
    assert not Meeting.objects.exists()
    assert client.get("/meetings/").status_code == 302


def test_guessing_the_password_of_an_open_session_is_slowed_down(browser: Browser, alice: Account) -> None:
    client = browser(alice)
    answers = [client.post("/account/delete/", {"password": f"guess {n}"}).status_code for n in range(11)]
    assert answers == [200] * 10 + [429]
