from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session

from conclave.web.accounts.models import Account
from tests.web.conftest import PASSWORD, Browser

SIGN_IN = "/accounts/login/"
RIGHT = {"login": "alice@example.org", "password": PASSWORD}


@pytest.mark.requirement(75)
def test_who_asks_to_be_remembered_gets_a_random_id_that_outlives_the_browser(browser: Browser, alice: Account) -> None:
    client = browser()
    client.post(SIGN_IN, {**RIGHT, "remember": "on"})
    cookie = client.cookies["sessionid"]
    assert cookie["max-age"] == settings.SESSION_COOKIE_AGE
    returning = browser()
    returning.cookies["sessionid"] = cookie.value
    assert returning.get("/meetings/").status_code == 200


@pytest.mark.requirement(75)
def test_who_does_not_ask_is_forgotten_with_the_browser(browser: Browser, alice: Account) -> None:
    client = browser()
    client.post(SIGN_IN, RIGHT)
    assert client.cookies["sessionid"]["max-age"] == ""
    assert client.cookies["sessionid"]["expires"] == ""


@pytest.mark.requirement(75)
def test_ids_are_long_and_never_the_same(browser: Browser, alice: Account) -> None:
    ids = set()
    for _ in range(20):
        client = browser()
        client.post(SIGN_IN, RIGHT)
        ids.add(client.cookies["sessionid"].value)
    assert len(ids) == 20
    assert all(len(each) >= 32 for each in ids)  # of 36 characters: 165 bits


@pytest.mark.requirement(76)
def test_cookies_say_nothing(browser: Browser, alice: Account) -> None:
    client = browser()
    client.post(SIGN_IN, {**RIGHT, "remember": "on"})
    client.post("/account/", {"first_name": "Alicia", "last_name": "Example", "time_zone": "UTC"})
    client.get("/account/")
    assert set(client.cookies) == {"sessionid", "csrftoken"}
    for cookie in client.cookies.values():
        assert cookie.value.isalnum()
        assert not any(word in cookie.value.lower() for word in ("alice", "alicia", "example", "tulip"))
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
    assert Session.objects.filter(pk=client.cookies["sessionid"].value).exists()


@pytest.mark.usefixtures("alice")
def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(browser: Browser) -> None:
    wrong = browser().post(SIGN_IN, {**RIGHT, "password": "not this one"})
    unknown = browser().post(SIGN_IN, {**RIGHT, "login": "eve@example.org"})
    assert wrong.context["form"].errors == unknown.context["form"].errors
    assert wrong.context["form"].non_field_errors() == [
        "The email address and/or password you specified are not correct."
    ]


@pytest.mark.usefixtures("alice")
def test_guessing_is_slowed_down(browser: Browser) -> None:
    mallory = browser()
    for _ in range(5):
        mallory.post(SIGN_IN, {**RIGHT, "password": "a guess at it"})
    answer = mallory.post(SIGN_IN, RIGHT)
    assert "Too many failed login attempts" in str(answer.context["form"].errors)
    assert mallory.get("/meetings/").status_code == 302


def test_signing_out_ends_the_session_on_the_server(browser: Browser, alice: Account) -> None:
    client = browser(alice)
    key = client.cookies["sessionid"].value
    assert client.post("/accounts/logout/").headers["Location"] == "/"
    assert not Session.objects.filter(pk=key).exists()


def test_the_way_on_after_signing_in_stays_on_this_site(browser: Browser, alice: Account) -> None:
    elsewhere = browser().post(SIGN_IN, {**RIGHT, "next": "https://mallory.example/"})
    assert elsewhere.headers["Location"] == "/meetings/"
    here = browser().post(SIGN_IN, {**RIGHT, "next": "/account/"})
    assert here.headers["Location"] == "/account/"
