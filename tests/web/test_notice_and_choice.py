"""A new use of data of before: everyone concerned is told once and chooses; until they agree, all stays as it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError
from django.test import RequestFactory
from django.utils import timezone

from conclave.web.accounts import notices
from conclave.web.accounts.models import Account
from conclave.web.jobs.models import Mail
from conclave.web.meetings import actions, records
from conclave.web.meetings.models import Participant, Stretch
from conclave.web.privacy import changes, commands, context, ledger, publishing, register, texts
from conclave.web.privacy.models import Agreement, Change, Choice, PublishedText
from conclave.web.privacy.purposes import PurposeRefused
from conclave.web.privacy.vocabulary import Purpose, Recipient
from tests.web.conftest import Browser, link_in, mail_to, make_account, meeting_with_words, work_off

pytestmark = pytest.mark.django_db

PLACE = "meetings.Stretch.objects_sent"
Ship = Callable[..., None]


@pytest.fixture
def ship(monkeypatch: pytest.MonkeyPatch) -> Ship:
    """Start a version of the software whose declaration of session records says otherwise."""

    def ship(**changed: object) -> None:
        declared = [
            replace(each, **changed) if PLACE in getattr(each, "places", ()) else each  # type: ignore[arg-type, type-var]
            for each in register.declarations()
        ]
        monkeypatch.setattr(register, "declarations", lambda: iter(declared))
        monkeypatch.setattr(texts, "policy", getattr(texts.policy, "__wrapped__", texts.policy))
        publishing.publish(now=timezone.now())

    return ship


@pytest.fixture
def recorded(alice: Account, bob: Account) -> dict[str, Participant]:
    """Session records of alice, of bob, and of carol, who has no account; eve has an account and no record."""
    make_account("Eve")
    meeting = meeting_with_words(alice, now=timezone.now())
    people: dict[str, Account | None] = {"Alice": alice, "Bob": bob, "Carol": None}
    found = {}
    for number, (name, account) in enumerate(people.items()):
        found[name] = actions.admit(meeting=meeting, known_as=None, account=account, name=name, now=timezone.now())
        record(found[name], number)
    return found


def record(participant: Participant, number: int) -> None:
    Stretch.objects.create(
        id=f"{number:032x}",
        participant=participant,
        device="d" * 16,
        began_at=timezone.now(),
        intervals=b"",
        objects_sent=b"",
    )


def used_for(purpose: Purpose) -> list[str]:
    found = records.stretches(Participant.objects.all(), purpose=purpose)
    return sorted(each.participant.name for each in found)


SECURITY_TOO = {"purposes": (Purpose.QUALITY, Purpose.SECURITY)}


@pytest.mark.requirement(96)
def test_a_new_purpose_asks_everyone_about_whom_something_is_held(recorded: object, ship: Ship) -> None:
    ship(**SECURITY_TOO)
    change = Change.objects.get()
    assert (change.kind, change.policy.number) == (Change.Kind.USE, 2)
    assert changes.Use(PLACE, "purpose", "SECURITY") in changes.uses_of(change)
    assert sorted(each.account.first_name for each in change.choices.all()) == ["Alice", "Bob"]


@pytest.mark.requirement(96)
def test_they_are_told_by_mail_once_however_often_the_job_runs(recorded: object, ship: Ship) -> None:
    ship(**SECURITY_TOO)
    for _ in range(3):
        notices.tell_all(now=timezone.now())
    assert Mail.objects.count() == 2
    work_off()
    letter = mail_to("bob@example.org")
    assert "to protect people and the service from abuse" in letter.text
    assert "/account/choices/" in letter.text
    assert link_in(letter)
    assert not Choice.objects.filter(told_at=None).exists()


@pytest.mark.requirement(96)
def test_who_was_not_told_because_the_mail_could_not_be_queued_is_told_by_the_next_run(
    recorded: object, ship: Ship, monkeypatch: pytest.MonkeyPatch
) -> None:
    ship(**SECURITY_TOO)

    def fail(**_mail: object) -> None:
        raise DatabaseError

    with monkeypatch.context() as broken:
        broken.setattr(notices, "post", fail)
        with pytest.raises(DatabaseError):
            notices.tell_all(now=timezone.now())
    assert Choice.objects.filter(told_at=None).count() == 2
    notices.tell_all(now=timezone.now())
    assert Mail.objects.count() == 2


@pytest.mark.requirement(97)
def test_silence_and_refusal_keep_all_as_it_was(recorded: object, ship: Ship, bob: Account, browser: Browser) -> None:
    ship(**SECURITY_TOO)
    assert used_for(Purpose.SECURITY) == []
    choose(browser, bob, "agree")
    assert used_for(Purpose.SECURITY) == ["Bob"]
    choose(browser, bob, "keep")
    assert used_for(Purpose.SECURITY) == []
    assert used_for(Purpose.QUALITY) == ["Alice", "Bob", "Carol"]


@pytest.mark.requirement(97)
def test_what_comes_after_the_change_from_people_without_account_is_under_the_new_policy(
    recorded: dict[str, Participant], ship: Ship
) -> None:
    ship(**SECURITY_TOO)
    record(recorded["Carol"], 99)
    assert used_for(Purpose.SECURITY) == ["Carol"]


@pytest.mark.requirement(97)
def test_the_choice_is_in_the_ledger_and_shown(recorded: object, ship: Ship, bob: Account, browser: Browser) -> None:
    ship(**SECURITY_TOO)
    choose(browser, bob, "agree")
    choose(browser, bob, "keep")
    rows = Agreement.objects.filter(account=bob).order_by("pk")
    assert [(row.act, row.policy.number, row.page) for row in rows] == [
        ("agreed", 2, "/account/choices/"),
        ("kept", 2, "/account/choices/"),
    ]
    assert list(ledger.faults()) == []
    assert b"you did not agree to" in browser(bob).get("/account/").content
    assert b'value="keep" required checked' in browser(bob).get("/account/choices/").content


def choose(browser: Browser, account: Account, given: str) -> None:
    choice = Choice.objects.get(account=account)
    answer = browser(account).post("/account/choices/", {"choice": choice.pk, "answer": given})
    assert answer.status_code == 302


@pytest.mark.parametrize("form", [{}, {"choice": "x", "answer": "agree"}, {"answer": "seen"}, {"answer": "maybe"}])
def test_a_forged_answer_is_refused(
    recorded: object, ship: Ship, bob: Account, browser: Browser, form: dict[str, str]
) -> None:
    ship(**SECURITY_TOO)
    own = {"choice": str(Choice.objects.get(account=bob).pk)}
    assert browser(bob).post("/account/choices/", {**own, **form} if form else {}).status_code == 400
    assert not Choice.objects.exclude(answer="").exists()


def test_mallory_cannot_answer_for_alice(
    recorded: object, ship: Ship, alice: Account, bob: Account, browser: Browser
) -> None:
    ship(**SECURITY_TOO)
    stolen = {"choice": Choice.objects.get(account=alice).pk, "answer": "agree"}
    assert browser(bob).post("/account/choices/", stolen).status_code == 400
    assert used_for(Purpose.SECURITY) == []


@pytest.mark.requirement(96)
def test_a_new_recipient_asks_too(recorded: object, ship: Ship) -> None:
    ship(recipients=(Recipient.ORGANIZER, Recipient.PARTICIPANTS))
    assert {(use.kind, use.name) for use in changes.uses_of(Change.objects.get())} == {("recipient", "PARTICIPANTS")}


def test_a_change_is_opened_once_and_a_start_without_news_opens_none(recorded: object, ship: Ship) -> None:
    ship(**SECURITY_TOO)
    publishing.publish(now=timezone.now())
    after = publishing.newest(PublishedText.Kind.POLICY)
    before = PublishedText.objects.get(kind="policy", number=1)
    changes.open_change(before, after, now=timezone.now())
    assert Change.objects.count() == 1
    assert Choice.objects.count() == 2


def test_whoever_does_not_answer_is_reminded_once(recorded: object, ship: Ship, bob: Account, browser: Browser) -> None:
    ship(**SECURITY_TOO)
    notices.tell_all(now=timezone.now())
    choose(browser, bob, "keep")
    later = timezone.now() + notices.REMINDED_AFTER + timedelta(minutes=1)
    for _ in range(2):
        notices.tell_all(now=later)
    reminders = [mail.to for mail in Mail.objects.all() if mail.subject == "Your choice is still open"]
    assert reminders == ["alice@example.org"]


def test_the_operator_sees_figures_and_nobodys_name(
    recorded: object, ship: Ship, bob: Account, browser: Browser
) -> None:
    assert commands.run("report") == "No change of the policy was opened.\n"
    ship(**SECURITY_TOO)
    notices.tell_all(now=timezone.now())
    choose(browser, bob, "agree")
    printed = commands.run("report")
    assert "asked 2, told 2, agreed 1, kept 0, silent 1" in printed
    assert "bob" not in printed.lower()


@pytest.mark.requirement(98)
def test_another_change_is_shown_on_every_page_until_it_is_understood(
    ship: Ship, alice: Account, browser: Browser
) -> None:
    ship(what="something else")
    signed_in, stranger = browser(alice), browser()
    assert Change.objects.count() == 0  # words alone change nothing that is done
    ship(retention=register.Retention.days_after(60, "began_at", "they were sent"))
    for client, path in ((signed_in, "/meetings/"), (stranger, "/"), (stranger, "/accounts/login/")):
        page = client.get(path).content.decode()
        assert '<div class="notice" role="status">' in page, path
        assert "Our privacy policy has changed." in page
    assert b"Understood" not in stranger.get("/").content
    assert signed_in.post("/privacy/seen/", {"next": "/meetings/"}).headers["Location"] == "/meetings/"
    assert b"has changed" not in signed_in.get("/meetings/").content
    assert b"has changed" in stranger.get("/").content


@pytest.mark.requirement(98)
def test_a_notice_ends_after_its_time(ship: Ship, browser: Browser) -> None:
    ship(retention=register.Retention.days_after(60, "began_at", "they were sent"))
    Change.objects.update(opened_at=timezone.now() - changes.SHOWN_FOR - timedelta(seconds=1))
    assert b"has changed" not in browser().get("/").content


def test_who_joins_later_sees_no_notice_and_is_asked_nothing(ship: Ship, browser: Browser) -> None:
    ship(**SECURITY_TOO)
    dave = make_account("Dave")
    assert b"has changed" not in browser(dave).get("/meetings/").content
    assert b"There is nothing to choose" in browser(dave).get("/account/choices/").content


def test_understood_does_not_stand_for_agreed(recorded: object, ship: Ship, bob: Account, browser: Browser) -> None:
    ship(**SECURITY_TOO)
    browser(bob).post("/privacy/seen/", {"next": "/account/"})
    assert used_for(Purpose.SECURITY) == []
    assert b"Your choices" in browser(bob).get("/meetings/").content


@pytest.mark.parametrize("elsewhere", ["https://mallory.example/", "//mallory.example/", "javascript:alert(1)"])
def test_the_way_back_leads_nowhere_else(browser: Browser, alice: Account, elsewhere: str) -> None:
    assert browser(alice).post("/privacy/seen/", {"next": elsewhere}).headers["Location"] == "/privacy/"


def test_pages_are_shown_when_the_database_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(changes, "to_show", fail)
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    assert not context.notice(request)["policy_change"]


@pytest.mark.requirement(39)
def test_an_undeclared_purpose_is_refused_and_logged(recorded: object, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(PurposeRefused):
        used_for(Purpose.COMMUNICATION)
    assert [each.getMessage() for each in caplog.records] == [
        f"Refused: {PLACE} was to be used for COMMUNICATION, which is not declared."
    ]


@pytest.mark.requirement(86)
def test_security_information_is_declared_for_operation_and_protection_only() -> None:
    of_security = [each for each in register.personal() if Purpose.SECURITY in each.purposes]
    addresses = [each for each in register.personal() if each.category is register.Category.NETWORK]
    assert {"memory:rate limits", "memory:connections"} <= {place for each in addresses for place in each.places}
    for each in [*of_security, *addresses]:
        assert set(each.purposes) <= {Purpose.SECURITY, Purpose.SIGN_IN, Purpose.SERVICE}, each.places
