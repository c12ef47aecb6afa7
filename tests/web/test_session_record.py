"""The session record on the site: taken once, kept for a while, shown to those whom it is about."""

from __future__ import annotations

import csv
import re
import time
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import msgspec
import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone

from conclave import record, ticket
from conclave.instance import read_public_key
from conclave.record import Interval, Link, Object, Sum
from conclave.report import Recorded, Report, sign
from conclave.web.accounts.models import Account
from conclave.web.meetings import actions, record_csv, records, reports
from conclave.web.meetings.join import SESSION_KEY
from conclave.web.meetings.models import RECORD_KEPT_DAYS, Meeting, Participant, Stretch, TakenReport
from conclave.web.meetings.record_views import PEOPLE_ON_A_PAGE
from conclave.web.privacy.purposes import PurposeRefused
from conclave.web.privacy.retention import purge
from conclave.web.privacy.vocabulary import Purpose
from tests.web.conftest import DOOR_KEY, NOON, Browser, make_account, meeting_with_words
from tests.web.test_reports import DEVICE, deliver, node_key, report

SENT = [Object(33 * number, 1, 12_000 + number) for number in range(30)]
LINK = Link(24_000, 300, 40, 2, 370_000, 4_000, 2_400)


@pytest.fixture
def carol(meeting: Meeting) -> Participant:
    return actions.admit(meeting=meeting, known_as=None, account=None, name="Carol", now=timezone.now())


def stretch_of(participant: Participant, *, after_s: int = 0, sent: list[Object] = SENT) -> Report:
    """A second in which somebody shared a screen."""
    total = Sum(1, len(sent), sum(each.size_bytes for each in sent))
    recorded = Recorded(
        participant.pk,
        DEVICE,
        int((NOON + timedelta(seconds=after_s)).timestamp() * 1000),
        record.pack_intervals([Interval(1000, (total,), 0, LINK)]),
        record.pack_objects(sent),
    )
    return report(participant.meeting, recorded, after_s=after_s + 1)


@pytest.mark.requirement(81)
def test_a_stretch_is_kept_number_by_number_and_once(browser: Browser, carol: Participant) -> None:
    taken = stretch_of(carol)
    text = sign(taken, node_key())
    assert deliver(browser(), text, text) == {"accepted": [taken.id, taken.id], "refused": []}
    assert deliver(browser(), text) == {"accepted": [taken.id], "refused": []}
    kept = Stretch.objects.get()
    assert (kept.participant, kept.device, kept.began_at) == (carol, DEVICE, NOON)
    assert record.unpack_objects(kept.objects_sent) == SENT
    assert record.unpack_intervals(kept.intervals)[0].link == LINK
    assert not TakenReport.objects.exists()


def test_nothing_is_kept_of_a_meeting_that_keeps_no_record(meeting: Meeting, carol: Participant) -> None:
    meeting.is_recorded = False
    meeting.save()
    reports.take(report=stretch_of(carol), now=NOON)
    assert not Stretch.objects.exists()


def test_nothing_is_kept_of_whom_the_site_did_not_admit(browser: Browser, meeting: Meeting, alice: Account) -> None:
    stranger = Participant(id="0" * 16, meeting=meeting)
    elsewhere = meeting_with_words(alice, now=NOON)
    dave = actions.admit(meeting=elsewhere, known_as=None, account=None, name="Dave", now=NOON)
    dave.meeting = meeting
    for somebody in (stranger, dave):
        taken = stretch_of(somebody)
        assert deliver(browser(), sign(taken, node_key())) == {"accepted": [taken.id], "refused": []}
    assert not Stretch.objects.exists()


@pytest.mark.requirement(84)
def test_it_is_deleted_when_the_policy_says(carol: Participant) -> None:
    reports.take(report=stretch_of(carol), now=NOON)
    a_second = timedelta(seconds=1)
    purge(now=NOON + timedelta(days=RECORD_KEPT_DAYS) - a_second)
    assert Stretch.objects.exists()
    purge(now=NOON + timedelta(days=RECORD_KEPT_DAYS) + a_second)
    assert not Stretch.objects.exists()
    assert Participant.objects.exists()


@pytest.mark.requirement(82)
def test_no_column_of_the_record_holds_content() -> None:
    """Ids, a time, and two columns of packed numbers that refuse everything else (tests/unit/test_record.py)."""
    fields = {field.name: field.get_internal_type() for field in Stretch._meta.concrete_fields}
    assert fields == {
        "id": "CharField",
        "participant": "ForeignKey",
        "device": "CharField",
        "began_at": "DateTimeField",
        "intervals": "BinaryField",
        "objects_sent": "BinaryField",
    }


