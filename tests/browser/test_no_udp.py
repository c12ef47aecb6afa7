"""A network that lets no UDP through: the meeting is the same, and says which way it goes."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.cast import PICTURE_TIMEOUT_MS, Person
from tests.browser.conftest import Invite
from tests.browser.server import AlteredServer
from tests.browser.test_meeting import sees_the_card, test_card  # noqa: F401  (a fixture)

NO_UDP = Path(__file__).with_name("no_udp_live.py")


@pytest.fixture
def no_udp_server(tmp_path: Path) -> Iterator[AlteredServer]:
    server = AlteredServer(tmp_path, [str(NO_UDP)])
    yield server
    server.stop()


def connection_of(person: Person):
    """What the security panel says of the connection."""
    person.show("Security")
    return person.page.get_by_role("heading", name="Your connection").locator("xpath=following-sibling::p[1]")


def test_two_people_share_a_screen_and_chat_without_udp(
    no_udp_server: AlteredServer,
    invite: Invite,
    test_card: None,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    alice, bob = invite("Alice", on=no_udp_server), invite("Bob", presents=True, on=no_udp_server)
    alice.sign_up()
    link = alice.meet_now()
    alice.start_meeting()
    bob.open(link)
    bob.join()
    bob.share_screen()
    sees_the_card(alice, "Bob")
    for person in (alice, bob):
        expect(connection_of(person)).to_have_text(re.compile("^Over WebSocket, because UDP is blocked here"))
    alice.say("I can see it.")
    bob.show("Chat")
    expect(bob.page.get_by_text("I can see it.")).to_be_visible()

    dave = invite("Dave", on=no_udp_server)
    dave.open(link)
    began_s = time.monotonic()
    dave.join()
    expect(dave.picture_of("Bob")).to_be_visible(timeout=PICTURE_TIMEOUT_MS)
    took_ms = (time.monotonic() - began_s) * 1000
    with capsys.disabled():
        sys.stdout.write(f"\nfrom joining to the first picture without UDP: {took_ms:.0f} ms\n")


def test_where_udp_comes_through_the_connection_is_direct(alice: Person) -> None:
    alice.meet_now()
    alice.start_meeting()
    expect(connection_of(alice)).to_have_text(re.compile(r"^Direct \(UDP\)"))
