"""Who was there, and for how long, however often they reloaded."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from conclave.web.accounts.models import Account
from conclave.web.meetings import actions
from conclave.web.meetings.attendance import Attendance, Bar, attendance_of
from conclave.web.meetings.models import LONGEST_ROOM, Meeting, Presence
from tests.web.conftest import NOON, Browser


def minute(number: float) -> timedelta:
    return timedelta(minutes=number)


def attend(meeting: Meeting, name: str, *times: tuple[float, float | None]) -> None:
    participant = actions.admit(meeting=meeting, known_as=None, account=None, name=name, now=NOON)
    for index, (entered, left) in enumerate(times):
        left_at = None if left is None else NOON + minute(left)
        Presence.objects.create(
            participant=participant, device=f"{index:016x}", entered_at=NOON + minute(entered), left_at=left_at
        )


def attendance(meeting: Meeting, *, at: float = 200) -> Attendance:
    found = attendance_of(meeting.participants.prefetch_related("presences"), now=NOON + minute(at))
    assert found is not None
    return found


def test_bars_lie_where_somebody_was_there(meeting: Meeting) -> None:
    attend(meeting, "Alice", (0, 100))
    attend(meeting, "Bob", (10, 30), (50, 100))
    found = attendance(meeting)
    assert (found.start, found.middle, found.end) == (NOON, NOON + minute(50), NOON + minute(100))
    bars = {each.participant.name: each.bars for each in found.people}
    assert bars == {"Alice": (Bar(0, 1000),), "Bob": (Bar(100, 200), Bar(500, 500))}
    assert {each.participant.name: each.minutes for each in found.people} == {"Alice": 100, "Bob": 70}


def test_a_reload_counts_no_minute_twice(meeting: Meeting) -> None:
    attend(meeting, "Carol", (0, 10), (9, 20), (12, 15))
    (carol,) = attendance(meeting).people
    assert (carol.minutes, len(carol.bars)) == (20, 1)


def test_who_is_still_there_is_counted_until_now(meeting: Meeting) -> None:
    attend(meeting, "Alice", (0, None))
    assert attendance(meeting, at=7).people[0].minutes == 7


def test_of_whom_no_end_was_reported_it_is_known_only_that_they_came(meeting: Meeting) -> None:
    attend(meeting, "Dave", (0, None))
    attend(meeting, "Alice", (0, 60))
    found = attendance(meeting, at=LONGEST_ROOM / minute(1) + 1)
    dave = next(each for each in found.people if each.participant.name == "Dave")
    assert (dave.minutes, dave.bars) == (1, (Bar(0, 3),))


def test_a_bar_at_the_very_end_can_be_seen(meeting: Meeting) -> None:
    attend(meeting, "Alice", (0, 600))
    attend(meeting, "Dave", (600, 600))
    dave = attendance(meeting, at=700).people[-1]
    assert [bar.x + bar.width for bar in dave.bars] == [1000]


def test_nobody_came(meeting: Meeting) -> None:
    actions.admit(meeting=meeting, known_as=None, account=None, name="Dave", now=NOON)
    assert attendance_of(meeting.participants.prefetch_related("presences"), now=NOON) is None


def test_the_page_shows_minutes(browser: Browser, alice: Account, meeting: Meeting) -> None:
    attend(meeting, "Carol", (0, 42))
    page = browser(alice).get(f"/meetings/{meeting.spoken_number}/").content.decode()
    assert "42 min" in page
    assert page.count('height="10"') == 2
    assert timezone.localtime(NOON, meeting.local_start.tzinfo).strftime("%H:%M:%S") in page
