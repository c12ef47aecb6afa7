"""The same cast as in `relay_cast`, at the same relay, but over WebSockets to the live port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import moq
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from conclave.instance import Instance
from conclave.live.relay_socket import RELAY_SUBPROTOCOL
from conclave.live.run import listen
from conclave.live.server import Clocks, RoomServer
from conclave.rooms.node import Node
from conclave.ticket import RoomId
from tests.fakes import NOW_UNIX_S, ROOM, SITE_KEY, Clock, Person
from tests.live import relay_cast
from tests.live.qmux import flip_stream_ids
from tests.live.room_cast import free_port

WIRE = Subprotocol("qmux-01.moq-lite-05")


@dataclass
class SocketStage(relay_cast.Stage):
    """A running relay behind a live port; everybody comes by WebSocket."""

    instance: Instance = field(default_factory=lambda: Instance(data="unused"))
    codes: list[int] = field(default_factory=list)
    """With which codes sockets were closed by the server."""
    browsers: list[ClientConnection] = field(default_factory=list)
    """The sockets of those who connected, in order."""

    def url(self, query: str, *, room: str = ROOM) -> str:
        return f"{room}?{query}"

    def is_refusal(self, error: moq.Error) -> bool:
        return self.codes[-1] in (4401, 4403)

    @asynccontextmanager
    async def dial(self, query: str | None, *, room: str = ROOM, **settings: Any) -> AsyncIterator[ClientConnection]:
        """Open a socket as a browser does, and say who it is."""
        usual: dict[str, Any] = {
            "origin": Origin(self.instance.site_origin),
            "subprotocols": [RELAY_SUBPROTOCOL],
            "compression": None,
            "proxy": None,
            "close_timeout": 0.5,
        }
        address = self.instance.live_url.replace("/room", f"/relay/{room}")
        async with connect(address, **(usual | settings)) as connection:
            if query is not None:
                await connection.send(query)
            yield connection

    @asynccontextmanager
    async def connect(
        self,
        person: Person,
        *,
        room: RoomId = ROOM,
        url: str | None = None,
        fingerprint: str | None = None,
        is_recorded: bool = False,
    ) -> AsyncIterator[moq.Client]:
        query = self.query(person, room=room, is_recorded=is_recorded)
        path, _, query = (url or self.url(query, room=room)).partition("?")

        async def carry(library: ServerConnection) -> None:
            async with self.dial(query, room=path) as browser:
                self.browsers.append(browser)
                ways = (_carry(library, browser), _carry(browser, library))
                await asyncio.wait([asyncio.ensure_future(way) for way in ways], return_when=asyncio.FIRST_COMPLETED)
            self.codes.append(browser.close_code or 0)

        async with serve(carry, "127.0.0.1", 0, subprotocols=[WIRE], compression=None, close_timeout=0.5) as adapter:
            port = adapter.sockets[0].getsockname()[1]
            client = moq.connect(
                f"ws://127.0.0.1:{port}/",
                reconnect=False,
                publish=moq.OriginProducer(),
                subscribe=moq.OriginProducer(),
            )
            async with client:
                yield client


async def _carry(source: Any, target: Any) -> None:
    with suppress(ConnectionClosed):
        async for record in source:
            await target.send(flip_stream_ids(record))


@asynccontextmanager
async def socket_stage(**settings: Any) -> AsyncIterator[SocketStage]:
    """A relay and a live port on free ports."""
    instance = Instance(data="unused", host="127.0.0.1", port=free_port(), live_port=free_port())
    async with relay_cast.stage() as at, AsyncExitStack() as stack:
        rooms = RoomServer(
            Node(),
            ticket_key=SITE_KEY.public_key(),
            relay=at.relay,
            relay_url=instance.relay_url,
            report=lambda _room, _event: None,
            remember=lambda _change: None,
            clocks=Clocks(Clock(), lambda: NOW_UNIX_S),
        )
        server = await listen(instance, rooms, **settings)
        stack.push_async_callback(server.wait_closed)
        stack.callback(server.close)
        yield SocketStage(at.relay, at.now, at.recorded, at.present, at.denied, instance)
