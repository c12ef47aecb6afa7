"""Parts die; people are back in the meeting within seconds, and say nothing twice."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Error, expect

from tests.browser.cast import PICTURE_TIMEOUT_MS
from tests.browser.conftest import Invite
from tests.browser.server import Server, WaitFor


def test_a_live_plane_that_dies_brings_everyone_back(tmp_path: Path, invite: Invite) -> None:
    server = Server.start(tmp_path / "instance")
    try:
        alice, bob = invite("Alice", on=server), invite("Bob", presents=True, on=server)
        alice.sign_up()
        link = alice.meet_now()
        alice.start_meeting()
        bob.open(link)
        bob.join()
        alice.say("before")
        bob.share_screen()
        expect(alice.picture_of("Bob")).to_be_visible(timeout=PICTURE_TIMEOUT_MS)
        before = alice.safety_words()

        server.kill("live")

        WaitFor(lambda: alice.safety_words() not in (before, ""), timeout_s=30)()
        alice.say("after")
        bob.show("Chat")
        expect(bob.page.get_by_text("after", exact=True)).to_be_visible()
        expect(bob.page.get_by_text("before", exact=True)).to_have_count(1)
        expect(alice.picture_of("Bob")).to_be_visible(timeout=PICTURE_TIMEOUT_MS)
    finally:
        server.stop()


def test_a_site_that_dies_does_not_disturb_a_meeting(tmp_path: Path, invite: Invite) -> None:
    server = Server.start(tmp_path / "instance")
    try:
        alice, bob = invite("Alice", on=server), invite("Bob", on=server)
        alice.sign_up()
        link = alice.meet_now()
        alice.start_meeting()
        bob.open(link)
        bob.join()
        words = alice.safety_words()
        server.kill("site")
        alice.say("still here")
        bob.show("Chat")
        expect(bob.page.get_by_text("still here")).to_be_visible()
        assert alice.safety_words() == words
        bob.button("Leave").click()

        def attended() -> bool:
            try:
                alice.page.goto(link.split("#")[0].replace("/j/", "/meetings/") + "/")
            except Error:  # the site is not back yet
                return False
            return alice.page.get_by_text("Bob").count() > 0

        WaitFor(attended, timeout_s=30)()
    finally:
        server.stop()


def test_a_reload_is_the_same_person(alice, invite: Invite) -> None:
    link = alice.meet_now()
    alice.start_meeting()
    bob = invite("Bob")
    bob.open(link)
    bob.join()
    alice.show("Participants")
    bob.page.reload()
    bob.join()
    bob.safety_words()  # in the group again: only now can he open what is said
    alice.say("welcome back")
    bob.show("Chat")
    expect(bob.page.get_by_text("welcome back")).to_be_visible()
    alice.show("Participants")
    expect(alice.page.get_by_role("listitem").filter(has_text="Bob")).to_have_count(1)
