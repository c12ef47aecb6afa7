"""The live port's way to the relay for devices that UDP does not reach (docs/protocol/media.md, "Without UDP")."""

from __future__ import annotations

import asyncio
import socket as tcp
from collections.abc import Callable
from typing import Protocol

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from conclave.live.outbox import SEND_TIMEOUT_S, close_socket
from conclave.live.tcp_info import count_tcp
from conclave.record import Link
from conclave.relay import MAX_RECORD_BYTES, DeviceSocket, Refused
from conclave.rooms.messages import CloseCode

RELAY_SUBPROTOCOL = Subprotocol("conclave.relay.1")
RELAY_PATH = "/relay/"
"""With the number of the room after it."""
FIRST_MESSAGE_TIMEOUT_S = 10.0
"""As long as the room socket waits for `enter`."""
MAX_UNSENT_BYTES = 64 * 1024
"""What the kernel holds back beside what is on its way: anything there delays newer pictures, and chat of the room."""

_CODES = {401: CloseCode.TICKET, 403: CloseCode.FORBIDDEN, 503: CloseCode.LIMITED}


class RelayDoor(Protocol):
    """What a relay socket asks of the relay."""

    async def serve_socket(
        self, device: DeviceSocket, *, path: str, query: str, admitted: Callable[[], None]
    ) -> None: ...


class RelaySocket:
    """A device's WebSocket, once it has said who it is."""

    def __init__(self, socket: ServerConnection) -> None:
        self.code = CloseCode.LEFT
        self._socket = socket

    async def receive(self) -> bytes | None:
        """Return the next record, or None when there are no more."""
        try:
            message = await self._socket.recv()
        except ConnectionClosed:
            return None
        if isinstance(message, bytes) and len(message) <= MAX_RECORD_BYTES:
            return message
        self.code = CloseCode.MALFORMED
        return None

    async def send(self, record: bytes) -> bool:
        """Send a record; False when the device is gone or takes no more: no ping passes a record that is stuck."""
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await self._socket.send(record)
        except ConnectionClosed:
            return False
        except TimeoutError:
            self.code = CloseCode.SLOW
            return False
        return True

    def count(self) -> Link | None:
        """Return what the kernel counted of the connection; None when it is over, or on another system than Linux."""
        return count_tcp(self._socket.transport.get_extra_info("socket"))


def is_relay_path(path: str) -> bool:
    """Whether an address of the live port is one of the relay's."""
    return path.startswith(RELAY_PATH)


def is_relay_socket(socket: ServerConnection) -> bool:
    """Whether a connection, once its request is there, asks for the relay."""
    return is_relay_path(_path(socket))


async def serve_relay_socket(socket: ServerConnection, relay: RelayDoor, admitted: Callable[[], None]) -> None:
    """Serve one device until either side is done."""
    device = RelaySocket(socket)
    _hold_little_back(socket)
    try:
        query = await _first_message(socket)
        await relay.serve_socket(device, path=_path(socket).removeprefix(RELAY_PATH), query=query, admitted=admitted)
    except Refused as refused:
        device.code = _CODES[refused.code]
    except ConnectionClosed:
        return
    await close_socket(socket, device.code)


async def _first_message(socket: ServerConnection) -> str:
    try:
        async with asyncio.timeout(FIRST_MESSAGE_TIMEOUT_S):
            message = await socket.recv()
    except TimeoutError:
        return ""
    return message if isinstance(message, str) else ""


def _path(socket: ServerConnection) -> str:
    return "" if socket.request is None else socket.request.path


def _hold_little_back(socket: ServerConnection) -> None:
    option = getattr(tcp, "TCP_NOTSENT_LOWAT", None)
    if option is not None:
        socket.transport.get_extra_info("socket").setsockopt(tcp.IPPROTO_TCP, option, MAX_UNSENT_BYTES)
