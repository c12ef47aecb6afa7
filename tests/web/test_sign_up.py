from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress

from conclave.web.accounts.forms import SignUpForm
from conclave.web.accounts.models import Account
from conclave.web.privacy import texts
from conclave.web.privacy.models import Agreement
from tests.web.conftest import PASSWORD, Browser, link_in, mail_to, work_off

pytestmark = pytest.mark.django_db

FORM = {
    "first_name": "Alice",
    "last_name": "Example",
    "email": "alice@example.org",
    "password1": PASSWORD,
    "agreed": "on",
    "time_zone": "Europe/Berlin",
}
SIGN_UP = "/accounts/signup/"


@pytest.mark.parametrize("missing", ["first_name", "last_name", "email", "password1", "agreed"])
def test_every_field_is_needed(browser: Browser, missing: str) -> None:
    answer = browser().post(SIGN_UP, {**FORM, missing: ""})
    assert answer.status_code == 200
    assert missing in answer.context["form"].errors
    assert not Account.objects.exists()


@pytest.mark.requirement(30)
def test_nothing_else_is_asked() -> None:
    form = SignUpForm()
    asked = [str(field.label) for field in form.visible_fields()]
    assert asked[:4] == ["First name", "Last name", "Email", "Password"]
    assert "privacy policy" in asked[4]
    assert len(asked) == 5
    assert [field.name for field in form.hidden_fields()] == ["time_zone"]
    assert not form.fields["time_zone"].required


@pytest.mark.requirement(31)
def test_an_account_works_once_the_address_is_confirmed(browser: Browser) -> None:
    alice = browser()
    assert alice.post(SIGN_UP, FORM).headers["Location"] == "/accounts/confirm-email/"
    assert alice.get("/meetings/").status_code == 302
    link = link_in(mail_to("alice@example.org"))
    assert b"Confirm" in alice.get(link).content
    assert not EmailAddress.objects.get().verified
    assert alice.post(link).headers["Location"] == "/meetings/"
    assert alice.get("/meetings/").status_code == 200


@pytest.mark.requirement(31)
def test_the_right_password_does_not_replace_the_confirmation(browser: Browser) -> None:
    browser().post(SIGN_UP, FORM)
    other = browser()
    other.post("/accounts/login/", {"login": "alice@example.org", "password": PASSWORD})
    assert other.get("/meetings/").status_code == 302


@pytest.mark.requirement(31)
def test_a_confirmation_link_that_was_altered_confirms_nothing(browser: Browser) -> None:
    browser().post(SIGN_UP, FORM)
    link = link_in(mail_to("alice@example.org"))
    mallory = browser()
    assert b"does not work any more" in mallory.get(link[:-3] + "xx/").content
    assert mallory.post(link[:-3] + "xx/").status_code == 404
    assert not EmailAddress.objects.get().verified


@pytest.mark.requirement(32)
def test_it_is_recorded_who_agreed_to_which_version_and_when(browser: Browser) -> None:
    browser().post(SIGN_UP, FORM)
    agreement = Agreement.objects.get(account__email="alice@example.org")
    assert agreement.policy.html == texts.policy()
    assert agreement.terms.html == texts.terms()
    assert (agreement.policy.number, agreement.terms.number) == (1, 1)
    assert agreement.page == SIGN_UP
    assert agreement.agreed_at is not None


@pytest.mark.parametrize(("detected", "kept"), [("Asia/Calcutta", "Asia/Calcutta"), ("Mars/Base", "UTC"), ("", "UTC")])
def test_the_time_zone_is_the_browsers_if_there_is_such_a_zone(browser: Browser, detected: str, kept: str) -> None:
    browser().post(SIGN_UP, {**FORM, "time_zone": detected})
    assert Account.objects.get().time_zone == kept


def test_a_known_address_gets_the_same_answer_and_a_mail_of_its_own(browser: Browser, alice: Account) -> None:
    known = browser().post(SIGN_UP, {**FORM, "first_name": "Mallory"})
    unknown = browser().post(SIGN_UP, {**FORM, "email": "eve@example.org"})
    assert (known.status_code, known.headers["Location"]) == (unknown.status_code, unknown.headers["Location"])
    assert mail_to("alice@example.org").subject == "You already have an account"
    assert Account.objects.get(email="alice@example.org").first_name == "Alice"


@pytest.mark.parametrize("password", ["short", "1234567890123", "alice@example.org", "password123"])
def test_a_password_that_is_easy_to_guess_is_refused(browser: Browser, password: str) -> None:
    answer = browser().post(SIGN_UP, {**FORM, "password1": password})
    assert "password1" in answer.context["form"].errors


@pytest.mark.requirement(78)
def test_without_cookies_there_is_an_explanation_and_no_account(browser: Browser) -> None:
    refusing = browser(enforce_csrf_checks=True)
    assert b"An account needs cookies" in refusing.get(SIGN_UP).content
    refusing.cookies.clear()
    answer = refusing.post(SIGN_UP, FORM)
    assert answer.status_code == 403
    assert b"Your browser refused the cookies" in answer.content
    assert not Account.objects.exists()


def test_the_page_after_it_leads_to_the_outbox_of_a_trial(browser: Browser) -> None:
    alice = browser()
    answer = alice.post(SIGN_UP, FORM, follow=True)
    assert b'href="/outbox/"' in answer.content
    work_off()
    assert b"/accounts/confirm-email/" in alice.get("/outbox/").content
