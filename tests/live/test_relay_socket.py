"""The relay's WebSocket on the live port: who may open one, and what mallory sends on it instead of records."""

from __future__ import annotations

import asyncio
import itertools
import random
import socket as tcp
from collections import Counter
from contextlib import AsyncExitStack
from typing import Any

import moq
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin

from conclave.live import relay_socket
from conclave.live.limits import MAX_WAITING_PER_ADDRESS
from conclave.live.server import SUBPROTOCOL
from conclave.relay import MAX_RECORD_BYTES, bridge
from conclave.relay.session import MAX_OPEN_SESSIONS
from tests.fakes import ALICE, BOB, CAROL, MALLORY, ROOM
from tests.live.qmux import number, stream
from tests.live.relay_cast import PATIENCE_S, Publisher, Stage, next_group, next_object, sealed, subscribe
from tests.live.room_cast import closing_code
from tests.live.socket_cast import SocketStage, socket_stage

pytestmark = pytest.mark.asyncio

TRANSPORT_PARAMETERS = number(0x3F5153300D0A0D0A)
OUR_STREAM = 1
"""The first that the browser's role opens: bidirectional."""
OUR_GROUP = 3
"""The same, unidirectional."""
OPEN = number(0x01) + number(2**29)
"""Begins a message that is never finished, so that its stream remains open."""


def parameters() -> bytes:
    """Limits that let the library send whatever it wants."""
    limits = b"".join(number(kind) + number(4) + number(1 << 29) for kind in (0x04, 0x05, 0x06, 0x07, 0x08, 0x09))
    return TRANSPORT_PARAMETERS + number(len(limits)) + limits


async def quiet(at: Stage) -> None:
    """Return once the relay holds no session any more."""
    async with asyncio.timeout(PATIENCE_S):
        while any(room._sessions or room._open for room in at.relay._rooms.values()):  # noqa: ASYNC110 - nobody tells us
            await asyncio.sleep(0.01)


async def code_of(socket: ClientConnection) -> int:
    """Return with which code the server closes a socket, whatever it sends before."""
    return await closing_code(socket)


# --- opening ---


@pytest.mark.parametrize("origin", [None, "http://mallory.example", "http://127.0.0.1:1", "null"])
async def test_pages_of_other_origins_cannot_connect(origin: str | None) -> None:
    async with socket_stage() as at:
        at.enter(MALLORY)
        with pytest.raises(InvalidStatus) as refused:
            async with at.dial(at.query(MALLORY), origin=None if origin is None else Origin(origin)):
                pass
        assert refused.value.response.status_code == 403


@pytest.mark.parametrize("subprotocols", [None, [SUBPROTOCOL]])
async def test_without_its_own_subprotocol_nobody_connects(subprotocols: list[str] | None) -> None:
    async with socket_stage() as at:
        with pytest.raises(InvalidStatus) as refused:
            async with at.dial(None, subprotocols=subprotocols):
                pass
        assert refused.value.response.status_code == 400


async def test_a_ticket_in_the_address_counts_for_nothing() -> None:
    async with socket_stage() as at:
        at.enter(MALLORY)
        async with at.dial("", room=f"{ROOM}?{at.query(MALLORY)}") as mallory:
            assert await code_of(mallory) == 4403


@pytest.mark.parametrize("first", [b"jwt=x", "", "x" * 100_000], ids=["bytes", "empty", "long"])
async def test_who_does_not_say_who_they_are_is_refused(first: Any) -> None:
    async with socket_stage() as at, at.dial(first) as mallory:
        assert await code_of(mallory) == 4403


async def test_who_says_nothing_is_put_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_socket, "FIRST_MESSAGE_TIMEOUT_S", 0.1)
    async with socket_stage() as at, at.dial(None) as mallory:
        assert await code_of(mallory) == 4403


