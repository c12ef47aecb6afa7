"""What somebody sees who shares a screen that shows the meeting, and what of that screen is shared."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.cast import PICTURE_TIMEOUT_MS, Person
from tests.browser.conftest import Invite
from tests.browser.server import WaitFor


def test_who_shares_a_screen_that_shows_the_meeting_sees_no_tunnel(alice: Person, invite: Invite) -> None:
    link = alice.meet_now()
    alice.start_meeting()
    bob = invite("Bob", presents=True)
    bob.open(link)
    bob.join()
    bob.share_screen()
    expect(alice.picture_of("Bob")).to_be_visible(timeout=PICTURE_TIMEOUT_MS)
    expect(bob.page.get_by_role("heading", name="You are sharing your whole screen")).to_be_visible()
    expect(bob.picture_of("Bob")).to_have_count(0)
    bob.button("Look at what is shared").click()
    # One picture of this moment: a moving one would show itself without end.
    preview = "document.querySelector('.own-preview video')"
    WaitFor(lambda: bob.page.evaluate(f"{preview}?.videoWidth === 1280 && {preview}.paused"))()
    bob.button("Look at what is shared").click()
    expect(bob.page.get_by_label("What you share")).to_have_count(0)
