"""Serves MoQ sessions: a room's devices publish to it and subscribe to each other through it.

Devices come over QUIC to one UDP port, or over a WebSocket that the live port took for them.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TypeAlias

import moq
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from conclave.instance import LOOPBACK_HOSTS
from conclave.record import Link
from conclave.relay.admission import BUSY, Admitted, IsPresent, May, Refused, admit
from conclave.relay.bridge import Bridge, DeviceSocket
from conclave.relay.certificate import RotatingCertificate
from conclave.relay.forwarding import Forwarding
from conclave.relay.recorder import TICK_S, Clocks, Recorder, Report, count_quic
from conclave.relay.session import PUT_OUT, Room, Session
from conclave.ticket import DeviceId, RoomId

SESSION_CACHE_BYTES = 1024 * 1024
"""The same for what a session publishes, before it is copied into the room."""
MAX_HANDSHAKES = 256
"""Sessions that are being admitted at once: a full room and a few more that all come back after a restart."""
HANDSHAKE_TIMEOUT_S = 10.0
"""As long as the room socket waits for its first message."""
CERTIFICATE_CHECK_S = 600.0
"""How often the age of the certificate is looked at: a clock may jump, a computer sleep."""

Count: TypeAlias = Callable[[moq.Session], Link | None]
"""What the connection of a session has carried so far; None when nobody knows."""
Accept: TypeAlias = Callable[[moq.OriginProducer, moq.OriginProducer], Awaitable[moq.Session]]
"""Establishes a MoQ session that reads from the first origin and publishes into the second."""

_log = logging.getLogger(__name__)


class Relay:
    """The MoQ relay of a live node.

    With `cert` and `key` (PEM files) it serves that certificate and reads them again whenever the files change. With
    neither it generates one for `host` and renews it while it runs; open sessions go on undisturbed either way. What it
    generates is in `folder`, which has one relay at a time: what one that crashed has left, the next one replaces.
    """

    def __init__(  # noqa: PLR0913 - what a live node has, once
        self,
        *,
        public_key: Ed25519PublicKey,
        host: str,
        port: int,
        cert: str | None,
        key: str | None,
        folder: Path,
        is_present: IsPresent,
        may: May,
        clock: Callable[[], float],
        report: Report,
    ) -> None:
        self._public_key = public_key
        self._host = host
        self._port = port
        self._files = (cert, key) if cert and key else None
        self._folder = folder
        self._is_present = is_present
        self._may = may
        self._clock = clock
        self._report = report
        self._rooms: dict[RoomId, Room] = {}
        self._handshakes = 0
        self._certificate: RotatingCertificate | None = None
        self._bridge = Bridge()
        self._listening = asyncio.Event()

    async def run(self) -> None:
        """Serve until cancelled; raises `OSError` when it cannot listen."""
        async with AsyncExitStack() as stack:
            cert, key = stack.enter_context(self._tls_files())
            servers = [await self._listen(stack, address, cert, key) for address in _addresses(self._host)]
            await stack.enter_async_context(self._bridge.open())
            stack.callback(self._close_rooms)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._renew(), name="certificate")
                tasks.create_task(self._record(), name="record")
                for server in servers:
                    tasks.create_task(self._serve(server, tasks), name="server")
                self._listening.set()
                _log.info("relay listens on UDP port %d", self._port)

    async def ready(self) -> None:
        """Return once it listens."""
        await self._listening.wait()

    @property
    def port(self) -> int:
        """The UDP port it listens on, once it is ready."""
        return self._port

    @property
    def fingerprints(self) -> list[str]:
        """Hex SHA-256 of the generated certificate and of the next one; none with an ordinary certificate."""
        return [] if self._certificate is None else self._certificate.fingerprints

    def put_out(self, room: RoomId, device: DeviceId) -> None:
        """Close the session of a device, whose broadcast is gone from the room at once."""
        if room in self._rooms:
            self._rooms[room].put_out(device)

    def regrant(self, room: RoomId, device: DeviceId) -> None:
        """Stop carrying, at once, what a device may not publish any more."""
        if room in self._rooms:
            self._rooms[room].regrant(device)

    def close_room(self, room: RoomId) -> None:
        """Close all sessions of a room and forget everything that was sent in it."""
        if room in self._rooms:
            self._rooms.pop(room).close()

    def _close_rooms(self) -> None:
        for room in list(self._rooms):
            self.close_room(room)

    async def _listen(self, stack: AsyncExitStack, address: str, cert: str, key: str) -> moq.Server:
        server = moq.Server(f"{address}:{self._port}", tls_cert=[cert], tls_key=[key])
        try:
            await stack.enter_async_context(server)
        except moq.Error as error:
            raise OSError(f"cannot listen on UDP port {self._port} of {address}: {error}") from error
        self._port = int(server.local_addr.rpartition(":")[2])
        return server

    async def _serve(self, server: moq.Server, tasks: asyncio.TaskGroup) -> None:
        async for request in server:
            tasks.create_task(self._receive(request), name="session")

    async def serve_socket(self, device: DeviceSocket, *, path: str, query: str, admitted: Callable[[], None]) -> None:
        """Serve a device that came over a WebSocket, to its end, as if with this address; raises `Refused`."""
        async with AsyncExitStack() as stack:

            async def accept(publish: moq.OriginProducer, consume: moq.OriginProducer) -> moq.Session:
                session = self._bridge.session(device, publish=publish, subscribe=consume)
                return await stack.enter_async_context(session)

            await self._serve_session(path, query, accept, lambda _session: device.count(), admitted)

    async def _receive(self, request: moq.Request) -> None:
        """Admit one session and serve it to its end; whatever its peer does ends only this session."""
        try:
            await self._serve_session(request.path, request.query or "", partial(_accept_request, request), count_quic)
        except Refused as refusal:
            await _reject(request, refusal.code)

    async def _serve_session(
        self, path: str, query: str, accept: Accept, count: Count, admitted: Callable[[], None] = lambda: None
    ) -> None:
        try:
            who = admit(path, query, public_key=self._public_key, is_present=self._is_present, now=self._clock())
            room = self._rooms.setdefault(who.room, Room())
            with room.place(who.participant):
                session = await self._establish(who, room, accept, count)
                if session is not None:
                    admitted()
                    await session.run()
        except Refused as refusal:
            _log.info("session refused: %d", refusal.code)
            raise

    async def _establish(self, who: Admitted, room: Room, accept: Accept, count: Count) -> Session | None:
        """Return the session of whom was admitted; None when their side gave up."""
        if self._handshakes >= MAX_HANDSHAKES:
            raise Refused(BUSY)
        self._handshakes += 1
        source = moq.OriginProducer(cache_capacity_bytes=SESSION_CACHE_BYTES)
        try:
            async with asyncio.timeout(HANDSHAKE_TIMEOUT_S):
                moq_session = await accept(room.origin, source)
        except (moq.Error, TimeoutError):
            _log.info("session not established")
            return None
        finally:
            self._handshakes -= 1
        recorder = self._recorder(who, partial(count, moq_session), room) if who.is_recorded else None
        may = partial(self._may, who.room, who.device)
        forwarding = Forwarding(who.broadcast, source=source, target=room.origin, may=may, recorder=recorder)
        session = Session(who, moq_session, forwarding)
        if self._rooms.get(who.room) is not room or not self._is_present(who.room, who.participant, who.device):
            session.close(PUT_OUT)  # it happened during the handshake
        else:
            room.enter(session)
        return session

    def _recorder(self, who: Admitted, count: Callable[[], Link | None], room: Room) -> Recorder:
        clocks = Clocks(asyncio.get_running_loop().time, self._clock)
        return Recorder(who, count=count, allowance=room.allowance, clocks=clocks, report=self._report)

    async def _record(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            for room in list(self._rooms.values()):
                room.tick()

    async def _renew(self) -> None:
        while self._certificate is not None:
            await asyncio.sleep(CERTIFICATE_CHECK_S)
            if self._certificate.handle_timer(now=self._clock()):
                _log.info("relay serves its next certificate")

    @contextmanager
    def _tls_files(self) -> Iterator[tuple[str, str]]:
        if self._files is not None:
            yield self._files
            return
        self._certificate = RotatingCertificate(self._host, folder=self._folder, now=self._clock())
        yield self._certificate.file, self._certificate.file


async def _accept_request(
    request: moq.Request, publish: moq.OriginProducer, consume: moq.OriginProducer
) -> moq.Session:
    request.set_publish(publish)
    request.set_consume(consume)
    return await request.accept()


async def _reject(request: moq.Request, code: int) -> None:
    try:
        async with asyncio.timeout(HANDSHAKE_TIMEOUT_S):
            await request.reject(code)
    except (moq.Error, TimeoutError):
        pass  # it has gone by itself


def _addresses(host: str) -> list[str]:
    """Return where to listen: a trial on this computer only, on both addresses that `localhost` may mean."""
    if host in LOOPBACK_HOSTS:
        return [address for address in ("127.0.0.1", "[::1]") if _can_bind(address)]
    return ["[::]" if _can_bind("[::]") else "0.0.0.0"]  # noqa: S104 - a server for everybody listens to everybody


def _can_bind(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((address.strip("[]"), 0))
    except OSError:
        return False
    return True