async def test_sockets_that_were_not_admitted_are_bounded() -> None:
    async with socket_stage() as at, AsyncExitStack() as sockets:
        at.enter(ALICE, BOB)
        for who in (ALICE, BOB):  # those count no more
            socket = await sockets.enter_async_context(at.dial(at.query(who)))
            async with asyncio.timeout(PATIENCE_S):
                await socket.recv()
        for _ in range(MAX_WAITING_PER_ADDRESS):
            await sockets.enter_async_context(at.dial(None))
        with pytest.raises((OSError, EOFError, ConnectionClosed, Exception)):
            await sockets.enter_async_context(at.dial(None))


async def test_a_participant_cannot_hold_many_sessions() -> None:
    async with socket_stage() as at, AsyncExitStack() as sockets:
        at.enter(MALLORY, CAROL)
        dials = (sockets.enter_async_context(at.dial(at.query(MALLORY))) for _ in range(3 * MAX_OPEN_SESSIONS))
        opened = await asyncio.gather(*dials)
        closing = [asyncio.ensure_future(code_of(socket)) for socket in opened]
        await asyncio.wait(closing, timeout=PATIENCE_S / 2)
        codes = Counter(each.result() for each in closing if each.done() and each.exception() is None)
        assert codes == {4429: 2 * MAX_OPEN_SESSIONS, 4000: MAX_OPEN_SESSIONS - 1}
        assert sum(len(room._sessions) for room in at.relay._rooms.values()) <= 1
        async with at.connect(CAROL):
            pass


# --- the way around the bridge ---


@pytest.mark.parametrize("path", ["/", "/relay/481516234", "/" + "A" * 43])
async def test_the_librarys_own_address_lets_nobody_in(path: str) -> None:
    async with socket_stage() as at:
        at.enter(MALLORY)
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://127.0.0.1:{at.relay._bridge.port}{path}", subprotocols=[bridge.WIRE], proxy=None)
        assert refused.value.response.status_code == 404


async def test_an_address_of_the_library_serves_once(monkeypatch: pytest.MonkeyPatch) -> None:
    paths: list[str] = []
    token_urlsafe = bridge.secrets.token_urlsafe
    monkeypatch.setattr(bridge.secrets, "token_urlsafe", lambda size: paths.append(token_urlsafe(size)) or paths[-1])
    async with socket_stage() as at:
        at.enter(ALICE)
        async with at.dial(at.query(ALICE)) as alice:
            await alice.recv()
            address = f"ws://127.0.0.1:{at.relay._bridge.port}/{paths[0]}"
            with pytest.raises(InvalidStatus):
                await connect(address, subprotocols=[bridge.WIRE], proxy=None)


# --- what is no QMux ---


def garbage() -> bytes:
    return random.Random(1).randbytes(500)  # noqa: S311 - the same every time


BAD_RECORDS: dict[str, list[Any]] = {
    "text": ["hello"],
    "too long": [bytes(MAX_RECORD_BYTES + 1)],
    "garbage": [garbage()],
    "half a number": [b"\xc0"],
    "an unknown frame": [parameters(), number(0x7F)],
    "longer than itself": [parameters(), number(0x0E) + number(OUR_STREAM) + number(0) + number(5000) + b"x"],
    "streams without end": [parameters(), *(stream(4 * index + OUR_STREAM, OPEN[:1]) for index in range(5000))],
    "a stream far away": [parameters(), stream(4 * 10**9 + 1, b"\0")],
    "more than the window": [
        parameters(),
        stream(OUR_GROUP, OPEN),
        *(stream(OUR_GROUP, bytes(16_000), offset=5 + 16_000 * index) for index in range(500)),
    ],
}


def is_no_record(message: str | bytes) -> bool:
    return isinstance(message, str) or len(message) > MAX_RECORD_BYTES


