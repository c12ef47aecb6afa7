"""What the session record says of a real meeting, beside what a packet capture counted of it."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.capture import Datagram, Datagrams
from tests.browser.cast import PICTURE_TIMEOUT_MS, Person
from tests.browser.conftest import Invite
from tests.browser.screens import Screen, Window
from tests.browser.server import Server, WaitFor

TOLERANCE = 0.01
"""Packets whose counting differs: QUIC may put two into one datagram."""
FIRST_PACKETS = 4
"""Of full size, before the relay's side of the connection begins to count."""
MAX_PACKET_BYTES = 1500
LAG_S = 0.6
"""The transport counts up to so much later than a packet arrives; what comes in the last moment is not counted."""

Row = dict[str, str]


@pytest.mark.requirement(81)
def test_the_record_of_a_meeting_equals_a_packet_capture(
    tmp_path: Path, server: Server, alice: Person, invite: Invite, presenter_screen: Screen
) -> None:
    numbers = "seq 1000000 | while read n; do echo $n $n $n $n $n $n $n $n $n $n $n $n; sleep 0.02; done"
    window = Window.show(presenter_screen, title="numbers", text="", geometry="120x40-0-0", then=numbers)
    link = alice.meet_now()
    capture = Datagrams(server.instance.live_port)
    try:
        alice.start_meeting()
        bob = invite("Bob", presents=True)
        bob.open(link)
        bob.join()
        bob.share_screen()
        expect(alice.picture_of("Bob")).to_be_visible(timeout=PICTURE_TIMEOUT_MS)
        page = link.split("#")[0].replace("/j/", "/meetings/") + "/record/"
        look = alice.page.context.new_page()
        WaitFor(lambda: shows(look, page, "Alice", "Bob"), timeout_s=30)()
        for person in (bob, alice):
            person.button("Leave").click()
            expect(person.page.get_by_role("heading", name=re.compile("left", re.IGNORECASE))).to_be_visible()
    finally:
        window.close()
        packets = capture.stop()
    rows = downloaded(look, page, tmp_path / "connection.csv")
    for name in ("Alice", "Bob"):
        assert_equal([row for row in rows if row["name"] == name], packets, port=server.instance.live_port)


def shows(page, address: str, *names: str) -> bool:
    """Whether the page shows plots of all of them."""
    page.goto(address)
    return all(page.get_by_role("region", name=name).get_by_role("img").count() == 5 for name in names)


def downloaded(page, address: str, file: Path) -> list[Row]:
    page.goto(address)
    with page.expect_download() as download:
        page.get_by_role("link", name="Connections (CSV)").click()
    download.value.save_as(file)
    return list(csv.DictReader(file.read_text().splitlines()))


def assert_equal(rows: Sequence[Row], packets: Sequence[Datagram], *, port: int) -> None:
    """Check the record of one session with what passed between the relay and the one peer that it can be."""
    by_peer: dict[int, list[Datagram]] = defaultdict(list)
    for each in packets:
        by_peer[each.source if each.target == port else each.target].append(each)
    (peer,) = (
        found
        for found in by_peer.values()
        if is_near(total(rows, "bytes_from"), into(found, port), size)
        and is_near(total(rows, "bytes_to"), out_of(found, port), size)
    )
    assert is_near(total(rows, "packets_from"), into(peer, port), len)
    assert is_near(total(rows, "packets_to"), out_of(peer, port), len)
    follow(rows, "bytes_from", into(peer, port))
    follow(rows, "bytes_to", out_of(peer, port))


def is_near(recorded: int, packets: Sequence[Datagram], measure: Callable[[Sequence[Datagram]], int]) -> bool:
    """Whether a sum of the record is that of the capture, but for the first packets and the last moment."""
    counted = [each for each in packets[FIRST_PACKETS:] if each.at_unix_s < packets[-1].at_unix_s - LAG_S]
    return (1 - TOLERANCE) * measure(counted) <= recorded <= (1 + TOLERANCE) * measure(packets)


def follow(rows: Sequence[Row], column: str, packets: Sequence[Datagram]) -> None:
    """Check that the record grows as the capture does, second by second."""
    recorded = 0
    slack_bytes = TOLERANCE * size(packets) + FIRST_PACKETS * MAX_PACKET_BYTES
    for row in rows:
        recorded += int(row[column])
        at = datetime.fromisoformat(row["time_utc"]).timestamp() + int(row["length_ms"]) / 1000
        before, after = (size([each for each in packets if each.at_unix_s <= limit]) for limit in (at - LAG_S, at))
        assert before - slack_bytes <= recorded <= after + slack_bytes, row["time_utc"]


def into(packets: Sequence[Datagram], port: int) -> list[Datagram]:
    return [each for each in packets if each.target == port]


def out_of(packets: Sequence[Datagram], port: int) -> list[Datagram]:
    return [each for each in packets if each.source == port]


def size(packets: Sequence[Datagram]) -> int:
    return sum(each.size_bytes for each in packets)


def total(rows: Sequence[Row], column: str) -> int:
    return sum(int(row[column]) for row in rows)
