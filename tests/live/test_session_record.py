"""The relay's record of a session equals what its clients counted, over real QUIC; and it is bounded."""

from __future__ import annotations

import asyncio
import socket
import time
from asyncio.trsock import TransportSocket
from collections import Counter
from typing import cast

import moq
import pytest

from conclave import record
from conclave.live.tcp_info import count_tcp
from conclave.record import Interval, Link, Object
from conclave.relay import envelope, recorder, server
from conclave.relay.admission import Admitted
from conclave.relay.recorder import Allowance, Clocks, Recorder
from conclave.report import Recorded
from tests.fakes import ALICE, BOB, CAROL, ROOM, Clock, Person
from tests.live.relay_cast import PATIENCE_S, Publisher, closed, next_group, next_object, sealed, stage, subscribe
from tests.live.socket_cast import socket_stage

CATALOG, SCREEN = 0, 1
TOLERANCE_S = 0.25
"""Between a client's write and the relay's note, on a busy machine; on a quiet one it takes milliseconds."""


@pytest.fixture
def _short_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "STRETCH_MS", 300)
    monkeypatch.setattr(server, "TICK_S", 0.1)


def of(stretches: list[Recorded], person: Person) -> list[Recorded]:
    return [each for each in stretches if (each.participant, each.device) == (person.participant, person.device)]


def objects_in(stretches: list[Recorded]) -> list[tuple[float, int, int]]:
    """Return the time (Unix seconds), track and size of each object."""
    return [
        ((each.began_unix_ms + found.at_ms) / 1000, found.context, found.size_bytes)
        for each in stretches
        for found in record.unpack_objects(each.objects)
    ]


def intervals_in(stretches: list[Recorded]) -> list[Interval]:
    return [found for each in stretches for found in record.unpack_intervals(each.intervals)]


def links_in(stretches: list[Recorded]) -> list[Link]:
    return [each.link for each in intervals_in(stretches) if each.link is not None]


def bytes_both_ways(stretches: list[Recorded]) -> int:
    return sum(link.bytes_in + link.bytes_out for link in links_in(stretches))


def sums_in(stretches: list[Recorded]) -> tuple[Counter[int], Counter[int]]:
    """Return objects and bytes by track."""
    objects, size_bytes = Counter[int](), Counter[int]()
    for interval in intervals_in(stretches):
        for each in interval.sums:
            objects[each.context] += each.objects
            size_bytes[each.context] += each.size_bytes
    return objects, size_bytes


def test_every_track_that_is_forwarded_can_be_in_the_record() -> None:
    names = {name.removeprefix("sealed-"): context for name, context in envelope.CONTEXTS.items()}
    assert {name: record.CONTEXTS.index(name) for name in names} == names


@pytest.mark.requirement(81)
@pytest.mark.asyncio
@pytest.mark.usefixtures("_short_stretches")
async def test_the_record_has_every_object_with_its_size_and_time() -> None:
    sent: list[tuple[float, int, int]] = []
    async with stage(clock=time.time) as at:
        at.enter(ALICE, BOB)
        async with at.connect(BOB, is_recorded=True) as bob, at.connect(ALICE, is_recorded=True) as alice:
            device = Publisher.on(bob, BOB, "screen", "sealed-catalog")
            for name, context in (("sealed-catalog", CATALOG), ("screen", SCREEN)):
                track, group = await subscribe(alice, BOB, name), device.publish(track=name)
                for ctr in range(40):
                    size_bytes = 60 + 13 * ctr + 997 * ctr * context
                    group.write_frame(sealed(name, ctr=ctr, size_bytes=size_bytes), 0)
                    sent.append((time.time(), context, size_bytes))
                    await asyncio.sleep(0.02)
                received = await next_group(track)
                for _ in range(40):
                    await next_object(received)
    recorded = of(at.recorded, BOB)
    assert len(recorded) > 3, "it is reported while the meeting goes on"
    assert [each[1:] for each in objects_in(recorded)] == [each[1:] for each in sent]
    assert max(abs(ours[0] - theirs[0]) for ours, theirs in zip(objects_in(recorded), sent, strict=True)) < TOLERANCE_S
    objects, size_bytes = sums_in(recorded)
    assert objects == {CATALOG: 40, SCREEN: 40}
    assert size_bytes == {context: sum(each[2] for each in sent if each[1] == context) for context in objects}
    assert objects_in(of(at.recorded, ALICE)) == [], "she sent nothing"


