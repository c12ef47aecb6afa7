"""Staff see business information with a reason, for a while, and never unseen."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from conclave.web.accounts.models import Account
from conclave.web.meetings import actions, support
from conclave.web.meetings.models import Meeting, Presence, SupportView
from conclave.web.meetings.support import AccessRefused
from conclave.web.privacy import purposes
from conclave.web.privacy.vocabulary import Purpose
from tests.web.conftest import NOON, Browser

pytestmark = pytest.mark.django_db

REASON = "4711: carol could not enter"
HALF_AN_HOUR = timedelta(minutes=30)


def open_access(meeting: Meeting, *, by: str = "dave", reason: str = REASON, lasting: timedelta = HALF_AN_HOUR) -> None:
    support.open_access(number=meeting.number, by=by, reason=reason, lasting=lasting, now=NOON)


@pytest.mark.requirement(26)
def test_without_a_reason_nothing_is_shown(meeting: Meeting) -> None:
    with pytest.raises(AccessRefused, match="give a reason first"):
        support.show(number=meeting.number, by="dave", now=NOON)
    for reason in ("", "   ", "because", "x" * 301):
        with pytest.raises(AccessRefused, match="a reason has"):
            open_access(meeting, reason=reason)
    assert not SupportView.objects.exists()


@pytest.mark.requirement(26)
def test_with_a_reason_a_meeting_is_shown_for_a_while_and_each_look_is_on_record(meeting: Meeting) -> None:
    carol = actions.admit(meeting=meeting, known_as=None, account=None, name="Carol", now=NOON)
    Presence.objects.create(participant=carol, device="c" * 16, entered_at=NOON)
    open_access(meeting)
    shown = support.show(number=meeting.spoken_number, by="dave", now=NOON + timedelta(minutes=29))
    assert shown[0] == f"{meeting.spoken_number}: {meeting.subject}"
    assert "Carol (attendee): 12:00:00 to still there" in shown
    with pytest.raises(AccessRefused):
        support.show(number=meeting.number, by="dave", now=NOON + HALF_AN_HOUR)
    with pytest.raises(AccessRefused):
        support.show(number=meeting.number, by="mallory", now=NOON)
    assert [(each.by, each.reason) for each in SupportView.objects.all()] == [("dave", REASON)] * 2


@pytest.mark.requirement(26)
@pytest.mark.parametrize("lasting", [timedelta(0), timedelta(minutes=-5), support.LONGEST + timedelta(minutes=1)])
def test_access_has_an_end(meeting: Meeting, lasting: timedelta) -> None:
    with pytest.raises(AccessRefused, match="at most 240 minutes"):
        open_access(meeting, lasting=lasting)


@pytest.mark.requirement(26)
def test_the_organizer_reads_who_looked_and_why(meeting: Meeting, alice: Account, browser: Browser) -> None:
    page = browser(alice).get(f"/meetings/{meeting.spoken_number}/").content.decode()
    assert "Looks by support" not in page
    open_access(meeting, reason="<b>4711</b> broke off")
    page = browser(alice).get(f"/meetings/{meeting.spoken_number}/").content.decode()
    assert "dave: &lt;b&gt;4711&lt;/b&gt; broke off" in page


@pytest.mark.requirement(27)
@pytest.mark.parametrize("place", ["meetings.Meeting.subject", "meetings.Participant.name", "meetings.Presence.reason"])
def test_business_information_is_used_for_meetings_and_their_problems_only(place: str) -> None:
    allowed = {Purpose.SERVICE, Purpose.SUPPORT}
    for purpose in Purpose:
        if purpose in allowed:
            purposes.require(place, purpose=purpose)
        else:
            with pytest.raises(purposes.PurposeRefused):
                purposes.require(place, purpose=purpose)


@pytest.mark.parametrize("number", ["", "999999999", "x", "\x00"])
def test_a_number_of_no_meeting_is_refused(number: str) -> None:
    with pytest.raises(AccessRefused, match="no such meeting"):
        support.open_access(number=number, by="dave", reason=REASON, lasting=HALF_AN_HOUR, now=NOON)


def test_the_command_says_in_one_line_why_it_shows_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "conclave", "support", "show", "481-516-234", "--data", str(tmp_path / "data")]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 1
    assert refused.stderr == "conclave: there is no such meeting, or its organizer has not agreed to this use\n"
