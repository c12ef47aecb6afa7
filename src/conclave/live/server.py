"""The front of the live port: who may connect, who may enter, and what the rooms want done (docs/protocol/room.md)."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol, assert_never

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed, NegotiationError
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from conclave import report, ticket
from conclave.live.limits import (
    COMMANDS_BURST,
    COMMANDS_PER_S,
    KNOCKS_BURST,
    KNOCKS_PER_S,
    MAX_KNOCKING_ADDRESSES,
    MAX_WAITING_PER_ADDRESS,
    AddressBuckets,
    Doorway,
    TokenBucket,
    subscriber,
)
from conclave.live.outbox import Outbox, close_socket
from conclave.live.relay_socket import RELAY_SUBPROTOCOL, RelayDoor, is_relay_path, is_relay_socket, serve_relay_socket
from conclave.report import LeftReason
from conclave.rooms.effects import (
    CloseRoom,
    Effect,
    Forget,
    PutOut,
    Refused,
    Regrant,
    Remember,
    RememberEnd,
    ReportEvent,
    SendEvent,
)
from conclave.rooms.messages import (
    CloseCode,
    Command,
    Enter,
    MalformedCommand,
    RelayAddress,
    decode_command,
    encode_event,
)
from conclave.rooms.node import Node
from conclave.ticket import DeviceId, RoomId

SUBPROTOCOL = Subprotocol("conclave.room.1")
TEST_SUBPROTOCOL = Subprotocol("conclave.test.1")
ROOM_PATH = "/room"
TEST_PATH = "/test"
HEALTH_PATH = "/healthz"
ENTER_TIMEOUT_S = 10.0
"""A client sends `enter` at once; on the slowest link it takes two round trips."""
TIMER_S = 1.0
"""How late a room's timer may fire; the shortest of them takes 30 s."""

_log = logging.getLogger(__name__)


class RelayControl(RelayDoor, Protocol):
    """What the rooms ask of the relay."""

    @property
    def fingerprints(self) -> list[str]: ...
    def put_out(self, room: RoomId, device: DeviceId) -> None: ...
    def regrant(self, room: RoomId, device: DeviceId) -> None: ...
    def close_room(self, room: RoomId) -> None: ...


@dataclass(frozen=True, slots=True)
class Clocks:
    """Seconds for timers, and the time of day for tickets."""

    monotonic_s: Callable[[], float]
    unix_s: Callable[[], float]


@dataclass(frozen=True, slots=True, eq=False)
class _Visitor:
    """A device that has entered, and its socket's outbox."""

    room: RoomId
    device: DeviceId
    outbox: Outbox


