"""Mallory at the relay: other people's paths, other rooms, no ticket, plaintext, and coming back after removal."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import moq
import pytest

from conclave.relay import pace
from conclave.relay.envelope import CATALOG, MAX_OBJECT_BYTES
from conclave.relay.forwarding import MAX_ANNOUNCED
from conclave.ticket import LEEWAY_S, LIFETIME_S
from tests.fakes import ALICE, BOB, CAROL, MALLORY, MALLORYS_KEY, ROOM
from tests.live.relay_cast import (
    OTHER_ROOM,
    MakeStage,
    Publisher,
    Stage,
    announcements,
    closed,
    next_group,
    next_object,
    path_of,
    refusal,
    sealed,
    subscribe,
)

pytestmark = pytest.mark.asyncio

FLOOD_OBJECTS = 100
"""Of 64 KiB, 6 MB."""
ANNEX_B = bytes.fromhex("0000000167428028") + bytes(range(200)) * 60
JSON = b'{"decode": ["avc1", "av01", "vp09", "vp8"], "screen": true}'


def forged(at: Stage) -> str:
    return at.query(MALLORY, key=MALLORYS_KEY)


def altered(at: Stage) -> str:
    ticket, _, device = at.query(MALLORY).partition("&")
    return f"{ticket[:-3]}{'AAA' if ticket[-3:] != 'AAA' else 'BBB'}&{device}"


def expired(at: Stage) -> str:
    query = at.query(MALLORY)
    at.now[0] += LIFETIME_S + LEEWAY_S + 1
    return query


def of_another_room(at: Stage) -> str:
    at.enter(MALLORY, room=OTHER_ROOM)
    return at.query(MALLORY, room=OTHER_ROOM)


BAD_ADDRESSES: dict[str, Callable[[Stage], str]] = {
    "no query": lambda _: "",
    "no ticket": lambda _: f"device={MALLORY.device}",
    "no device": lambda at: at.query(MALLORY).partition("&")[0],
    "not a ticket": lambda _: f"jwt=mallory&device={MALLORY.device}",
    "forged": forged,
    "altered": altered,
    "expired": expired,
    "of another room": of_another_room,
    "alice's device": lambda at: at.query(replace(MALLORY, device=ALICE.device)),
    "a device that is not there": lambda at: at.query(replace(MALLORY, device=MALLORY.another_device(2))),
    "two devices": lambda at: at.query(MALLORY) + f"&device={ALICE.device}",
    "too long": lambda at: at.query(MALLORY) + "0" * 4096,
    "not UTF-8": lambda at: f"jwt=%ff&device={MALLORY.device}",
}


@pytest.mark.parametrize("make_query", BAD_ADDRESSES.values(), ids=BAD_ADDRESSES.keys())
async def test_mallory_is_not_admitted(stage: MakeStage, make_query: Callable[[Stage], str]) -> None:
    async with stage() as at:
        at.enter(ALICE, MALLORY)
        error = await refusal(at.connect(MALLORY, url=at.url(make_query(at))))
        assert at.is_refusal(error)


@pytest.mark.parametrize("path", ["", OTHER_ROOM, f"{ROOM}/x", f"{ROOM}/..", "x" * 2000])
async def test_a_ticket_opens_no_other_path(stage: MakeStage, path: str) -> None:
    async with stage() as at:
        at.enter(MALLORY)
        query = at.query(MALLORY)
        assert at.is_refusal(await refusal(at.connect(MALLORY, url=at.url(query, room=path))))


async def test_mallory_cannot_publish_as_alice(stage: MakeStage) -> None:
    async with stage() as at:
        at.enter(ALICE, CAROL, MALLORY)
        async with at.connect(MALLORY) as mallory, at.connect(CAROL) as carol:
            # Nothing, the person, or everything, beside the very path: none of it is hers.
            false = Publisher.on(mallory, ALICE)
            claims = [mallory._require_publisher().dynamic(prefix) for prefix in ("", ALICE.participant)]
            false.publish(sealed(size_bytes=666))
            own = Publisher.on(mallory, MALLORY)
            await subscribe(carol, MALLORY)  # so what she announced before has been judged
            with pytest.raises(moq.Error):
                await carol.request_broadcast(path_of(ALICE))

            async with at.connect(ALICE) as alice:
                screen = Publisher.on(alice, ALICE)
                track = await subscribe(carol, ALICE)
                screen.publish(sealed(ctr=1))
                assert await next_object(await next_group(track)) == sealed(ctr=1)
            assert false.broadcast is not own.broadcast
            assert len(claims) == 2


async def test_mallory_cannot_publish_where_her_own_path_is_only_a_part(stage: MakeStage) -> None:
    async with stage() as at:
        at.enter(CAROL, MALLORY)
        async with at.connect(MALLORY) as mallory, at.connect(CAROL) as carol:
            below = Publisher.on(mallory, f"{path_of(MALLORY)}/x")
            own = Publisher.on(mallory, MALLORY)
            await subscribe(carol, MALLORY)
            with pytest.raises(moq.Error):
                await (await carol.request_broadcast(f"{path_of(MALLORY)}/x")).subscribe_track("screen")
            assert below.broadcast is not own.broadcast


async def test_mallory_cannot_announce_without_end(stage: MakeStage) -> None:
    async with stage() as at:
        at.enter(CAROL, MALLORY)
        async with at.connect(MALLORY) as mallory, at.connect(CAROL) as carol:
            own = Publisher.on(mallory, MALLORY)
            await subscribe(carol, MALLORY)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(announcements(carol, MALLORY, "there", "gone"))
                await subscribe(carol, MALLORY)
                flood = [Publisher.on(mallory, f"{number}/x") for number in range(MAX_ANNOUNCED)]
                await closed(mallory)
            with pytest.raises(moq.Error):
                await carol.request_broadcast(path_of(MALLORY))
            assert own not in flood


@pytest.mark.requirement(8)
@pytest.mark.parametrize("plain", [ANNEX_B, JSON, b"\0", sealed() + bytes(MAX_OBJECT_BYTES)])
async def test_plaintext_reaches_nobody(stage: MakeStage, plain: bytes, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "conclave.relay")
    async with stage() as at:
        at.enter(CAROL, MALLORY)
        async with at.connect(MALLORY) as mallory, at.connect(CAROL) as carol:
            screen = Publisher.on(mallory, MALLORY, "screen", CATALOG)
            for name in screen.tracks:
                track = await subscribe(carol, MALLORY, name)
                screen.publish(plain, sealed(name, ctr=1), plain, sealed(name, ctr=2), track=name).finish()
                group = await next_group(track)
                received = [await next_object(group) for _ in range(3)]
                assert received == [sealed(name, ctr=1), sealed(name, ctr=2), None]
    assert "4 objects, 800 bytes, 4 dropped" in caplog.text


@pytest.mark.parametrize("size_bytes", [100, 4 * pace.OBJECT_BYTES])
async def test_a_flood_of_objects_is_slowed_down_and_holds_up_no_voice(
    stage: MakeStage, size_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "OBJECTS_PER_S", 40.0)
    monkeypatch.setattr(pace, "OBJECTS_BURST", 20.0)
    each = max(1, size_bytes / pace.OBJECT_BYTES)
    async with stage() as at:
        at.enter(ALICE, BOB, CAROL, MALLORY)
        async with at.connect(MALLORY) as mallory, at.connect(ALICE) as alice, at.connect(BOB) as bob:
            flood, voice = Publisher.on(mallory, MALLORY), Publisher.on(bob, BOB, "mic")
            flooded = await subscribe(alice, MALLORY)
            async with at.connect(CAROL) as carol:
                heard = await subscribe(carol, BOB, "mic")
                began_s = time.monotonic()
                flood.publish(*[sealed(ctr=ctr, size_bytes=size_bytes) for ctr in range(FLOOD_OBJECTS)])
                reading = asyncio.ensure_future(count_objects(await next_group(flooded)))
                for ctr in range(15):
                    voice.publish(sealed("mic", ctr=ctr), track="mic").finish()
                    assert await next_object(await next_group(heard)) == sealed("mic", ctr=ctr)
                    await asyncio.sleep(0.02)
                took_s = time.monotonic() - began_s
                reading.cancel()
                assert 0 < await reading <= (20 + 40 * took_s) / each + 1


async def count_objects(group: moq.GroupConsumer) -> int:
    """Return how many objects came until cancelled."""
    count = 0
    with suppress(asyncio.CancelledError):
        async for _ in group:
            count += 1
    return count


@pytest.mark.requirement(8)
async def test_only_tracks_of_the_protocol_exist(stage: MakeStage) -> None:
    async with stage() as at:
        at.enter(CAROL, MALLORY)
        async with at.connect(MALLORY) as mallory, at.connect(CAROL) as carol:
            screen = Publisher.on(mallory, MALLORY, "screen", "plain")
            screen.publish(JSON, track="plain")
            with pytest.raises(moq.Error):
                await (await subscribe(carol, MALLORY, "plain")).recv_group()


async def test_mallory_does_not_come_back_after_removal(stage: MakeStage) -> None:
    async with stage() as at:
        at.enter(CAROL, MALLORY)
        async with at.connect(MALLORY) as mallory, at.connect(CAROL) as carol:
            screen = Publisher.on(mallory, MALLORY)
            track = await subscribe(carol, MALLORY)
            screen.publish(sealed())
            await next_group(track)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(announcements(carol, MALLORY, "there", "gone"))
                await subscribe(carol, MALLORY)
                at.put_out(MALLORY)
            await closed(mallory)
            assert at.is_refusal(await refusal(at.connect(MALLORY)))
            with pytest.raises(moq.Error):
                await carol.request_broadcast(path_of(MALLORY))


async def test_whoever_is_put_out_during_the_handshake_is_out(stage: MakeStage) -> None:
    async with stage() as at:
        at.enter(CAROL, MALLORY)
        is_present, asked = at.relay._is_present, []

        def until_asked_twice(*who: object) -> bool:
            asked.append(who)
            return len(asked) == 1 and is_present(*who)  # type: ignore[arg-type]

        at.relay._is_present = until_asked_twice
        await refusal(at.connect(MALLORY))
        assert len(asked) == 2
