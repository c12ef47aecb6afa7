"""A shared screen on a bad network: real browsers, the real relay, and between them a link that loses and queues."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.shaper import CLEAR, Conditions, Flow, Shaper
from tests.browser.conftest import Invite
from tests.browser.screens import TEST_CARD, Screen, Window
from tests.browser.server import Server, WaitFor, free_port
from tests.browser.test_meeting import sees_the_card

MOVING = "while :; do head -c 3000 /dev/urandom | base64 -w 78; sleep 0.05; done"
LOOK_S = 4.0
LINK_BPS = 500_000
NARROW = Conditions(delay_ms=20, rate_bps=LINK_BPS, queue_ms=300)


@pytest.fixture
def shaper() -> Iterator[Shaper]:
    with Shaper(("127.0.0.1", free_port())) as running:
        yield running


@pytest.fixture
def far_server(tmp_path: Path, shaper: Shaper) -> Iterator[Server]:
    """A server whose relay is reached through a network of our own."""
    relay_url = f"https://127.0.0.1:{shaper.port}"
    running = Server.start(tmp_path / "far", live_port=shaper.server[1], relay_url=relay_url)
    yield running
    running.stop()


@pytest.fixture
def moving(presenter_screen: Screen) -> Iterator[None]:
    window = Window.show(presenter_screen, title="moving", text="", geometry="80x20+0+0", then=MOVING)
    yield
    window.close()


def rates_bps(*flows: Flow, wait: object) -> list[float]:
    """What comes down each of several flows, over a few seconds."""
    before = [flow.down.carried_bytes for flow in flows]
    wait.wait_for_timeout(LOOK_S * 1000)  # type: ignore[attr-defined]
    return [(flow.down.carried_bytes - one) * 8 / LOOK_S for flow, one in zip(flows, before, strict=True)]


def test_one_narrow_link_is_served_lowers_nobody_and_recovers(
    far_server: Server, shaper: Shaper, invite: Invite, presenter_screen: Screen, moving: None
) -> None:
    alice = invite("Alice", on=far_server)
    alice.sign_up()
    link = alice.meet_now()
    alice.start_meeting()
    WaitFor(lambda: len(shaper.flows) == 1)()
    bob = invite("Bob", presents=True, on=far_server)
    bob.open(link)
    bob.join()
    bob.share_screen()
    WaitFor(lambda: len(shaper.flows) == 2)()

    shaper.next_flows = NARROW
    dave = invite("Dave", on=far_server)
    dave.open(link)
    dave.join()
    WaitFor(lambda: len(shaper.flows) == 3)()
    near, narrow = shaper.flows[0], shaper.flows[2]

    # What is new on the screen is soon seen over the narrow link, though the screen moves all the time.
    card = Window.show(presenter_screen, title="test card", text=TEST_CARD, geometry="80x20-0-0")
    try:
        sees_the_card(dave, "Bob")
    finally:
        card.close()

    WaitFor(lambda: _is_better(*rates_bps(near, narrow, wait=alice.page)), timeout_s=1.0)()  # ten looks
    shaper.next_flows = CLEAR
    narrow.change(Conditions(delay_ms=20))
    WaitFor(lambda: rates_bps(narrow, wait=alice.page)[0] > 1.3 * LINK_BPS, timeout_s=1.0)()  # ten looks


def _is_better(near_bps: float, narrow_bps: float) -> bool:
    """Whether who is near gets more than the narrow link carries, and who is behind that gets most of it."""
    return near_bps > 1.3 * LINK_BPS and 0.5 * LINK_BPS < narrow_bps < 1.05 * LINK_BPS
