"""Mallory runs the live plane: people see nothing false, and their meeting goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.cast import Person
from tests.browser.conftest import Invite
from tests.browser.server import AlteredServer, WaitFor
from tests.browser.test_meeting import sees_the_card, test_card  # noqa: F401  (a fixture)

MALLORY = Path(__file__).with_name("mallory_live.py")


class MalloryServer(AlteredServer):
    """An honest site and worker, and a live plane in mallory's hands."""

    def __init__(self, folder: Path) -> None:
        self.counts = folder / "counts.json"
        super().__init__(folder, [str(MALLORY), str(self.counts)])

    def what_she_did(self) -> dict[str, int]:
        """Stop everything and return how often mallory did what."""
        self.stop()
        return dict(json.loads(self.counts.read_text()))


@pytest.fixture
def mallory(tmp_path: Path) -> Iterator[MalloryServer]:
    server = MalloryServer(tmp_path)
    yield server
    counts = server.what_she_did()
    assert {"invented", "commits", "welcomes", "messages", "objects of screen"} <= counts.keys(), counts


@pytest.mark.requirement(10)
def test_people_see_nothing_false_and_their_meeting_goes_on(
    mallory: MalloryServer,
    invite: Invite,
    test_card: None,  # noqa: F811
) -> None:
    alice = invite("Alice", on=mallory)
    alice.sign_up()
    link = alice.meet_now()
    alice.start_meeting()
    bob, carol = invite("Bob", presents=True, on=mallory), invite("Carol", on=mallory)
    for person in (bob, carol):
        person.open(link)
        person.join()

    WaitFor(lambda: len({person.safety_words() for person in (alice, bob, carol)}) == 1)()
    refuse_the_invented(alice, bob, carol)

    bob.share_screen()
    for viewer in (alice, carol):
        sees_the_card(viewer, "Bob")

    alice.say("is this a secret?")
    bob.say("so I hope")
    for person in (alice, bob, carol):
        person.show("Chat")
        expect(person.page.get_by_text("so I hope", exact=True)).to_be_visible()
        expect(person.page.get_by_text("is this a secret?", exact=True)).to_have_count(1)
        expect(person.page.get_by_text("so I hope", exact=True)).to_have_count(1)


def refuse_the_invented(*people: Person) -> None:
    for person in people:
        person.show("Participants")
        row = person.page.get_by_role("listitem").filter(has_text="Mallory")
        expect(row).to_be_visible()
        expect(row).to_contain_text("Not verified")
        for name in ("Alice", "Bob", "Carol"):
            row = person.page.get_by_role("listitem").filter(has_text=name)
            expect(row).to_contain_text("Verified")
