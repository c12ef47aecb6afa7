"""Devices of a room publish and subscribe through the relay, over real QUIC."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import moq
import pytest

from tests.fakes import ALICE, BOB, CAROL, DAVE, ROOM
from tests.live.relay_cast import (
    OTHER_ROOM,
    PATIENCE_S,
    MakeStage,
    Publisher,
    announcements,
    closed,
    next_group,
    next_object,
    path_of,
    sealed,
    subscribe,
)

pytestmark = pytest.mark.asyncio

AT_ONCE_S = 1.0
"""Ten times what it takes, a tenth of what a lost connection takes."""


async def test_bob_presents_and_alice_and_carol_receive_every_object_in_order(stage: MakeStage) -> None:
    async with stage() as at:
        at.enter(ALICE, BOB, CAROL)
        async with at.connect(BOB) as bob, at.connect(ALICE) as alice, at.connect(CAROL) as carol:
            screen = Publisher.on(bob, BOB)
            tracks = [await subscribe(viewer, BOB) for viewer in (alice, carol)]
            objects = [sealed(ctr=ctr) for ctr in range(30)]
            screen.publish(*objects)
            for track in tracks:
                group = await next_group(track)
                assert [await next_object(group) for _ in objects] == objects


async def test_put_out_takes_the_broadcast_away_at_once(stage: MakeStage) -> None:
    async with stage() as at:
        at.enter(ALICE, BOB)
        async with at.connect(BOB) as bob, at.connect(ALICE) as alice:
            screen = Publisher.on(bob, BOB)
            screen.publish(sealed())
            await next_group(await subscribe(alice, BOB))
            async with asyncio.TaskGroup() as tasks:
                seen = tasks.create_task(announcements(alice, BOB, "there", "gone"))
                await subscribe(alice, BOB)
                started_at = time.monotonic()
                at.put_out(BOB)
                await seen
            assert time.monotonic() - started_at < AT_ONCE_S
            await closed(bob)


async def test_a_newer_session_of_a_participant_replaces_the_older(stage: MakeStage) -> None:
    async with stage() as at:
        at.enter(ALICE, BOB)
        async with at.connect(ALICE) as alice, at.connect(BOB) as before:
            old = Publisher.on(before, BOB)
            old.publish(sealed(ctr=1))
            await next_group(await subscribe(alice, BOB))
            reloaded = replace(BOB, device=BOB.another_device(2))
            at.enter(reloaded)
            async with asyncio.TaskGroup() as tasks, at.connect(reloaded) as after:
                tasks.create_task(announcements(alice, BOB, "there", "gone"))
                await closed(before)
                new = Publisher.on(after, reloaded)
                track = await subscribe(alice, reloaded)
                new.publish(sealed(ctr=2))
                assert await next_object(await next_group(track)) == sealed(ctr=2)


async def test_the_same_device_comes_back_and_shows_nothing_old(stage: MakeStage) -> None:
    async with stage() as at:
        at.enter(ALICE, BOB)
        async with at.connect(ALICE) as alice, at.connect(BOB) as before:
            old = Publisher.on(before, BOB)
            old.publish(sealed(ctr=1))
            await next_group(await subscribe(alice, BOB))
            async with asyncio.TaskGroup() as tasks, at.connect(BOB) as after:
                again = tasks.create_task(announcements(alice, BOB, "there", "gone", "there"))
                await closed(before)
                new = Publisher.on(after, BOB)
                new.publish(sealed(ctr=2))
                await again
                track = await subscribe(alice, BOB)
                assert await next_object(await next_group(track)) == sealed(ctr=2)
            old.publish(sealed(ctr=3))


@pytest.mark.requirement(9)
async def test_a_closed_room_is_forgotten(stage: MakeStage) -> None:
    async with stage() as at:
        at.enter(ALICE, BOB, CAROL)
        async with at.connect(BOB) as bob, at.connect(ALICE) as alice:
            screen = Publisher.on(bob, BOB)
            screen.publish(sealed())
            await next_group(await subscribe(alice, BOB))
            at.relay.close_room(ROOM)
            await closed(bob)
            await closed(alice)
        async with at.connect(CAROL) as carol:
            with pytest.raises(moq.Error):
                await carol.request_broadcast(path_of(BOB))


async def test_rooms_see_nothing_of_each_other(stage: MakeStage) -> None:
    async with stage() as at:
        at.enter(BOB)
        at.enter(CAROL, ALICE, room=OTHER_ROOM)
        async with (
            at.connect(BOB) as bob,
            at.connect(CAROL, room=OTHER_ROOM) as carol,
            at.connect(ALICE, room=OTHER_ROOM) as alice,
        ):
            screens = [Publisher.on(bob, BOB), Publisher.on(alice, ALICE)]
            await subscribe(carol, ALICE)
            with pytest.raises(moq.Error):
                await carol.request_broadcast(path_of(BOB))
            assert screens


async def test_dave_comes_late_and_gets_the_group_from_its_beginning(stage: MakeStage) -> None:
    async with stage() as at:
        at.enter(ALICE, BOB, DAVE)
        async with at.connect(BOB) as bob, at.connect(ALICE) as alice:
            screen = Publisher.on(bob, BOB)
            first = await subscribe(alice, BOB)
            group = screen.publish(sealed(ctr=0), sealed(ctr=1))
            await next_object(await next_group(first))
            async with at.connect(DAVE) as dave:
                track = await subscribe(dave, BOB)
                late = await next_group(track)
                assert [await next_object(late) for _ in range(2)] == [sealed(ctr=0), sealed(ctr=1)]
                group.write_frame(sealed(ctr=2), 0)
                assert await next_object(late) == sealed(ctr=2)


async def test_a_track_that_nobody_wants_any_more_can_be_wanted_again(stage: MakeStage) -> None:
    async with stage() as at:
        at.enter(ALICE, BOB)
        async with at.connect(BOB) as bob, at.connect(ALICE) as alice:
            screen = Publisher.on(bob, BOB)
            track = await subscribe(alice, BOB)
            screen.publish(sealed(ctr=1))
            await next_group(track)
            track.cancel()
            del track
            async with asyncio.timeout(PATIENCE_S):
                await screen.tracks["screen"].unused()
            again = await subscribe(alice, BOB)
            screen.publish(sealed(ctr=2))
            # The group of before comes first, unless the new one was there when the subscription arrived.
            objects = [await next_object(await next_group(again))]
            if objects == [sealed(ctr=1)]:
                objects.append(await next_object(await next_group(again)))
            assert objects[-1] == sealed(ctr=2)
