"""What a participant may not show or say reaches nobody, whatever their client does: over both ways."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import moq
import pytest

from conclave import ticket
from conclave.instance import Instance
from conclave.live.run import listen
from conclave.live.server import Clocks, RoomServer
from conclave.relay import Relay
from conclave.relay.envelope import CATALOG
from conclave.relay.forwarding import NEEDED
from conclave.rooms.node import Node
from conclave.ticket import Grant
from tests.fakes import ALICE, CAROL, MALLORY, NOW_UNIX_S, ROOM, SITE_KEY, Clock, Person
from tests.live.relay_cast import PATIENCE_S, MakeStage, Publisher, next_group, next_object, sealed, subscribe
from tests.live.room_cast import FakeRelay, Guest, Live, enter, free_port

pytestmark = pytest.mark.asyncio

MOMENT_S = 0.2
"""In which what must not come would come."""


@pytest.mark.parametrize(("track", "grant"), NEEDED.items())
async def test_mallory_publishes_what_she_may_not_and_nobody_gets_it(
    stage: MakeStage, track: str, grant: Grant, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "conclave.relay")
    async with stage() as at:
        at.enter(CAROL, MALLORY)
        at.deny(MALLORY, grant)
        async with at.connect(MALLORY) as mallory, at.connect(CAROL) as carol:
            broadcast = Publisher.on(mallory, MALLORY, track, CATALOG)
            forbidden, allowed = await subscribe(carol, MALLORY, track), await subscribe(carol, MALLORY, CATALOG)
            broadcast.publish(sealed(track), sealed(track, ctr=1), track=track).finish()
            broadcast.publish(sealed(CATALOG), track=CATALOG).finish()
            assert await next_object(await next_group(allowed)) == sealed(CATALOG)
            assert await next_object(await next_group(forbidden)) is None
    assert "1 objects, 200 bytes, 2 dropped" in caplog.text


async def test_what_is_taken_back_stops_in_the_middle_and_is_forgotten(stage: MakeStage) -> None:
    async with stage() as at:
        at.enter(CAROL, MALLORY, ALICE)
        async with at.connect(MALLORY) as mallory, at.connect(CAROL) as carol, at.connect(ALICE) as alice:
            screen = Publisher.on(mallory, MALLORY)
            group = screen.publish(sealed())
            async with watching(carol, MALLORY) as carols:
                await until(lambda: carols == [sealed()])
                at.deny(MALLORY, "share")
                group.write_frame(sealed(ctr=1), 1)
                # Who comes now does not find what was shown before, and sees what is shown when it may be again.
                async with watching(alice, MALLORY) as alices:
                    await asyncio.sleep(MOMENT_S)
                    at.grant(MALLORY, "share")
                    screen.publish(sealed(ctr=2))
                    await until(lambda: carols == [sealed(), sealed(ctr=2)])
                    await until(lambda: alices == [sealed(ctr=2)])


@asynccontextmanager
async def watching(client: moq.Client, at: Person) -> AsyncIterator[list[bytes]]:
    """Yield what comes of a person's screen; asks again when it breaks off, as a browser does."""
    seen: list[bytes] = []

    async def read_group(group: moq.GroupConsumer) -> None:
        with suppress(moq.Error):
            async for frame in group:
                seen.append(frame.payload)

    async def read() -> None:
        while True:
            with suppress(moq.Error):
                async for group in (await subscribe(client, at)).groups_as_arrived():
                    reading.append(tasks.create_task(read_group(group)))

    async with asyncio.TaskGroup() as tasks:
        reading = [tasks.create_task(read())]
        yield seen
        for task in reading:
            task.cancel()


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():  # noqa: ASYNC110 - what others see is no event here
            await asyncio.sleep(0.01)


@asynccontextmanager
async def whole_node(folder: Path) -> AsyncIterator[Live]:
    """Rooms and relay together, as in `conclave live`: the relay asks the rooms."""
    instance = Instance(data=str(folder), host="127.0.0.1", port=free_port(), live_port=free_port())
    node, clocks = Node(), Clocks(Clock(), lambda: NOW_UNIX_S)
    relay = Relay(
        public_key=SITE_KEY.public_key(),
        host=instance.host,
        port=instance.live_port,
        cert=None,
        key=None,
        folder=instance.relay,
        is_present=node.has_device,
        may=node.may,
        clock=clocks.unix_s,
        report=lambda _room, _stretch: None,
    )
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(relay.run())
        await relay.ready()
        rooms = RoomServer(
            node,
            ticket_key=SITE_KEY.public_key(),
            relay=relay,
            relay_url=instance.relay_url,
            report=lambda _room, _event: None,
            remember=lambda _change: None,
            clocks=clocks,
        )
        server = await listen(instance, rooms)
        try:
            yield Live(instance, node, rooms, FakeRelay(relay.fingerprints), Clock(), server, [])
        finally:
            server.close()
            await server.wait_closed()
            running.cancel()


@asynccontextmanager
async def attending(live: Live, person: Person, bearer: str) -> AsyncIterator[tuple[Guest, moq.Client]]:
    """Enter the room and the relay."""
    url = f"{live.instance.relay_url}/{ROOM}?jwt={bearer}&device={person.device}"
    async with live.dial() as connection:
        guest = Guest(person, connection)
        await guest.say(**enter(person, ticket=bearer))
        await guest.hear("entered")
        publish, subscribe = moq.OriginProducer(), moq.OriginProducer()
        options = {"tls_fingerprints": live.relay.fingerprints, "websocket_enabled": False, "reconnect": False}
        async with moq.connect(url, publish=publish, subscribe=subscribe, **options) as client:
            yield guest, client


async def test_the_relay_follows_the_organizer_at_once(tmp_path: Path) -> None:
    """In a meeting where attendees may only write, mallory shares: with the role, without it, and again without."""
    may_write = replace(MALLORY.ticket(), grants=frozenset[Grant]({"chat"}))
    async with (
        whole_node(tmp_path) as live,
        attending(live, ALICE, str(ALICE.ticket_text())) as (alice, reader),
        attending(live, MALLORY, str(ticket.issue(SITE_KEY, may_write))) as (mallory, publisher),
    ):
        screen = Publisher.on(publisher, MALLORY)
        async with watching(reader, MALLORY) as seen:
            screen.publish(sealed()).finish()
            await asyncio.sleep(MOMENT_S)
            await appoint(alice, mallory, "presenter")
            screen.publish(sealed(ctr=1)).finish()
            await until(lambda: seen == [sealed(ctr=1)])
            await appoint(alice, mallory, "attendee")
            screen.publish(sealed(ctr=2)).finish()
            await asyncio.sleep(MOMENT_S)
            await appoint(alice, mallory, "presenter")
            screen.publish(sealed(ctr=3)).finish()
            await until(lambda: seen[1:] == [sealed(ctr=3)])


async def appoint(by: Guest, guest: Guest, role: str) -> None:
    await by.say(type="appoint", participant=guest.person.participant, role=role)
    await guest.hear("appointed")
