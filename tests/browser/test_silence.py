"""A server that holds back what one person sends: both sides are told, by name, and told no more when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.cast import Person
from tests.browser.conftest import Invite
from tests.browser.server import AlteredServer

SILENCE_LIVE = Path(__file__).with_name("silence_live.py")
TOLD_WITHIN_MS = 45_000


class SilentServer(AlteredServer):
    """An honest site and worker, and a live plane that holds back what Carol says."""

    def __init__(self, folder: Path) -> None:
        self.silence = folder / "silence"
        super().__init__(folder, [str(SILENCE_LIVE), str(self.silence)])


@pytest.fixture
def mallory(tmp_path: Path) -> Iterator[SilentServer]:
    server = SilentServer(tmp_path)
    yield server
    server.stop()


def row(of: Person, name: str) -> Locator:
    of.show("Participants")
    return of.page.get_by_role("listitem").filter(has_text=name)


def test_who_is_held_back_is_named_and_told_until_it_is_over(mallory: SilentServer, invite: Invite) -> None:
    alice = invite("Alice", on=mallory)
    alice.sign_up()
    link = alice.meet_now()
    alice.start_meeting()
    carol = invite("Carol", on=mallory)
    carol.open(link)
    carol.join()
    expect(row(alice, "Carol")).to_contain_text("Verified")

    mallory.silence.touch()
    expect(row(alice, "Carol")).to_contain_text("Nothing arrives from Carol", timeout=TOLD_WITHIN_MS)
    expect(row(carol, "Alice")).to_contain_text("Alice does not get what you send", timeout=TOLD_WITHIN_MS)
    alice.show("Security")
    warnings = alice.page.get_by_role("list", name="Warnings")
    expect(warnings).to_contain_text("Nothing arrives from Carol")
    expect(alice.page.get_by_role("figure", name="Carol")).to_contain_text("Nothing arrives from Carol")

    mallory.silence.unlink()
    expect(warnings).to_have_count(0, timeout=TOLD_WITHIN_MS)
    expect(row(carol, "Alice")).not_to_contain_text("does not get what you send", timeout=TOLD_WITHIN_MS)