def select_subprotocol(socket: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol:
    """Return the one that the address speaks; without it nobody connects."""
    wanted = RELAY_SUBPROTOCOL if is_relay_socket(socket) else TEST_SUBPROTOCOL if _is_test(socket) else SUBPROTOCOL
    if wanted not in offered:
        raise NegotiationError("another subprotocol")
    return wanted


class RoomServer:
    """Joins sockets to the rooms of one node; performs the rooms' effects in order."""

    def __init__(  # noqa: PLR0913 - what a live node has, once
        self,
        node: Node,
        *,
        ticket_key: Ed25519PublicKey,
        relay: RelayControl,
        relay_url: str,
        report: Callable[[RoomId, report.Event], None],
        remember: Callable[[Remember | RememberEnd | Forget], None],
        clocks: Clocks,
    ) -> None:
        self.doorway = Doorway(MAX_WAITING_PER_ADDRESS)
        self._knocks = AddressBuckets(per_s=KNOCKS_PER_S, burst=KNOCKS_BURST, limit=MAX_KNOCKING_ADDRESSES)
        self._node = node
        self._ticket_key = ticket_key
        self._relay = relay
        self._relay_url = relay_url
        self._report = report
        self._remember = remember
        self._clocks = clocks
        self._visitors: dict[tuple[RoomId, DeviceId], _Visitor] = {}

    def route(self, socket: ServerConnection, request: Request) -> Response | None:
        """Answer plain HTTP requests; None for those that become WebSockets, of a room or the relay."""
        path = request.path.partition("?")[0]
        if path in (ROOM_PATH, TEST_PATH) or is_relay_path(path):
            return None
        if path != HEALTH_PATH:
            return socket.respond(HTTPStatus.NOT_FOUND, "nothing here\n")
        response = socket.respond(HTTPStatus.OK, msgspec.json.encode({"rooms": self._node.room_count}).decode())
        del response.headers["Content-Type"]
        response.headers["Content-Type"] = "application/json"
        return response

    async def serve_socket(self, socket: ServerConnection) -> None:
        """Serve one device until it leaves or is put out."""
        if is_relay_socket(socket):
            await serve_relay_socket(socket, self._relay, admitted=lambda: _pass_on(socket))
        elif _is_test(socket):
            await self._serve_test(socket)
        else:
            await self._serve_room_socket(socket)

    async def run_timers(self) -> None:
        """Pass time on to the rooms, until cancelled."""
        while True:
            await asyncio.sleep(TIMER_S)
            self._perform(self._node.handle_timer(now=self._clocks.monotonic_s()))

    def shut_down(self) -> None:
        """Close every room because the node stops."""
        self._perform(self._node.shut_down())

    # --- one socket ---

    async def _serve_room_socket(self, socket: ServerConnection) -> None:
        try:
            visitor = await self._let_in(socket)
        except Refused as refused:
            _log.info("entry refused: %s", refused)
            await close_socket(socket, refused.code)
        except ConnectionClosed:
            return
        else:
            _pass_on(socket)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(visitor.outbox.run(socket), name="outbox")
                tasks.create_task(self._receive(visitor, socket), name="receive")

    async def _serve_test(self, socket: ServerConnection) -> None:
        """Say where the relay is, to somebody who tests their connection and is nobody yet."""
        with suppress(ConnectionClosed):
            await socket.send(msgspec.json.encode(self._relay_address()), text=True)
            await close_socket(socket, CloseCode.LEFT)

    def _relay_address(self) -> RelayAddress:
        return RelayAddress(self._relay_url, self._relay.fingerprints)

    async def _let_in(self, socket: ServerConnection) -> _Visitor:
        try:
            async with asyncio.timeout(ENTER_TIMEOUT_S):
                message = await socket.recv()
        except TimeoutError:
            raise Refused(CloseCode.SLOW) from None
        command = _decode(message)
        if not isinstance(command, Enter):
            raise Refused(CloseCode.MALFORMED)
        return self._enter(command, subscriber(socket.remote_address[0]))

    def _enter(self, command: Enter, address: str) -> _Visitor:
        unix_s, now = self._clocks.unix_s(), self._clocks.monotonic_s()
        admitted = self._verify(command, unix_s=unix_s)
        if admitted.must_knock and not self._knocks.take(address, now=now):
            raise Refused(CloseCode.LIMITED)
        relay = self._relay_address()
        age_s = unix_s - admitted.issued_unix_s
        effects = self._node.enter(admitted, command, relay=relay, age_s=age_s, now=now)
        visitor = _Visitor(admitted.room, DeviceId(command.device), Outbox())
        self._visitors[visitor.room, visitor.device] = visitor
        self._perform(effects)
        return visitor

    def _verify(self, command: Enter, *, unix_s: float) -> ticket.Ticket:
        """Return what the ticket says, of somebody who has it from the site and the words from the organizer."""
        try:
            admitted = ticket.verify(command.ticket, self._ticket_key, now=unix_s)
        except ticket.TicketError:
            raise Refused(CloseCode.TICKET) from None
        device = DeviceId(command.device)
        if not ticket.proves_words(
            admitted, command.proof, text=command.ticket, device=device, key_package=command.key_package
        ):
            raise Refused(CloseCode.UNVERIFIED)
        return admitted

    async def _receive(self, visitor: _Visitor, socket: ServerConnection) -> None:
        """Pass commands on to the room until either side is done."""
        bucket = TokenBucket(per_s=COMMANDS_PER_S, burst=COMMANDS_BURST, now=self._clocks.monotonic_s())
        try:
            while True:
                message = await socket.recv()
                now = self._clocks.monotonic_s()
                if visitor.outbox.is_closed:
                    return
                if not bucket.take(now=now):
                    raise Refused(CloseCode.LIMITED)
                command = _decode(message)
                self._perform(self._node.receive_command(visitor.room, visitor.device, command, now=now))
        except Refused as refused:
            self._lose(visitor, "limited", refused.code)
        except ConnectionClosed as closed:
            if closed.rcvd is not None and closed.rcvd_then_sent:
                self._lose(visitor, "left", CloseCode.LEFT)
            else:
                self._lose(visitor, "lost", CloseCode.SLOW)

    def _lose(self, visitor: _Visitor, reason: LeftReason, code: CloseCode) -> None:
        if visitor.outbox.is_closed:
            return
        now = self._clocks.monotonic_s()
        self._perform(self._node.lose(visitor.room, visitor.device, reason=reason, code=code, now=now))

    # --- effects ---

    def _perform(self, effects: Iterable[Effect]) -> None:
        """Do what the rooms want, in order; who reads too slowly is put out after that."""
        pending = deque(effects)
        while pending:
            effect = pending.popleft()
            match effect:
                case SendEvent():
                    for slow in self._send(effect):
                        now = self._clocks.monotonic_s()
                        code = CloseCode.SLOW
                        pending += self._node.lose(slow.room, slow.device, reason="lost", code=code, now=now)
                case PutOut(room, device, code):
                    self._put_out(room, device, code)
                case Regrant(room, device):
                    self._relay.regrant(room, device)
                case ReportEvent(room, event):
                    self._report(room, event)
                case Remember() | RememberEnd() | Forget():
                    self._remember(effect)
                case CloseRoom(room):
                    self._relay.close_room(room)
                case _ as unreachable:
                    assert_never(unreachable)

    def _send(self, effect: SendEvent) -> Sequence[_Visitor]:
        """Queue an event for its devices; return those that have too much waiting."""
        text = encode_event(effect.event)
        receivers = [v for d in effect.to if (v := self._visitors.get((effect.room, d))) is not None]
        return [visitor for visitor in receivers if not visitor.outbox.put(text)]

    def _put_out(self, room: RoomId, device: DeviceId, code: CloseCode) -> None:
        visitor = self._visitors.pop((room, device))
        visitor.outbox.close(code)
        self._relay.put_out(room, device)
        _log.info("device %s left room %s: %s", device, room, code.name.lower())


class CountedConnection(ServerConnection):
    """A connection that counts at the doorway from its first byte until it enters or is gone."""

    doorway: Doorway

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        peer: Any = transport.get_extra_info("peername")
        self._address: str | None = subscriber(peer[0])
        if not self.doorway.arrive(self._address):
            self._address = None
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self.pass_on()
        super().connection_lost(exc)

    def pass_on(self) -> None:
        """Count it out, once."""
        if self._address is not None:
            self.doorway.pass_on(self._address)
            self._address = None


def _is_test(socket: ServerConnection) -> bool:
    return socket.request is not None and socket.request.path == TEST_PATH


def _pass_on(socket: ServerConnection) -> None:
    if isinstance(socket, CountedConnection):
        socket.pass_on()


def _decode(message: str | bytes) -> Command:
    if isinstance(message, bytes):
        raise Refused(CloseCode.MALFORMED)
    try:
        return decode_command(message)
    except MalformedCommand:
        raise Refused(CloseCode.MALFORMED) from None
