"""Sessions that die, stall, flood or never finish disturb no other and leave nothing behind."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress

import moq
import pytest

from conclave.relay.forwarding import MAX_OPEN_GROUPS
from tests.fakes import ALICE, BOB, CAROL, DAVE, MALLORY, ROOM
from tests.live.relay_cast import (
    PATIENCE_S,
    MakeStage,
    Publisher,
    Stage,
    announcements,
    closed,
    next_group,
    next_object,
    sealed,
    stage,
    subscribe,
)

pytestmark = pytest.mark.asyncio

DROPPED_CONNECTIONS = 200
GARBAGE_DATAGRAMS = 500


async def quiet(at: Stage) -> None:
    """Return once the relay holds no session any more."""
    async with asyncio.timeout(PATIENCE_S):
        while any(room._sessions for room in at.relay._rooms.values()):  # noqa: ASYNC110 - nobody tells us
            await asyncio.sleep(0.01)


def tasks_of(*names: str) -> list[asyncio.Task[object]]:
    return [task for task in asyncio.all_tasks() if task.get_name() in names]


async def test_a_session_that_dies_in_the_middle_takes_its_broadcast_with_it(stage: MakeStage) -> None:
    async with stage() as at:
        at.enter(ALICE, BOB)
        async with at.connect(ALICE) as alice:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(announcements(alice, BOB, "there", "gone"))
                async with at.connect(BOB) as bob:
                    screen = Publisher.on(bob, BOB)
                    track = await subscribe(alice, BOB)
                    screen.publish(sealed())  # and the group stays open
                    group = await next_group(track)
                    await next_object(group)
            with pytest.raises(moq.Error):
                await next_object(group)
        await quiet(at)
        assert tasks_of("session", "broadcast", "track", "group") == []


async def test_a_group_that_is_never_finished_holds_up_no_other(stage: MakeStage) -> None:
    async with stage() as at:
        at.enter(ALICE, BOB)
        async with at.connect(BOB) as bob, at.connect(ALICE) as alice:
            screen = Publisher.on(bob, BOB)
            track = await subscribe(alice, BOB)
            for ctr in range(3):
                screen.publish(sealed(ctr=ctr))
                assert await next_object(await next_group(track)) == sealed(ctr=ctr)


async def test_unfinished_groups_are_bounded(stage: MakeStage) -> None:
    async with stage() as at:
        at.enter(ALICE, BOB)
        async with at.connect(BOB) as bob, at.connect(ALICE) as alice:
            screen = Publisher.on(bob, BOB)
            track = await subscribe(alice, BOB)
            for ctr in range(3 * MAX_OPEN_GROUPS):
                screen.publish(sealed(ctr=ctr))
                await next_object(await next_group(track))
            assert len(tasks_of("group")) == MAX_OPEN_GROUPS


async def test_a_viewer_who_never_reads_delays_nobody(stage: MakeStage) -> None:
    async with stage() as at:
        at.enter(ALICE, BOB, CAROL)
        async with at.connect(BOB) as bob, at.connect(ALICE) as alice, at.connect(CAROL) as carol:
            screen = Publisher.on(bob, BOB)
            stalled = await subscribe(carol, BOB)
            track = await subscribe(alice, BOB)
            objects = [sealed(ctr=ctr, size_bytes=12_000) for ctr in range(200)]
            screen.publish(*objects).finish()
            group = await next_group(track)
            assert [await next_object(group) for _ in objects] == objects
            assert await next_object(await next_group(stalled)) == objects[0]


async def test_garbage_datagrams_disturb_nobody() -> None:
    seeded = random.Random(1)  # noqa: S311 - the same garbage every time
    async with stage() as at:
        at.enter(ALICE, BOB)
        async with at.connect(BOB) as bob, at.connect(ALICE) as alice:
            screen = Publisher.on(bob, BOB)
            track = await subscribe(alice, BOB)
            screen.publish(sealed(ctr=1)).finish()
            await next_group(track)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mallory:
                for datagram in garbage(seeded):
                    mallory.sendto(datagram, ("127.0.0.1", at.relay.port))
            screen.publish(sealed(ctr=2)).finish()
            assert await next_object(await next_group(track)) == sealed(ctr=2)


def garbage(seeded: random.Random) -> Iterator[bytes]:
    """Every first byte, so every kind of QUIC packet."""
    for number in range(GARBAGE_DATAGRAMS):
        yield bytes([number % 256]) + seeded.randbytes(seeded.randrange(1400))


async def test_connections_that_are_dropped_leave_nothing(stage: MakeStage) -> None:
    async with stage() as at:
        at.enter(ALICE, BOB, CAROL, DAVE)
        async with at.connect(BOB) as bob, at.connect(ALICE) as alice:
            screen = Publisher.on(bob, BOB)
            track = await subscribe(alice, BOB)
            for round_number in range(DROPPED_CONNECTIONS // 20):
                await asyncio.gather(*(come_and_go(at, admitted=number % 2 == 0) for number in range(20)))
                screen.publish(sealed(ctr=round_number)).finish()
                assert await next_object(await next_group(track)) == sealed(ctr=round_number)
        await quiet(at)
        assert tasks_of("session", "broadcast", "track", "group") == []
        assert list(at.relay._rooms) == [ROOM]


async def come_and_go(at: Stage, *, admitted: bool) -> None:
    """Connect, publish, and drop everything without a word; there may be too many of them at once."""
    who = DAVE if admitted else MALLORY
    with suppress(moq.Error):
        async with at.connect(who) as client:
            Publisher.on(client, who).publish(sealed())


async def test_the_relay_ends_every_session_when_it_stops(stage: MakeStage) -> None:
    async with AsyncExitStack() as clients:
        async with stage() as at:
            at.enter(ALICE)
            client = await clients.enter_async_context(at.connect(ALICE))
        await closed(client)