@pytest.mark.asyncio
@pytest.mark.usefixtures("_short_stretches")
async def test_the_record_has_what_the_transport_counted() -> None:
    async with stage(clock=time.time) as at:
        at.enter(ALICE, BOB)
        async with at.connect(BOB, is_recorded=True) as bob, at.connect(ALICE, is_recorded=True) as alice:
            screen, payload = Publisher.on(bob, BOB), 50 * 20_000
            track = await subscribe(alice, BOB)
            screen.publish(*[sealed(ctr=ctr, size_bytes=20_000) for ctr in range(50)])
            received = await next_group(track)
            for _ in range(50):
                await next_object(received)
            async with asyncio.timeout(PATIENCE_S):  # the transport counts a moment later
                while min(bytes_both_ways(of(at.recorded, each)) for each in (ALICE, BOB)) < payload:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
    to_alice, from_bob = (links_in(of(at.recorded, person)) for person in (ALICE, BOB))
    assert payload < sum(link.bytes_out for link in to_alice) < 1.1 * payload
    assert payload < sum(link.bytes_in for link in from_bob) < 1.1 * payload
    assert sum(link.packets_out for link in to_alice) > payload / 1500
    assert all(0 < link.rtt_us < 1_000_000 for link in to_alice + from_bob)


@pytest.mark.asyncio
@pytest.mark.usefixtures("_short_stretches")
async def test_over_a_websocket_the_record_has_every_object_and_what_the_kernel_counted() -> None:
    async with socket_stage() as at:
        at.enter(ALICE, BOB)
        async with at.connect(BOB, is_recorded=True) as bob, at.connect(ALICE, is_recorded=True) as alice:
            screen, sizes = Publisher.on(bob, BOB), [200 + 997 * ctr for ctr in range(40)]
            track = await subscribe(alice, BOB)
            screen.publish(*[sealed(ctr=ctr, size_bytes=size_bytes) for ctr, size_bytes in enumerate(sizes)])
            received = await next_group(track)
            for _ in sizes:
                await next_object(received)
            async with asyncio.timeout(PATIENCE_S):
                while bytes_both_ways(of(at.recorded, ALICE)) < sum(sizes):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
    assert [each[2] for each in objects_in(of(at.recorded, BOB))] == sizes
    to_alice, from_bob = (links_in(of(at.recorded, person)) for person in (ALICE, BOB))
    assert sum(sizes) < sum(link.bytes_out for link in to_alice) < 1.1 * sum(sizes)
    assert sum(sizes) < sum(link.bytes_in for link in from_bob) < 1.1 * sum(sizes)
    assert all(0 < link.rtt_us < 1_000_000 for link in to_alice + from_bob)
    assert all(sum(link[1:3]) > 0 for link in (to_alice[0], from_bob[0]))


@pytest.mark.requirement(84)
@pytest.mark.asyncio
@pytest.mark.usefixtures("_short_stretches")
async def test_nothing_is_recorded_of_whom_the_ticket_does_not_say_so() -> None:
    async with stage(clock=time.time) as at:
        at.enter(ALICE, BOB)
        async with at.connect(BOB, is_recorded=False) as bob, at.connect(ALICE, is_recorded=True) as alice:
            screen = Publisher.on(bob, BOB)
            track = await subscribe(alice, BOB)
            screen.publish(sealed())
            await next_object(await next_group(track))
    assert of(at.recorded, ALICE)
    assert not of(at.recorded, BOB)


@pytest.mark.asyncio
async def test_what_is_not_a_ciphertext_is_counted_as_dropped() -> None:
    async with stage(clock=time.time) as at:
        at.enter(ALICE, BOB)
        async with at.connect(BOB, is_recorded=True) as bob, at.connect(ALICE) as alice:
            screen = Publisher.on(bob, BOB)
            track = await subscribe(alice, BOB)
            screen.publish(b"plain text, three times"), screen.publish(sealed(ctr=1))
            for _ in range(2):
                group = await next_group(track)
            await next_object(group)
    recorded = intervals_in(of(at.recorded, BOB))
    assert sum(each.dropped for each in recorded) == 1
    assert sum(total.objects for each in recorded for total in each.sums) == 1


@pytest.mark.parametrize("way", ["left", "put out", "room closed"])
@pytest.mark.asyncio
async def test_the_end_of_a_session_is_in_the_record_however_it_ends(way: str) -> None:
    async with stage(clock=time.time) as at:
        at.enter(ALICE, BOB)
        async with at.connect(ALICE) as alice, at.connect(BOB, is_recorded=True) as bob:
            screen = Publisher.on(bob, BOB)
            track = await subscribe(alice, BOB)
            screen.publish(sealed(size_bytes=777))
            await next_object(await next_group(track))
            if way != "left":
                at.put_out(BOB) if way == "put out" else at.relay.close_room(ROOM)
                assert [each[2] for each in objects_in(of(at.recorded, BOB))] == [777], "at once"
                await closed(bob)
    assert [each[2] for each in objects_in(of(at.recorded, BOB))] == [777]


