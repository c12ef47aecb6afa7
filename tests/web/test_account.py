from __future__ import annotations

import pytest

from conclave.web.accounts.models import Account
from tests.web.conftest import Browser

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
