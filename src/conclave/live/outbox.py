"""What waits to be sent to one device: bounded in bytes and in time, so that one slow reader holds up nobody."""

from __future__ import annotations

import asyncio
from collections import deque

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from conclave.rooms.messages import CloseCode

MAX_WAITING_BYTES = 4 * 1024 * 1024
"""A roster of 250 with its key packages, twice; a reader that far behind is better off coming back."""
SEND_TIMEOUT_S = 15.0
"""As long as presence waits: a socket that takes nothing for so long is lost."""
CLOSE_TIMEOUT_S = 2.0
"""For what is waiting and the closing handshake; then the connection is cut."""


class Outbox:
    """The queue of one socket, and the task that empties it."""

    def __init__(self) -> None:
        self._texts: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._changed = asyncio.Event()
        self._code: CloseCode | None = None
        self._timeout: asyncio.Timeout | None = None

    @property
    def is_closed(self) -> bool:
        return self._code is not None

    def put(self, text: bytes) -> bool:
        """Queue a message; False, and nothing queued, when too much is waiting."""
        if self._waiting_bytes + len(text) > MAX_WAITING_BYTES:
            return False
        self._texts.append(text)
        self._waiting_bytes += len(text)
        self._changed.set()
        return True

    def close(self, code: CloseCode) -> None:
        """Send what is waiting, then close, all within `CLOSE_TIMEOUT_S`; a slow reader gets no more."""
        if self._code is not None:
            return
        self._code = code
        if code is CloseCode.SLOW:
            self._texts.clear()
        if self._timeout is not None:
            self._timeout.reschedule(asyncio.get_running_loop().time() + CLOSE_TIMEOUT_S)
        self._changed.set()

    async def run(self, socket: ServerConnection) -> None:
        """Send until `close`, or until the socket takes no more; then close the socket."""
        try:
            async with asyncio.timeout(None) as self._timeout:
                await self._send_all(socket)
        except (ConnectionClosed, TimeoutError):
            pass
        finally:
            await close_socket(socket, self._code or CloseCode.SLOW)

    async def _send_all(self, socket: ServerConnection) -> None:
        while True:
            while self._texts:
                text = self._texts.popleft()
                self._allow(SEND_TIMEOUT_S)
                await socket.send(text, text=True)
                self._waiting_bytes -= len(text)
                self._allow(None)
            if self.is_closed:
                return
            self._changed.clear()
            await self._changed.wait()

    def _allow(self, time_s: float | None) -> None:
        """Limit what comes next, unless `close` has already set the last deadline."""
        if self._timeout is not None and not self.is_closed:
            self._timeout.reschedule(None if time_s is None else asyncio.get_running_loop().time() + time_s)


async def close_socket(socket: ServerConnection, code: CloseCode) -> None:
    """Close with a code, and cut the connection when that takes too long."""
    try:
        async with asyncio.timeout(CLOSE_TIMEOUT_S):
            await socket.close(code, code.name.lower())
    except TimeoutError:
        pass
    finally:
        socket.transport.abort()
