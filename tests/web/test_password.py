from __future__ import annotations

import threading

import pytest
from django.test.utils import override_settings

from conclave.web.accounts.hashers import HASHES_AT_ONCE, BoundedArgon2
from conclave.web.accounts.models import Account
from tests.web.conftest import PASSWORD, Browser, link_in, mail_to

NEW = "cobalt relay siren"


def test_a_forgotten_password_is_replaced_by_the_mailed_link(browser: Browser, alice: Account) -> None:
    signed_in, client = browser(alice), browser()
    client.post("/accounts/password/reset/", {"email": "alice@example.org"})
    page = client.get(link_in(mail_to("alice@example.org")), follow=True)
    client.post(page.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    alice.refresh_from_db()
    assert alice.check_password(NEW)
    assert signed_in.get("/meetings/").status_code == 302


def test_the_link_works_once(browser: Browser, alice: Account) -> None:
    client = browser()
    client.post("/accounts/password/reset/", {"email": "alice@example.org"})
    link = link_in(mail_to("alice@example.org"))
    page = client.get(link, follow=True)
    client.post(page.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    assert b"does not work any more" in browser().get(link, follow=True).content


def test_an_unknown_address_gets_the_same_answer(browser: Browser, alice: Account) -> None:
    known = browser().post("/accounts/password/reset/", {"email": "alice@example.org"})
    unknown = browser().post("/accounts/password/reset/", {"email": "eve@example.org"})
    assert (known.status_code, known.headers["Location"]) == (unknown.status_code, unknown.headers["Location"])
    assert mail_to("eve@example.org").subject == "No account with this address"


@pytest.mark.requirement(45)
@pytest.mark.requirement(51)
def test_changing_it_signs_out_everywhere_else(browser: Browser, alice: Account) -> None:
    here, elsewhere = browser(alice), browser(alice)
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert here.post("/accounts/password/change/", form).headers["Location"] == "/account/"
    assert here.get("/meetings/").status_code == 200
    assert elsewhere.get("/meetings/").status_code == 302


@pytest.mark.requirement(113)
def test_it_is_said_what_losing_a_password_means(browser: Browser, alice: Account) -> None:
    assert b"lost or given away by carelessness" in browser(alice).get("/accounts/password/change/").content
    assert b"not liable for the loss of passwords" in browser().get("/terms/").content


@pytest.mark.requirement(88)
@pytest.mark.django_db
@override_settings(PASSWORD_HASHERS=["conclave.web.accounts.hashers.BoundedArgon2"])
def test_only_an_argon2id_hash_is_stored() -> None:
    account = Account.objects.create_user(email="alice@example.org", password=PASSWORD)
    stored = Account.objects.values_list("password", flat=True).get()
    assert stored.startswith("argon2$argon2id$v=19$m=65536,t=3,p=4$")
    assert PASSWORD not in stored
    assert account.check_password(PASSWORD)
    assert not account.check_password(NEW)


def test_no_more_hashes_at_once_than_memory_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    inside, most, meet = 0, 0, threading.Barrier(HASHES_AT_ONCE)
    guard = threading.Lock()

    def slow(_self: object, _password: str, _salt: str) -> str:
        nonlocal inside, most
        with guard:
            inside += 1
            most = max(most, inside)
        meet.wait(timeout=10)
        with guard:
            inside -= 1
        return ""

    monkeypatch.setattr("django.contrib.auth.hashers.Argon2PasswordHasher.encode", slow)
    threads = [threading.Thread(target=BoundedArgon2().encode, args=("x", "y")) for _ in range(3 * HASHES_AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert most == HASHES_AT_ONCE
