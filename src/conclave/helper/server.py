"""The loopback socket: one page at a time, checked before a word is exchanged (docs/protocol/control.md)."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from http import HTTPStatus
from typing import Protocol

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from conclave.control import MAX_INPUT_BYTES
from conclave.helper.messages import (
    SUBPROTOCOL,
    CloseCode,
    HelperMessage,
    LaterMessage,
    MalformedMessage,
    Pair,
    Resume,
    decode_message,
    encode_message,
)
from conclave.helper.pairing import FIRST_PORT, PORTS, Admitted, Pairing

LOOPBACK = "127.0.0.1"
FIRST_MESSAGE_TIMEOUT_S = 10.0
MAX_UNSENT = 64
"""Messages that wait for a page that does not read; it gets a handful a second."""
MAX_SOCKETS = 8
"""Connections that have not said a first message yet; a page opens one."""
MAX_QUEUED_MESSAGES = 16
"""Read ahead per socket."""
CLOSE_TIMEOUT_S = 1.0
PING_INTERVAL_S = 5.0

_log = logging.getLogger("conclave.helper.websocket")
_log.setLevel(logging.CRITICAL)  # it quotes addresses and messages


class NoPort(Exception):
    """All ports are taken."""


def open_port(number: int | None = None) -> socket.socket:
    """Return the first free port of the protocol's, or the one that is asked for; raises `NoPort`."""
    for each in [number] if number is not None else range(FIRST_PORT, FIRST_PORT + PORTS):
        opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        # So a helper can start again at once. On Windows that option would let others in; its opposite keeps them out.
        option = getattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_REUSEADDR)
        opened.setsockopt(socket.SOL_SOCKET, option, 1)
        try:
            opened.bind((LOOPBACK, each))
            opened.listen()
        except OSError:
            opened.close()
        else:
            return opened
    raise NoPort


class Desk(Protocol):
    """Who deals with what a page says."""

    def connected(self, page: Admitted, send: Callable[[HelperMessage], None]) -> None:
        """Begin to serve a page."""

    def received(self, message: LaterMessage | bytes) -> None:
        """Deal with one message of the page, or one input."""

    def disconnected(self) -> None:
        """Note that the page is gone."""

    def code_changed(self) -> None:
        """Show the pairing code as it is now."""


class Loopback:
    """Lets pages in and hands what they say to the desk."""

    def __init__(self, pairing: Pairing, desk: Desk) -> None:
        self._pairing, self._desk = pairing, desk
        self._current: ServerConnection | None = None
        self._waiting = 0
        self._port = 0

    async def listen(self, port: socket.socket) -> Server:
        """Serve pages on an open port."""
        self._port = port.getsockname()[1]
        return await serve(
            self._serve_socket,
            sock=port,
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            process_request=self._check,
            compression=None,
            server_header=None,
            max_size=MAX_INPUT_BYTES,
            max_queue=MAX_QUEUED_MESSAGES,
            ping_interval=PING_INTERVAL_S,
            close_timeout=CLOSE_TIMEOUT_S,
            logger=_log,
        )

    def _check(self, connection: ServerConnection, request: Request) -> Response | None:
        """Refuse what is no page that may speak to us; a Host of another name is a page's trick with DNS."""
        hosts, origins = (request.headers.get_all(name) for name in ("Host", "Origin"))
        is_ours = len(hosts) == 1 and hosts[0] in (f"{LOOPBACK}:{self._port}", f"localhost:{self._port}")
        if not is_ours or len(origins) != 1 or not self._pairing.hears(origins[0]) or request.path != "/":
            return connection.respond(HTTPStatus.FORBIDDEN, "forbidden\n")
        if self._waiting >= MAX_SOCKETS:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "too many\n")
        return None

    async def _serve_socket(self, peer: ServerConnection) -> None:
        if peer.subprotocol is None:
            return await _close(peer, CloseCode.MALFORMED)
        page = await self._admit(peer)
        if isinstance(page, CloseCode):
            return await _close(peer, page)
        before, self._current = self._current, peer
        if before is not None:
            self._desk.disconnected()
            await _close(before, CloseCode.REPLACED)
        return await self._serve_page(peer, page)

    async def _admit(self, peer: ServerConnection) -> Admitted | CloseCode:
        self._waiting += 1
        try:
            async with asyncio.timeout(FIRST_MESSAGE_TIMEOUT_S):
                first = decode_message(_as_text(await peer.recv()))
        except TimeoutError:
            return CloseCode.SLOW
        except (MalformedMessage, ConnectionClosed):
            return CloseCode.MALFORMED
        finally:
            self._waiting -= 1
        if not isinstance(first, Pair | Resume):
            return CloseCode.MALFORMED
        admitted = self._pairing.enter(first, origin=peer.request.headers["Origin"] if peer.request else "")
        self._desk.code_changed()
        return admitted

    async def _serve_page(self, peer: ServerConnection, page: Admitted) -> None:
        outbox = Outbox(peer)
        try:
            async with asyncio.TaskGroup() as tasks:
                sending = tasks.create_task(outbox.run(), name="send")
                self._desk.connected(page, outbox.put)
                code = await self._receive(peer)
                sending.cancel()
        finally:
            if self._current is peer:
                self._current = None
                self._pairing.leave()
                self._desk.disconnected()
                self._desk.code_changed()
        await _close(peer, code)

    async def _receive(self, peer: ServerConnection) -> CloseCode:
        """Hand over what comes; return how to close."""
        try:
            async for data in peer:
                if self._current is not peer:
                    return CloseCode.REPLACED
                message = data if isinstance(data, bytes) else decode_message(data)
                if isinstance(message, Pair | Resume):
                    return CloseCode.MALFORMED
                self._desk.received(message)
        except MalformedMessage:
            return CloseCode.MALFORMED
        except ConnectionClosed:
            pass
        return CloseCode.SLOW


class Outbox:
    """What waits to be sent to a page; a page that does not read is closed."""

    def __init__(self, peer: ServerConnection) -> None:
        self._peer = peer
        self._messages: asyncio.Queue[HelperMessage] = asyncio.Queue(MAX_UNSENT)

    def put(self, message: HelperMessage) -> None:
        """Send a message, in order."""
        try:
            self._messages.put_nowait(message)
        except asyncio.QueueFull:
            self._peer.transport.abort()

    async def run(self) -> None:
        """Send until cancelled or closed."""
        try:
            while True:
                await self._peer.send(encode_message(await self._messages.get()))
        except ConnectionClosed:
            return


def _as_text(data: str | bytes) -> str:
    if isinstance(data, bytes):
        raise MalformedMessage("not text")
    return data


async def _close(peer: ServerConnection, code: CloseCode) -> None:
    await peer.close(code, code.name.lower())
