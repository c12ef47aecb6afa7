"""Somebody with Firefox: over the WebSocket, they see the screen, chat, and share their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.cast import PICTURE_TIMEOUT_MS, Person
from tests.browser.conftest import Invite
from tests.browser.firefox import Firefox
from tests.browser.screens import Screen
from tests.browser.server import WaitFor
from tests.browser.test_meeting import CARD_COLOURS, colours_in, sees_the_card, test_card  # noqa: F401  (a fixture)


@pytest.fixture
def firefox(tmp_path: Path, presenter_screen: Screen) -> Iterator[Firefox]:
    with Firefox.start(tmp_path / "profile", presenter_screen) as running:
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
    firefox.press("Join")
    firefox.see("Connected, end-to-end encrypted")
    picture = firefox.picture_of("Bob")
    WaitFor(lambda: colours_in(firefox.picture(picture)) == set(CARD_COLOURS))()

    firefox.press("Chat")
    firefox.fill("Message", "hello from Firefox")
    firefox.press("Send")
    alice.show("Chat")
    expect(alice.page.get_by_text("hello from Firefox")).to_be_visible()
    alice.say("hello Carol")
    firefox.see("hello Carol")

    firefox.press("Security")
    firefox.see("Over WebSocket, because this browser has no direct connection")


def test_carol_shares_her_screen_in_firefox(
    alice: Person,
    firefox: Firefox,
    test_card: None,  # noqa: F811
) -> None:
    link = alice.meet_now()
    alice.start_meeting()
    firefox.open(link)
    firefox.fill("Your name", "Carol")
    firefox.press("Join")
    firefox.see("Connected, end-to-end encrypted")
    firefox.press("Share screen")
    firefox.see("You are sharing your screen")
    sees_the_card(alice, "Carol")
    firefox.press("Stop sharing")
    expect(alice.picture_of("Carol")).to_have_count(0)


def test_carols_camera_in_firefox_is_seen(alice: Person, tmp_path: Path, presenter_screen: Screen) -> None:
    link = alice.meet_now()
    alice.start_meeting()
    fake_camera = {"media.navigator.streams.fake": True}
    with Firefox.start(tmp_path / "profile", presenter_screen, **fake_camera) as firefox:
        firefox.open(link)
        firefox.fill("Your name", "Carol")
        firefox.press("Join")
        firefox.see("Connected, end-to-end encrypted")
        firefox.press("Turn camera on")
        picture = alice.page.get_by_role("img", name="Camera of Carol")
        expect(picture).to_be_visible(timeout=PICTURE_TIMEOUT_MS)
        WaitFor(
            lambda: len({picture.screenshot() for _ in range(3)}) == 3
        )()  # Firefox's fake camera changes its colour
        firefox.press("Turn camera off")
        expect(picture).to_have_count(0)
        assert firefox.faults == []