@pytest.mark.requirement(84)
def test_the_organizer_switches_it_off_and_the_ticket_says_so(browser: Browser, alice: Account) -> None:
    client = browser(alice)
    client.post("/meetings/now/")
    meeting = Meeting.objects.get()
    actions.store_door_key(meeting=meeting, door_key=DOOR_KEY)
    page = f"/meetings/{meeting.spoken_number}/edit/"
    form = {name: str(value) for name, value in client.get(page).context["form"].initial.items()}
    for choice in ("on", ""):
        form |= {"is_recorded": choice, "time": f"{meeting.local_start:%H:%M}"}
        assert client.post(page, form).status_code == 302
        answer = client.post(
            f"/j/{meeting.spoken_number}/ticket", '{"name": "Alice"}', content_type="application/json"
        ).json()
        bearer = ticket.verify(answer["ticket"], read_public_key(settings.INSTANCE.ticket_public_key), now=time.time())
        assert bearer.is_recorded == bool(choice)


# --- the page ---


def path(meeting: Meeting, rest: str = "") -> str:
    return f"/meetings/{meeting.spoken_number}/record/{rest}"


@pytest.fixture
def recorded(meeting: Meeting, carol: Participant, bob: Account) -> Participant:
    """Bob and Carol have sent something; this is Bob's part."""
    part = actions.admit(meeting=meeting, known_as=None, account=bob, name="Bob", now=NOON)
    for number, somebody in enumerate((part, carol)):
        reports.take(report=stretch_of(somebody, after_s=number), now=NOON)
    return part


PAGES = ["", "objects.csv", "connection.csv"]


def read(answer: HttpResponse) -> str:
    """Return the content of a page, or of a download as a server sends it: in pieces."""

    async def join() -> bytes:
        return b"".join([piece async for piece in answer.streaming_content])  # type: ignore[attr-defined]

    return (async_to_sync(join)() if answer.streaming else answer.content).decode()


def visible_text(answer: HttpResponse) -> str:
    return re.sub(r"<[^>]*>", " ", answer.content.decode())


@pytest.mark.requirement(81)
def test_the_organizer_sees_everybodys_part(browser: Browser, alice: Account, recorded: Participant) -> None:
    page = read(browser(alice).get(path(recorded.meeting)))
    assert "Carol" in page
    assert "Bob" in page
    assert page.count("<svg") == 2 * 5 + 1  # and the site's own mark
    assert page.count('role="img"') == 2 * 5
    assert "30 in all, 0 dropped" in page
    assert "24 ms on average" in page
    assert "2 of 40 packets" in page
    assert "style=" not in page, "the pages' policy would not let it through"


@pytest.mark.parametrize("rest", PAGES)
def test_a_participant_sees_their_own_part_and_no_other(
    browser: Browser, bob: Account, recorded: Participant, rest: str
) -> None:
    answer = browser(bob).get(path(recorded.meeting, rest))
    page = read(answer)
    assert answer.status_code == 200
    assert "Bob" in page
    assert "Carol" not in page
    assert recorded.meeting.subject not in page


@pytest.mark.parametrize("rest", [*PAGES, "delete/"])
def test_to_others_the_record_does_not_exist(browser: Browser, recorded: Participant, rest: str) -> None:
    carols_browser = browser()
    session = carols_browser.session
    session[SESSION_KEY] = {
        recorded.meeting.number: next(each.pk for each in Participant.objects.all() if each.name == "Carol")
    }
    session.save()
    carols_browser.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    for other in (browser(make_account("Mallory")), browser(), carols_browser):
        answer = other.get(path(recorded.meeting, rest))
        assert answer.status_code == 404
        assert visible_text(answer) == visible_text(other.get("/meetings/000-000-000/record/")), (
            "as if it did not exist"
        )


def test_somebody_who_attended_another_meeting_sees_nothing(
    browser: Browser, alice: Account, recorded: Participant
) -> None:
    dave = make_account("Dave")
    elsewhere = meeting_with_words(alice, now=NOON)
    actions.admit(meeting=elsewhere, known_as=None, account=dave, name="Dave", now=NOON)
    assert browser(dave).get(path(recorded.meeting)).status_code == 404


def test_only_the_organizer_deletes_it(browser: Browser, alice: Account, bob: Account, recorded: Participant) -> None:
    delete = path(recorded.meeting, "delete/")
    assert browser(bob).post(delete).status_code == 404
    assert Stretch.objects.count() == 2
    client = browser(alice)
    assert b"Delete the record" in client.get(delete).content
    assert Stretch.objects.count() == 2
    assert client.post(delete).status_code == 302
    assert not Stretch.objects.exists()
    assert Participant.objects.count() == 2