@pytest.mark.parametrize("records", BAD_RECORDS.values(), ids=BAD_RECORDS.keys())
async def test_bad_records_end_their_own_session_only(records: list[Any]) -> None:
    async with socket_stage() as at:
        at.enter(ALICE, BOB, MALLORY)
        async with at.connect(BOB) as bob, at.connect(ALICE) as alice, at.dial(at.query(MALLORY)) as mallory:
            screen = Publisher.on(bob, BOB)
            track = await subscribe(alice, BOB)
            try:
                for record in records:
                    await mallory.send(record)
            except ConnectionClosed:
                pass
            assert await code_of(mallory) == (4400 if is_no_record(records[0]) else 4000)
            screen.publish(sealed(ctr=1))
            assert await next_object(await next_group(track)) == sealed(ctr=1)


async def test_a_device_that_reads_nothing_delays_nobody_and_is_put_out() -> None:
    async with socket_stage(ping_interval=0.5, ping_timeout=1.0) as at:
        at.enter(ALICE, BOB, CAROL)
        async with at.connect(BOB) as bob, at.connect(ALICE) as alice, AsyncExitStack() as stack:
            screen = Publisher.on(bob, BOB)
            track = await subscribe(alice, BOB)
            stalled = await stalled_viewer(at, stack)
            for ctr in range(100):
                screen.publish(sealed(ctr=ctr, size_bytes=60_000)).finish()
                assert await next_object(await next_group(track)) == sealed(ctr=ctr, size_bytes=60_000)
            async with asyncio.timeout(PATIENCE_S):
                while CAROL.participant in at.relay._rooms[ROOM]._sessions:  # noqa: ASYNC110 - nobody tells us
                    await asyncio.sleep(0.05)
            assert stalled


async def test_a_record_that_is_stuck_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_socket, "SEND_TIMEOUT_S", 0.01)

    class Stuck:
        async def send(self, _record: bytes) -> None:
            await asyncio.Event().wait()

    device = relay_socket.RelaySocket(Stuck())  # type: ignore[arg-type]
    async with asyncio.timeout(PATIENCE_S):
        assert not await device.send(b"x")
    assert device.code == 4408


async def test_a_flood_from_a_device_that_reads_nothing_ends() -> None:
    async with socket_stage() as at:
        at.enter(MALLORY)
        async with at.dial(at.query(MALLORY), ping_interval=None) as mallory:
            await mallory.send(parameters())
            mallory.transport.pause_reading()
            with pytest.raises(ConnectionClosed):
                await flood(mallory)


async def flood(mallory: ClientConnection) -> None:
    """Open streams that are each answered with an error."""
    async with asyncio.timeout(2 * PATIENCE_S):
        for first in itertools.count(0, 5):
            streams = (stream(4 * index + OUR_STREAM, b"\0") for index in range(first, first + 5))
            await mallory.send(b"".join(streams))
            await asyncio.sleep(0)


async def stalled_viewer(at: SocketStage, stack: AsyncExitStack) -> moq.TrackConsumer:
    """Carol subscribes to bob's screen, and then her computer takes nothing more from its socket."""
    client = await stack.enter_async_context(at.connect(CAROL))
    track = await subscribe(client, BOB)
    wire = at.browsers[-1].transport
    wire.get_extra_info("socket").setsockopt(tcp.SOL_SOCKET, tcp.SO_RCVBUF, 4096)
    wire.pause_reading()
    return track


async def test_sockets_end_with_the_relay() -> None:
    async with AsyncExitStack() as stack:
        async with socket_stage() as at:
            at.enter(ALICE)
            alice = await stack.enter_async_context(at.dial(at.query(ALICE)))
            await alice.recv()
        assert await code_of(alice) in (1001, 4000)


async def test_a_socket_that_breaks_leaves_nothing() -> None:
    async with socket_stage() as at:
        at.enter(ALICE, BOB)
        async with at.connect(BOB) as bob:
            screen = Publisher.on(bob, BOB)
            async with at.dial(at.query(ALICE)) as alice:
                await alice.recv()
                alice.transport.abort()
            assert screen
        await quiet(at)
        assert at.relay._bridge._expected == {}