def counted(packets: int) -> Link:
    return Link(9_000, packets, packets, 0, packets * 100, packets * 1000, 0)


def make(reported: list[Recorded], clock: Clock, *, allowance: Allowance | None = None) -> Recorder:
    return Recorder(
        Admitted(ROOM, CAROL.participant, CAROL.device, is_recorded=True),
        count=lambda: counted(int(clock.now)),
        allowance=allowance or Allowance(),
        clocks=Clocks(clock, lambda: 1_795_000_000.5 + clock.now),
        report=lambda _room, stretch: reported.append(stretch),
    )


def test_a_stretch_follows_the_other_without_a_gap() -> None:
    reported: list[Recorded] = []
    clock = Clock()
    carol = make(reported, clock)
    for second in range(25):
        for part in range(4):
            clock.now = second + part / 4
            carol.note(SCREEN, 1000 + second)
        clock.now = second + 1.0
        carol.tick()
    carol.finish()
    assert [each.began_unix_ms - 1_795_000_000_500 for each in reported] == [0, 10_000, 20_000]
    assert [round(each[0] - 1_795_000_000.5, 2) for each in objects_in(reported)] == [part / 4 for part in range(100)]
    links = [interval.link for interval in intervals_in(reported)]
    assert [link and (link.packets_in, link.bytes_out) for link in links[:25]] == [(1, 1000)] * 25
    assert [interval.length_ms for interval in intervals_in(reported)][:25] == [1000] * 25


def test_more_objects_than_may_be_kept_are_summed() -> None:
    reported: list[Recorded] = []
    carol = make(reported, Clock())
    for number in range(record.MAX_OBJECTS + 500):
        carol.note(SCREEN, number)
    carol.finish()
    (stretch,) = reported
    assert len(record.unpack_objects(stretch.objects)) == record.MAX_OBJECTS
    assert sums_in(reported)[0][SCREEN] == record.MAX_OBJECTS + 500


def test_a_room_keeps_so_many_objects_and_no_more_in_memory() -> None:
    reported: list[Recorded] = []
    allowance, clock = Allowance(left=10), Clock()
    people = [make(reported, clock, allowance=allowance) for _ in range(3)]
    for person in people:
        for _ in range(6):
            person.note(SCREEN, 500)
    assert allowance.left == 0
    clock.now = 11.0
    for person in people:
        person.tick()
    assert [len(record.unpack_objects(each.objects)) for each in reported] == [6, 4, 0]
    assert sums_in(reported)[0][SCREEN] == 18
    assert allowance.left == 10, "what is reported makes room"


def test_after_a_long_sleep_it_is_still_a_record() -> None:
    reported: list[Recorded] = []
    clock = Clock()
    carol = make(reported, clock)
    clock.now = 3600.0
    carol.note(SCREEN, 500)
    carol.tick()
    assert record.unpack_objects(reported[0].objects) == [Object(record.MAX_STRETCH_MS, SCREEN, 500)]


def test_a_transport_that_tells_nothing_leaves_the_link_out() -> None:
    reported: list[Recorded] = []
    carol = make(reported, Clock())
    told = iter([None, counted(5), None, counted(7), None])
    carol._count = lambda: next(told)
    for _ in range(4):
        carol.tick()
    carol.finish()
    links = [each.link for each in intervals_in(reported)]
    assert [link and link.packets_in for link in links] == [None, 5, None, 2, None]


class Silent:
    """A session of which the library tells nothing, or not any more."""

    def __init__(self, told: moq.ConnectionStats | moq.Error) -> None:
        self.told = told

    def stats(self) -> moq.ConnectionStats:
        if isinstance(self.told, moq.Error):
            raise self.told
        return self.told


def test_a_session_that_counts_nothing_is_silent() -> None:
    names = [
        "rtt_us",
        "estimated_send_rate_bps",
        "estimated_recv_rate_bps",
        "bytes_sent",
        "bytes_received",
        "bytes_lost",
    ]
    names += ["packets_sent", "packets_received", "packets_lost"]
    for told in (moq.ConnectionStats(**dict.fromkeys(names)), moq.Error("closed")):
        assert recorder.count_quic(cast("moq.Session", Silent(told))) is None


def test_a_connection_that_is_over_is_silent() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        assert count_tcp(cast("TransportSocket", ours)) is None, "it is no TCP"
    assert count_tcp(cast("TransportSocket", ours)) is None
    assert count_tcp(None) is None
