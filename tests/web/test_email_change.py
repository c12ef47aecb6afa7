"""The address with which somebody signs in is changed by who knows the password and reads the new mailbox."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from conclave.web.accounts.models import Account
from tests.web.conftest import PASSWORD, Browser, letters, link_in, mail_to, work_off

NEW = "alice@example.net"


def ask(client: Client, email: str = NEW, password: str = PASSWORD) -> None:
    client.post("/account/email/", {"email": email, "password": password})


def open_link(client: Client, link: str) -> None:
    client.post(link)


@pytest.mark.requirement(44)
def test_the_new_address_counts_once_its_link_was_opened(browser: Browser, alice: Account) -> None:
    client = browser(alice)
    ask(client, "Alice@Example.net")
    alice.refresh_from_db()
    assert alice.email == "alice@example.org"
    assert b"We have sent a link to <strong>alice@example.net" in client.get("/account/email/").content
    open_link(client, link_in(mail_to(NEW)))
    alice.refresh_from_db()
    assert alice.email == NEW
    assert [(each.email, each.verified, each.primary) for each in EmailAddress.objects.all()] == [(NEW, True, True)]
    assert NEW in mail_to("alice@example.org").text
    signing_in = browser()
    assert signing_in.post("/accounts/login/", {"login": NEW, "password": PASSWORD}).status_code == 302
    assert browser().post("/accounts/login/", {"login": "alice@example.org", "password": PASSWORD}).status_code == 200


@pytest.mark.requirement(44)
def test_without_the_password_nothing_happens_and_guessing_is_slowed_down(browser: Browser, alice: Account) -> None:
    client = browser(alice)
    ask(client, password="guess")  # noqa: S106
    work_off()
    assert letters() == []
    assert EmailAddress.objects.count() == 1
    answers = [client.post("/account/email/", {"email": NEW, "password": f"{n}"}).status_code for n in range(10)]
    assert answers[-1] == 429


def test_a_change_that_waits_can_be_cancelled_and_its_link_is_dead(browser: Browser, alice: Account) -> None:
    client = browser(alice)
    ask(client)
    link = link_in(mail_to(NEW))
    assert NEW.encode() in client.get("/account/").content
    client.post("/account/email/cancel/")
    open_link(client, link)
    alice.refresh_from_db()
    assert alice.email == "alice@example.org"
    assert NEW.encode() not in client.get("/account/").content


def test_another_request_takes_the_place_of_the_first(browser: Browser, alice: Account) -> None:
    client = browser(alice)
    ask(client, "first@example.net")
    ask(client)
    assert sorted(each.email for each in EmailAddress.objects.all()) == [NEW, "alice@example.org"]


def test_the_address_of_somebody_else_is_not_taken_nor_told(browser: Browser, alice: Account, bob: Account) -> None:
    client = browser(alice)
    answer = client.post("/account/email/", {"email": "bob@example.org", "password": PASSWORD})
    assert answer.status_code == 302  # as for an address that nobody has
    open_link(client, link_in(mail_to("bob@example.org")))
    alice.refresh_from_db()
    assert alice.email == "alice@example.org"
    assert Account.objects.get(email="bob@example.org") == bob


@pytest.mark.parametrize("email", ["alice@example.org", "ALICE@example.org", "nobody", "", "a" * 250 + "@example.org"])
def test_what_cannot_be_the_new_address_is_said(browser: Browser, alice: Account, email: str) -> None:
    answer = browser(alice).post("/account/email/", {"email": email, "password": PASSWORD})
    assert answer.status_code == 200
    assert b"errorlist" in answer.content


@pytest.mark.requirement(51)
def test_who_changes_the_password_is_told_by_mail(browser: Browser, alice: Account) -> None:
    form = {"oldpassword": PASSWORD, "password1": "cobalt relay siren", "password2": "cobalt relay siren"}
    browser(alice).post("/accounts/password/change/", form)
    assert mail_to("alice@example.org").subject == "Your password was changed"
