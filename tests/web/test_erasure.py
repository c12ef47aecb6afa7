"""Who wants to be erased is gone from everywhere, others are not, and no back-up brings anybody back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from conclave.web.accounts.models import Account
from conclave.web.jobs.actions import post
from conclave.web.jobs.models import Mail
from conclave.web.jobs.outbox import letters
from conclave.web.jobs.worker import LeasedWorker, run_once
from conclave.web.meetings.actions import schedule
from conclave.web.meetings.models import Meeting, Participant, Presence, Stretch
from conclave.web.privacy import register
from conclave.web.rights import erased_log, erasure, scan
from conclave.web.rights.collect import Subject, sections
from conclave.web.rights.models import Erasure
from tests.web.conftest import NOON, PASSWORD, Browser, mail_to, work_off
from tests.web.test_export import full  # noqa: F401  # a fixture


@pytest.fixture(autouse=True)
def _no_log() -> None:
    settings.INSTANCE.erased.unlink(missing_ok=True)


def erase(account: Account) -> Erasure:
    begun = erasure.begin(account=account, now=NOON)
    erasure.run(erasure_id=begun.pk, now=NOON)
    begun.refresh_from_db()
    return begun


def test_nothing_is_left_of_a_person_and_everything_of_the_others(full: Account, bob: Account) -> None:  # noqa: F811
    of_bob = {each.label: each.count() for each in sections(Subject.of(bob))}
    alice, subject = full, Subject.of(full)
    organized = set(Meeting.objects.filter(organizer=alice).values_list("pk", flat=True))
    erase(alice)
    for each in sections(subject):
        assert not each.count(), each.label
    assert not Meeting.objects.filter(pk__in=organized).exists()
    assert sorted(each.name for each in Participant.objects.all()) == ["", "Bob"]
    assert Presence.objects.count() == 2  # that somebody was there
    assert [each.participant.name for each in Stretch.objects.all()] == ["Bob"]
    # What was in alice's meeting of bob went with it; everything else of his is as it was.
    in_her_meeting = {"meetings.Participant": 1, "meetings.Presence": 1, "meetings.Stretch": 1}
    after = {each.label: each.count() for each in sections(Subject.of(bob))}
    assert after == {label: count - in_her_meeting.get(label, 0) for label, count in of_bob.items()}


def test_every_model_that_is_declared_is_in_the_fixture(full: Account) -> None:  # noqa: F811
    empty = {each.label for each in sections(Subject.of(full)) if not each.count()}
    assert empty == {"rights.Erasure"}


def test_the_organizer_keeps_that_somebody_was_there(browser: Browser, full: Account, bob: Account) -> None:  # noqa: F811
    meeting = Meeting.objects.get(organizer=bob)
    erase(full)
    page = browser(bob).get(f"/meetings/{meeting.spoken_number}/").content.decode()
    assert '<span class="who">Erased</span>' in page
    assert "Alice" not in page


def test_in_the_end_the_erasure_itself_leads_to_nobody(full: Account) -> None:  # noqa: F811
    done = erase(full)
    assert (done.account_number, done.emails, done.finished_at) == (None, "", NOON)
    assert "alice" not in settings.INSTANCE.erased.read_text()


# --- asking for it ---


@pytest.mark.requirement(49)
def test_people_are_told_first_what_will_happen_to_what(browser: Browser, full: Account) -> None:  # noqa: F811
    schedule(
        organizer=full, subject="Budget", starts_at=timezone.now() + timedelta(days=1), duration_min=60, time_zone="UTC"
    )
    page = browser(full).get("/account/delete/").content.decode()
    assert "Budget" in page
    assert "the organizer keeps that somebody was there, without a name" in page
    assert "not even from a back-up" in page


def test_who_knows_the_password_is_signed_out_at_once_and_erased_soon(browser: Browser, alice: Account) -> None:
    client, elsewhere = browser(alice), browser(alice)
    client.post("/account/delete/", {"password": "not this one"})
    assert not Erasure.objects.exists()
    answer = client.post("/account/delete/", {"password": PASSWORD})
    assert elsewhere.get("/meetings/").status_code == 302
    assert client.get("/meetings/").status_code == 302
    page = client.get(answer.headers["Location"]).content
    assert b"being erased" in page
    assert b"data-reload-after-ms" in page
    work_off()
    page = client.get(answer.headers["Location"]).content
    assert b"Your data is erased" in page
    assert b"data-reload-after-ms" not in page
    assert not Account.objects.exists()


def test_a_closed_account_cannot_sign_in_while_it_is_erased(browser: Browser, alice: Account) -> None:
    erasure.begin(account=alice, now=NOON)
    client = browser()
    client.post("/accounts/login/", {"login": "alice@example.org", "password": PASSWORD})
    assert client.get("/meetings/").status_code == 302


def test_asking_twice_is_one_erasure(alice: Account) -> None:
    first = erasure.begin(account=alice, now=NOON)
    assert erasure.begin(account=alice, now=NOON + timedelta(hours=1)) == first
    erasure.run(erasure_id=first.pk, now=NOON)
    erasure.run(erasure_id=first.pk, now=NOON + timedelta(hours=1))
    first.refresh_from_db()
    assert first.finished_at == NOON


def test_guessing_the_password_of_an_open_session_is_slowed_down(browser: Browser, alice: Account) -> None:
    client = browser(alice)
    answers = [client.post("/account/delete/", {"password": f"guess {n}"}).status_code for n in range(11)]
    assert answers == [200] * 10 + [429]


@pytest.mark.django_db
def test_an_unknown_number_of_an_erasure_is_no_page(browser: Browser) -> None:
    assert browser().get(f"/erased/{'0' * 32}/").status_code == 404


# --- the scan ---


def test_it_is_not_finished_while_something_is_found(alice: Account, bob: Account) -> None:
    post(kind="email_confirmation", to=bob.email, subject="About", text="Ask Alice@example.org.", now=NOON)
    begun = erasure.begin(account=alice, now=NOON)
    with pytest.raises(erasure.StillThere):
        erasure.run(erasure_id=begun.pk, now=NOON)
    begun.refresh_from_db()
    assert (begun.finished_at, begun.found) == (None, "Mail.text")
    Mail.objects.all().delete()
    erasure.run_unfinished(now=NOON)
    begun.refresh_from_db()
    assert (begun.finished_at, begun.found) == (NOON, "")


def test_letters_spool_and_sessions_are_looked_through(browser: Browser, alice: Account) -> None:
    client = browser(alice)
    session = client.session
    session["note"] = "mail to alice@example.org"
    session.save()
    client.logout()
    anonymous = browser().session
    anonymous["note"] = "mail to alice@example.org"
    anonymous.save()
    (settings.INSTANCE.spool / "a.jws").write_bytes(b"x" * 3_000_000 + b" alice@example.org ")
    try:
        found = scan.places_with(["alice@example.org"], except_for=Erasure)
    finally:
        (settings.INSTANCE.spool / "a.jws").unlink()
    assert {"Session", "spool/a.jws"} <= found


@pytest.mark.parametrize("text", ["alice@example.organ", "malice@example.org", "x.alice@example.org", "alice@example"])
def test_a_longer_address_is_somebody_elses(bob: Account, text: str) -> None:
    post(kind="email_confirmation", to=bob.email, subject="About", text=text, now=NOON)
    assert scan.places_with(["alice@example.org"], except_for=Erasure) == set()


def test_the_outbox_of_a_trial_is_emptied_of_letters_to_them(alice: Account, bob: Account) -> None:
    for account in (alice, bob):
        post(kind="email_confirmation", to=account.email, subject="Hello", text="Words", now=timezone.now())
    work_off()
    erase(alice)
    assert {letter.to for letter in letters()} == {"bob@example.org"}


def test_sessions_of_the_person_are_gone_and_of_others_not(browser: Browser, alice: Account, bob: Account) -> None:
    browser(alice), browser(alice)
    here = browser(bob)
    erase(alice)
    assert Session.objects.count() == 1
    assert here.get("/meetings/").status_code == 200


# --- back-ups ---


def test_who_was_erased_does_not_come_back_with_a_back_up(alice: Account, bob: Account) -> None:
    created_at, number = alice.created_at, alice.pk
    erase(alice)
    fields = {"email": "alice@example.org", "first_name": "Alice", "last_name": "Example"}
    Account.objects.create_user(id=number, created_at=created_at, password=PASSWORD, **fields)
    assert erasure.replay(now=NOON) == 1
    assert [account.email for account in Account.objects.all()] == ["bob@example.org"]


def test_who_signs_up_anew_is_not_taken_for_who_was_erased(alice: Account) -> None:
    number = alice.pk
    erase(alice)
    fields = {"email": "alice@example.org", "first_name": "Alice", "last_name": "Example"}
    again = Account.objects.create_user(id=number, password=PASSWORD, **fields)
    assert erasure.replay(now=NOON) == 0
    assert erased_log.mark_of(again) not in erased_log.read()


# --- the worker ---


def test_the_worker_takes_up_what_was_left(alice: Account) -> None:
    begun = erasure.begin(account=alice, now=NOON)  # and the process dies before it has asked for the job
    run_once(LeasedWorker(), now=timezone.now())
    begun.refresh_from_db()
    assert begun.finished_at is not None


def test_declared_ways_cover_what_is_erased() -> None:
    ways = {label: each.erasure.way for each in register.personal() for label in each.models()}
    assert {"accounts.Account", "meetings.Meeting", "meetings.Participant"} <= set(ways)


def test_no_mail_is_sent_to_who_was_erased(alice: Account) -> None:
    post(kind="email_confirmation", to=alice.email, subject="Hello", text="Words", now=timezone.now())
    erase(alice)
    with pytest.raises(StopIteration):
        mail_to("alice@example.org")
