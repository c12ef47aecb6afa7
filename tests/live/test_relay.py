"""Devices of a room publish and subscribe through the relay, over real QUIC."""

from __future__ import annotations

import asyncio

import pytest

from tests.live.relay_cast import (
    ALICE,
    BOB,
    CAROL,
    Publisher,
    closed,
    gone,
    next_group,
    next_object,
    sealed,
    stage,
    subscribe,
)

pytestmark = pytest.mark.asyncio


async def test_bob_presents_and_alice_and_carol_receive_every_object_in_order() -> None:
    async with stage() as at:
        at.enter(ALICE, BOB, CAROL)
        async with at.connect(BOB) as bob, at.connect(ALICE) as alice, at.connect(CAROL) as carol:
            screen = Publisher.on(bob, BOB.path)
            tracks = [await subscribe(viewer, BOB.path) for viewer in (alice, carol)]
            objects = [sealed(ctr=ctr) for ctr in range(30)]
            screen.publish(*objects)
            for track in tracks:
                group = await next_group(track)
                assert [await next_object(group) for _ in objects] == objects


async def test_put_out_takes_the_broadcast_away_at_once() -> None:
    async with stage() as at:
        at.enter(ALICE, BOB)
        async with at.connect(BOB) as bob, at.connect(ALICE) as alice:
            screen = Publisher.on(bob, BOB.path)
            screen.publish(sealed())
            await next_group(await subscribe(alice, BOB.path))
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(gone(alice, BOB.path))
                at.put_out(BOB)
            await closed(bob)
