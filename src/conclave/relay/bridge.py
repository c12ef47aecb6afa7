"""Serves devices that come over a WebSocket: the library's own end of such a connection only dials.

So it dials an address on this computer, known to nobody else, and what it sends there is carried to the device and
back, record by record. Nothing here looks into them; the library checks what a device sends, as it does over QUIC.
"""

from __future__ import annotations

import logging
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import Any, Protocol, cast

import moq
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from conclave.record import Link
from conclave.relay.forwarding import first_of

WIRE = Subprotocol("qmux-01.moq-lite-05")
"""What both ends speak: MoQ on the streams of QMux."""
MAX_RECORD_BYTES = 16_384
"""The library accepts records of 16,382 bytes (QMux, `max_record_size`) and sends none that are larger."""
MAX_QUEUED_RECORDS = 4
"""Read ahead in either direction; the rest waits where it came from, which QMux's flow control bounds."""
LOOPBACK = "127.0.0.1"

_QUICK_ACK = getattr(socket, "TCP_QUICKACK", None)

_log = logging.getLogger("conclave.relay.bridge.websocket")
_log.setLevel(logging.ERROR)  # below that it quotes the secret address


class DeviceSocket(Protocol):
    """A device's connection, as far as the relay needs it."""

    async def receive(self) -> bytes | None:
        """Return the next record, or None when there are no more."""

    async def send(self, record: bytes) -> bool:
        """Send a record; False when the device takes no more."""

    def count(self) -> Link | None:
        """Return what its connection has carried so far; None when nobody knows."""


class Bridge:
    """Joins devices' connections to sessions of the library, while it is open."""

    def __init__(self) -> None:
        self._expected: dict[str, DeviceSocket] = {}
        self.port = 0
        """Of the loopback address; only the library has business there."""

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Listen for the library; connections end with the context."""
        settings: dict[str, Any] = {
            "process_request": self._expect,
            "subprotocols": [WIRE],
            "create_connection": _PromptConnection,
            "compression": None,
            "ping_interval": None,
            "max_size": MAX_RECORD_BYTES,
            "max_queue": MAX_QUEUED_RECORDS,
            "logger": _log,
        }
        async with serve(_join, LOOPBACK, 0, **settings) as server:
            self.port = server.sockets[0].getsockname()[1]
            yield

    @asynccontextmanager
    async def session(
        self, device: DeviceSocket, *, publish: moq.OriginProducer, subscribe: moq.OriginProducer
    ) -> AsyncIterator[moq.Session]:
        """Yield the MoQ session with the device behind `device`; raises `moq.Error` when none comes about."""
        path = f"/{secrets.token_urlsafe(32)}"
        client = moq.connect(
            f"ws://{LOOPBACK}:{self.port}{path}",
            bind=f"{LOOPBACK}:0",  # it opens a UDP socket, too, which nobody uses
            reconnect=False,
            publish=publish,
            subscribe=subscribe,
        )
        self._expected[path] = device
        try:
            async with client:
                yield cast("moq.Session", client.session)
        finally:
            self._expected.pop(path, None)

    def _expect(self, connection: ServerConnection, request: Request) -> Response | None:
        device = self._expected.pop(request.path, None)
        if device is None or not isinstance(connection, _PromptConnection):
            return connection.respond(HTTPStatus.NOT_FOUND, "")
        connection.device = device
        return None


async def _to_device(connection: ServerConnection, device: DeviceSocket) -> None:
    with suppress(ConnectionClosed):
        async for record in connection:
            if not (isinstance(record, bytes) and await device.send(record)):
                return


async def _from_device(device: DeviceSocket, connection: ServerConnection) -> None:
    with suppress(ConnectionClosed):
        while (record := await device.receive()) is not None:
            await connection.send(record)


class _PromptConnection(ServerConnection):
    """Acknowledges at once: the library waits for that before it sends the next small record, up to 40 ms."""

    device: DeviceSocket
    """Whom it is joined with."""

    def data_received(self, data: bytes) -> None:
        if _QUICK_ACK is not None:  # the kernel forgets it after a while
            self.transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, _QUICK_ACK, 1)
        super().data_received(data)


async def _join(connection: ServerConnection) -> None:
    """Carry records both ways until either end is done."""
    if isinstance(connection, _PromptConnection):
        await first_of(_to_device(connection, connection.device), _from_device(connection.device, connection))
    connection.transport.abort()  # the library answers no closing handshake
