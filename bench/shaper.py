"""A bad network between two UDP ports: loss, delay, jitter, and a narrow link with a queue in front of it.

Kernels of containers have no traffic shaping, and a browser cannot be told to lose packets: so what is measured goes
through this proxy, QUIC and a peer connection's RTP alike. Seeded: the same packets meet the same fate.
"""

from __future__ import annotations

import asyncio
import random
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

BITS_PER_BYTE = 8
WIRE_OVERHEAD_BYTES = 28
"""The headers of IPv4 and UDP, which a real link carries too."""
MAX_DATAGRAM_BYTES = 65_535

Address = tuple[str, int]


NOWHERE: Address = ("127.0.0.1", 9)
"""The server of a shaper that does not know it yet: the discard port."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What one direction of a path does to packets."""

    loss: float = 0.0
    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    """At most so much more delay, drawn evenly for each packet; none overtakes another."""
    rate_bps: float | None = None
    queue_ms: float = 300.0
    """How long a packet may have to wait for the narrow link; one that would wait longer is dropped."""


CLEAR = Conditions()
LOSSY = Conditions(loss=0.05, delay_ms=75)
NARROW = Conditions(delay_ms=20, rate_bps=1_000_000, queue_ms=300)


@dataclass(slots=True)
class Direction:
    """One direction of one path. Pure: time is an argument."""

    conditions: Conditions
    chance: random.Random
    carried_bytes: int = 0
    dropped: int = 0
    _free_at_s: float = 0.0
    _last_s: float = 0.0

    def arrive(self, size_bytes: int, *, now_s: float) -> float | None:
        """Return when a packet that comes at `now_s` gets out at the other end; None when it does not."""
        conditions = self.conditions
        start_s = max(now_s, self._free_at_s)
        is_lost = self.chance.random() < conditions.loss
        if is_lost or (conditions.rate_bps is not None and (start_s - now_s) * 1000 > conditions.queue_ms):
            self.dropped += 1
            return None
        if conditions.rate_bps is not None:
            start_s += (size_bytes + WIRE_OVERHEAD_BYTES) * BITS_PER_BYTE / conditions.rate_bps
            self._free_at_s = start_s
        delay_ms = conditions.delay_ms + self.chance.uniform(0, conditions.jitter_ms)
        self._last_s = max(self._last_s, start_s + delay_ms / 1000)
        self.carried_bytes += size_bytes
        return self._last_s


@dataclass(slots=True)
class Flow:
    """What one client port sends to the server, and what comes back."""

    up: Direction
    down: Direction
    server: socket.socket
    client: Address

    def change(self, conditions: Conditions) -> None:
        """From now on, be so in both directions."""
        self.up.conditions = self.down.conditions = conditions


@dataclass(slots=True)
class Shaper:
    """The proxy, in a thread of its own: each client port is a flow with conditions of its own."""

    server: Address = NOWHERE
    seed: int = 1
    next_flows: Conditions = CLEAR
    """What flows that begin from now on meet."""
    flows: list[Flow] = field(default_factory=list)
    _socket: socket.socket = field(init=False)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _thread: threading.Thread = field(init=False)

    def __enter__(self) -> Self:
        self._socket = _open(("127.0.0.1", 0))
        self._loop.add_reader(self._socket, self._from_clients)
        self._thread = threading.Thread(target=self._loop.run_forever, name="shaper", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        for opened in (self._socket, *(flow.server for flow in self.flows)):
            self._loop.remove_reader(opened)
            opened.close()
        self._loop.close()

    @property
    def port(self) -> int:
        """Where clients find the server through the bad network."""
        return int(self._socket.getsockname()[1])

    def _from_clients(self) -> None:
        while (received := _receive(self._socket)) is not None:
            data, client = received
            flow = next((flow for flow in self.flows if flow.client == client), None) or self._begin(client)
            self._carry(flow.up, flow.server, data, self.server)

    def _begin(self, client: Address) -> Flow:
        number = len(self.flows)
        up, down = (Direction(self.next_flows, random.Random(f"{self.seed} {number} {way}")) for way in "ud")  # noqa: S311 - a network is no secret
        flow = Flow(up, down, _open(("127.0.0.1", 0)), client)
        self.flows.append(flow)
        self._loop.add_reader(flow.server, self._from_server, flow)
        return flow

    def _from_server(self, flow: Flow) -> None:
        while (received := _receive(flow.server)) is not None:
            self._carry(flow.down, self._socket, received[0], flow.client)

    def _carry(self, way: Direction, out: socket.socket, data: bytes, to: Address) -> None:
        now_s = self._loop.time()
        at_s = way.arrive(len(data), now_s=now_s)
        if at_s is not None and at_s <= now_s:
            _send(out, data, to)
        elif at_s is not None:
            self._loop.call_at(at_s, _send, out, data, to)


def _open(address: Address) -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)  # a burst waits for us, unlost
    opened.bind(address)
    opened.settimeout(0)
    return opened


def _receive(source: socket.socket) -> tuple[bytes, Address] | None:
    try:
        return source.recvfrom(MAX_DATAGRAM_BYTES)
    except OSError:
        return None


def _send(out: socket.socket, data: bytes, to: Address) -> None:
    with suppress(OSError):  # the other end is gone, or its buffer is full: a packet lost like any other
        out.sendto(data, to)
