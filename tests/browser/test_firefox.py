"""Somebody with Firefox: over the WebSocket, they see the screen, chat, and are told what is not to be had."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.cast import Person
from tests.browser.conftest import Invite
from tests.browser.firefox import Firefox
from tests.browser.server import WaitFor
from tests.browser.test_meeting import CARD_COLOURS, colours_in, test_card  # noqa: F401  (a fixture)


@pytest.fixture
def firefox(tmp_path: Path) -> Iterator[Firefox]:
    with Firefox.start(tmp_path / "profile") as running:
        yield running
        assert running.faults == []


def test_carol_in_firefox_sees_the_screen_and_chats(
    alice: Person,
    invite: Invite,
    firefox: Firefox,
    test_card: None,  # noqa: F811
) -> None:
    link = alice.meet_now()
    alice.start_meeting()
    bob = invite("Bob", presents=True)
    bob.open(link)
    bob.join()
    bob.share_screen()

    firefox.open(link)
    firefox.fill("Your name", "Carol")
    firefox.click(name="Join")
    picture = firefox.picture_of("Bob")
    WaitFor(lambda: colours_in(firefox.picture(picture)) == set(CARD_COLOURS))()

    firefox.click(name="Chat")
    firefox.fill("Message", "hello from Firefox")
    firefox.click(name="Send")
    alice.show("Chat")
    expect(alice.page.get_by_text("hello from Firefox")).to_be_visible()
    alice.say("hello Carol")
    firefox.see("hello Carol")

    firefox.click(name="Security")
    firefox.see("Over WebSocket, because this browser has no direct connection")

    firefox.click(name="Share screen")
    firefox.see("This browser cannot share a screen. You can watch and chat")
