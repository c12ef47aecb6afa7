"""People see everything that is held about them, and take it along; nobody else's."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
import zipfile
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.http import StreamingHttpResponse
from django.test import Client
from django.utils import timezone

from conclave.record import Interval, pack_intervals, pack_objects
from conclave.web.accounts.models import Account
from conclave.web.gate.models import Disclosure
from conclave.web.jobs.actions import post
from conclave.web.meetings.models import Meeting, Participant, Presence, Stretch, SupportView
from conclave.web.privacy import register
from conclave.web.privacy.actions import record_agreement
from conclave.web.privacy.models import Change, Choice
from conclave.web.rights import archive
from conclave.web.rights.collect import WITHHELD, Subject, not_found, sections
from conclave.web.rights.models import LegalCase
from tests.web.conftest import NOON, Browser, meeting_with_words


def content(answer: StreamingHttpResponse) -> bytes:
    async def join() -> bytes:
        return b"".join([piece async for piece in answer.streaming_content])  # type: ignore[attr-defined]

    return async_to_sync(join)()


def downloaded(client: Client) -> dict[str, bytes]:
    answer = client.post("/account/data/download/")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(content(answer))) as archived:
        assert archived.testzip() is None
        return {name: archived.read(name) for name in archived.namelist()}


def attend(meeting: Meeting, name: str, account: Account | None, number: int = 0) -> Participant:
    """Somebody who was there, and of whom every kind of row is kept."""
    there = Participant.objects.create(
        id=f"{name.lower()}{number:010d}"[:16], meeting=meeting, account=account, name=name, admitted_at=NOON
    )
    Presence.objects.create(participant=there, device=f"d{number:015d}", entered_at=NOON, left_at=NOON)
    intervals = pack_intervals([Interval(length_ms=1000, dropped=3, sums=(), link=None)])
    Stretch.objects.create(
        id=f"{there.pk}x",
        participant=there,
        device="d" * 16,
        began_at=NOON,
        intervals=intervals,
        objects_sent=pack_objects([]),
    )
    return there


@pytest.fixture
def full(alice: Account, bob: Account) -> Account:
    """Alice, with something of everything, beside bob, who has it too."""
    for account, other in ((alice, bob), (bob, alice)):
        agreed = record_agreement(account_id=account.pk, page="/accounts/signup/", now=NOON)
        own = meeting_with_words(account, now=NOON)
        own.subject = f"Plans of {account.first_name}"
        own.save()
        SupportView.objects.create(meeting=own, by="root", reason="a question", at=NOON, until=NOON)
        attend(own, account.first_name, account, number=own.pk)
        attend(own, other.first_name, other, number=own.pk)
        change, _ = Change.objects.get_or_create(policy=agreed.policy, defaults={"kind": "notice", "opened_at": NOON})
        Choice.objects.create(change=change, account=account)
        LegalCase.objects.create(
            id=f"{account.pk:032}", about=account.email, authority="a court", scope="meetings.Meeting", opened_at=NOON
        )
        Disclosure.objects.create(about=account.email, recipient="a court", reference=account.first_name, given_at=NOON)
        post(kind="email_confirmation", to=account.email, subject="Hello", text=f"For {account.first_name}", now=NOON)
    return alice


@pytest.mark.requirement(49)
def test_everything_that_is_declared_to_be_about_somebody_is_in_it(browser: Browser, full: Account) -> None:
    files = downloaded(browser(full))
    held = {each["model"]: each for each in json.loads(files["data.json"])["held"]}
    for each in register.personal():
        for label, names in each.models().items() if each.person and not each.person.unknown else ():
            assert held[label]["rows"] or label == "rights.Erasure", f"the fixture lacks {label}"
            assert {name for name in names if f"{label}.{name}" not in WITHHELD} <= set(held[label]["fields"])
    assert held["accounts.Account"]["why"][0]["what"] == "your first and last name"
    assert all(f"csv/{label.replace('.', '-').lower()}.csv" in files for label in held)


@pytest.mark.requirement(49)
def test_page_tables_and_json_say_the_same_and_nothing_of_others(browser: Browser, full: Account) -> None:
    files = downloaded(browser(full))
    everything = b"".join(files.values()).decode()
    for mark in ("alice@example.org", "Plans of Alice", "For Alice"):
        assert all(mark in files[name].decode() for name in ("data.html", "data.json")), mark
        assert mark in "".join(text.decode() for name, text in files.items() if name.startswith("csv/")), mark
    for mark in ("bob@example.org", "Plans of Bob", "For Bob"):
        assert mark not in everything
    rows = list(csv.DictReader(io.StringIO(files["csv/meetings-meeting.csv"].decode())))
    assert [row["subject"] for row in rows] == ["Plans of Alice"]
    record = json.loads(files["data.json"])["held"]
    (stretch, *_) = (each for each in record if each["model"] == "meetings.Stretch")
    assert '"dropped": 3' in json.dumps(stretch["rows"])


def test_the_hash_of_the_password_stays_here(browser: Browser, full: Account) -> None:
    assert full.password.encode() not in b"".join(downloaded(browser(full)).values())


def test_what_people_typed_is_neither_markup_nor_a_formula(browser: Browser, alice: Account) -> None:
    alice.first_name = "=<script>alert(1)</script>"
    alice.save()
    files = downloaded(browser(alice))
    assert b"<script>" not in files["data.html"]
    assert "'=<script>" in files["csv/accounts-account.csv"].decode()


@pytest.mark.requirement(49)
def test_the_page_shows_what_is_held_why_and_how_long(browser: Browser, full: Account) -> None:
    page = browser(full).get("/account/data/").content.decode()
    for words in ("Plans of Alice", "365 days after the planned end", "Download my data", "Seen by the organizer"):
        assert words in page
    assert "Plans of Bob" not in page
    assert all(str(each.person and each.person.unknown) in page.replace("&#x27;", "'") for each in not_found())


def test_an_empty_account_and_a_stranger(browser: Browser, alice: Account) -> None:
    assert b"Nothing about you is there of" in browser(alice).get("/account/data/").content
    for path in ("/account/data/", "/account/data/download/"):
        assert browser().post(path).status_code in (302, 405)


def test_downloads_are_limited(browser: Browser, alice: Account) -> None:
    client = browser(alice)
    assert [client.post("/account/data/download/").status_code for _ in range(7)] == [200] * 6 + [429]


@pytest.mark.requirement(49)
def test_memory_does_not_grow_with_the_rows(alice: Account) -> None:
    def peak() -> tuple[int, int]:
        tracemalloc.start()
        sizes = [len(each) for each in archive.stream(sections(Subject.of(alice)), title="Alice", made_at=NOON)]
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert max(sizes) < 4 * archive.PIECE_BYTES
        return most, sum(sizes)

    def add(count: int) -> None:
        first = Meeting.objects.count()
        Meeting.objects.bulk_create(
            Meeting(
                number=str(100_000_000 + first + n),
                organizer=alice,
                subject=f"Plan {n} {n * 7919}",
                kind="now",
                starts_at=timezone.now(),
                planned_end=timezone.now() + timedelta(hours=1),
                duration_min=60,
            )
            for n in range(count)
        )

    add(1000)
    peak()  # what is loaded once
    few, small = peak()
    add(5000)
    many, large = peak()
    assert large > 4 * small
    assert many < 1.5 * few