@pytest.mark.requirement(84)
def test_the_pages_say_why_there_is_none(browser: Browser, alice: Account, meeting: Meeting) -> None:
    client = browser(alice)

    def pages() -> list[str]:
        return [client.get(each).content.decode() for each in (path(meeting), f"/meetings/{meeting.spoken_number}/")]

    assert [word in page for page, word in zip(pages(), ("Nothing yet", "Begins when"), strict=True)] == [True, True]
    Meeting.objects.update(is_recorded=False)
    assert all("Switched off" in page for page in pages())
    Meeting.objects.update(is_recorded=True, planned_end=timezone.now() - timedelta(days=RECORD_KEPT_DAYS + 1))
    assert all("Deleted" in page and "30 days" in page for page in pages())


def test_many_people_are_shown_page_by_page(browser: Browser, alice: Account, meeting: Meeting) -> None:
    for number in range(PEOPLE_ON_A_PAGE + 1):
        somebody = actions.admit(meeting=meeting, known_as=None, account=None, name=f"Guest {number}", now=NOON)
        reports.take(report=stretch_of(somebody), now=NOON)
    client = browser(alice)
    first, second = (read(client.get(path(meeting, f"?page={page}"))) for page in (1, 2))
    assert first.count("<figure") == 5 * PEOPLE_ON_A_PAGE
    assert second.count("<figure") == 5
    assert "Page 2 of 2" in second


def rows(answer: HttpResponse) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(read(answer))))


@pytest.mark.requirement(81)
def test_the_download_has_every_object(browser: Browser, alice: Account, recorded: Participant) -> None:
    answer = browser(alice).get(path(recorded.meeting, "objects.csv"))
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["Content-Disposition"]
    of_bob = [row for row in rows(answer) if row["name"] == "Bob"]
    assert [int(row["size_bytes"]) for row in of_bob] == [each.size_bytes for each in SENT]
    times = [datetime.fromisoformat(row["time_utc"]) - NOON for row in of_bob]
    assert times == [timedelta(milliseconds=each.at_ms) for each in SENT]
    assert {(row["track"], row["objects"], row["exact"]) for row in of_bob} == {("screen", "1", "yes")}


def test_the_download_has_what_the_transport_counted(browser: Browser, alice: Account, recorded: Participant) -> None:
    first, _ = rows(browser(alice).get(path(recorded.meeting, "connection.csv")))
    assert first["rtt_ms"] == "24.0"
    assert [first[name] for name in record_csv.CONNECTION_HEADER[7:]] == ["300", "40", "2", "370000", "4000", "2400"]


def test_where_not_every_object_was_kept_the_download_says_so(
    browser: Browser, alice: Account, carol: Participant
) -> None:
    whole = stretch_of(carol)
    assert isinstance(whole.event, Recorded)
    partly = msgspec.structs.replace(whole.event, objects=record.pack_objects(SENT[:20]))
    reports.take(report=msgspec.structs.replace(whole, event=partly), now=NOON)
    (row,) = rows(browser(alice).get(path(carol.meeting, "objects.csv")))
    total = sum(each.size_bytes for each in SENT)
    assert (row["objects"], row["size_bytes"], row["exact"]) == ("30", str(total), "no")


def test_a_name_computes_nothing_in_a_spreadsheet(browser: Browser, alice: Account, carol: Participant) -> None:
    Participant.objects.update(name='=HYPERLINK("https://mallory.example","Carol")')
    reports.take(report=stretch_of(carol), now=NOON)
    assert all(row["name"].startswith("'=") for row in rows(browser(alice).get(path(carol.meeting, "objects.csv"))))


# --- what it may be used for ---


@pytest.mark.requirement(83)
@pytest.mark.parametrize("purpose", [each for each in Purpose if each is not Purpose.QUALITY])
def test_it_is_not_read_for_any_other_purpose(recorded: Participant, purpose: Purpose) -> None:
    people = Participant.objects.all()
    assert records.stretches(people, purpose=Purpose.QUALITY).count() == 2
    with pytest.raises(PurposeRefused):
        records.stretches(people, purpose=purpose)


@pytest.mark.requirement(83)
def test_nothing_reads_it_but_its_own_pages() -> None:
    """Whoever would bill, advertise or watch people by session records has to come through `records`."""
    source = Path(records.__file__).parents[2]
    users = {
        str(file.relative_to(source))
        for file in source.rglob("*.py")
        if re.search(r"\bStretch\b|meetings_stretch", file.read_text()) and "migrations" not in file.parts
    }
    of_meetings = {"models", "personal_data", "records", "record_csv", "record_views", "reports"}
    assert users == {f"web/meetings/{name}.py" for name in of_meetings}
