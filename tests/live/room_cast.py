"""A live node's room socket on loopback, without its relay, and people who connect to it."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import Server
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from conclave import report
from conclave.instance import Instance
from conclave.live.run import listen
from conclave.live.server import SUBPROTOCOL, Clocks, RoomServer
from conclave.rooms.node import Node
from conclave.ticket import DeviceId, RoomId, entry_message
from tests.fakes import NOW_UNIX_S, SITE_KEY, WORDS_KEY, Clock, Person

PATIENCE_S = 5.0
"""How long a test waits for what must come; on a quiet machine it takes milliseconds."""


def free_port() -> int:
    """Return a port that is free for TCP and UDP; what the system offers for one may be taken for the other."""
    while True:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        ):
            tcp.bind(("127.0.0.1", 0))
            with suppress(OSError):
                udp.bind(tcp.getsockname())
                return int(tcp.getsockname()[1])


@dataclass
class FakeRelay:
    """Remembers what the rooms asked of it."""

    fingerprints: list[str] = field(default_factory=lambda: ["ab" * 32])
    out: list[tuple[RoomId, DeviceId]] = field(default_factory=list)
    regranted: list[tuple[RoomId, DeviceId]] = field(default_factory=list)
    closed: list[RoomId] = field(default_factory=list)

    def put_out(self, room: RoomId, device: DeviceId) -> None:
        self.out.append((room, device))

    def regrant(self, room: RoomId, device: DeviceId) -> None:
        self.regranted.append((room, device))

    def close_room(self, room: RoomId) -> None:
        self.closed.append(room)


@dataclass
class Live:
    """The node under test."""

    instance: Instance
    node: Node
    rooms: RoomServer
    relay: FakeRelay
    clock: Clock
    server: Server
    reports: list[report.Event]

    @property
    def url(self) -> str:
        return self.instance.live_url

    @asynccontextmanager
    async def dial(self, **settings: Any) -> AsyncIterator[ClientConnection]:
        usual: dict[str, Any] = {
            "origin": Origin(self.instance.site_origin),
            "subprotocols": [SUBPROTOCOL],
            "compression": None,
            "proxy": None,
            "max_size": None,
            "close_timeout": 0.5,
        }
        async with connect(self.url, **(usual | settings)) as connection:
            yield connection


@asynccontextmanager
async def live_node(cert: str | None = None, key: str | None = None, **settings: Any) -> AsyncIterator[Live]:
    ports = {"port": free_port(), "live_port": free_port()}
    instance = Instance(data="unused", host="127.0.0.1", cert=cert, key=key, **ports)
    reports: list[report.Event] = []
    node, relay, clock = Node(), FakeRelay(), Clock()
    rooms = RoomServer(
        node,
        ticket_key=SITE_KEY.public_key(),
        relay=relay,
        relay_url=instance.relay_url,
        report=lambda _room, event: reports.append(event),
        remember=lambda _change: None,
        clocks=Clocks(clock, lambda: NOW_UNIX_S),
    )
    server = await listen(instance, rooms, **settings)
    try:
        yield Live(instance, node, rooms, relay, clock, server, reports)
    finally:
        server.close()
        await server.wait_closed()


class Guest:
    """Somebody at their browser, as the wire sees them."""

    def __init__(self, person: Person, connection: ClientConnection) -> None:
        self.person = person
        self.connection = connection

    async def say(self, **command: Any) -> None:
        await self.connection.send(json.dumps(command))

    async def hear(self, kind: str) -> dict[str, Any]:
        """Return the next event of a kind."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                event: dict[str, Any] = json.loads(await self.connection.recv())
                if event["type"] == kind:
                    return event

    async def enter(self, **changes: Any) -> dict[str, Any]:
        await self.say(**enter(self.person), **changes)
        return await self.hear("entered")

    async def closed(self) -> int:
        """Return the code with which the server closes the socket."""
        return await closing_code(self.connection)


def enter(person: Person, **changes: Any) -> dict[str, Any]:
    """The command, with a proof for what is in it."""
    command = {"type": "enter", "ticket": str(person.ticket_text()), "device": person.device, "key_package": "a2V5"}
    command |= changes
    return {"proof": proof(**command), **command}


def proof(*, ticket: str, device: str, key_package: str, words: Ed25519PrivateKey = WORDS_KEY, **_: Any) -> str:
    """What shows that somebody has the words."""
    message = entry_message(ticket, device=DeviceId(device), key_package=base64.b64decode(key_package))
    return base64.b64encode(words.sign(message)).decode()


async def closing_code(connection: ClientConnection) -> int:
    async with asyncio.timeout(PATIENCE_S):
        try:
            while True:
                await connection.recv()
        except ConnectionClosed as closed:
            return 0 if closed.rcvd is None else closed.rcvd.code


@asynccontextmanager
async def entered(live: Live, *people: Person, **settings: Any) -> AsyncIterator[list[Guest]]:
    """Let people in, one after the other; the first founds the group and adds the others."""
    async with live.dial(**settings) as connection:
        guest = Guest(people[0], connection)
        await guest.enter()
        if len(people) == 1:
            yield [guest]
            return
        async with entered(live, *people[1:], **settings) as others:
            for _ in others:
                await guest.hear("joined")
            yield [guest, *others]


async def add_everybody(guests: list[Guest]) -> None:
    """The first adds the others to the group."""
    founder, *others = guests
    adds = [other.person.device for other in others]
    await founder.say(type="commit", group=1, epoch=0, commit="Yw==", welcome="dw==", adds=adds, removes=[])
    await founder.hear("accepted")
    for other in others:
        await other.hear("welcome")


def write_certificate(folder: Path) -> tuple[str, str]:
    """Write a certificate for 127.0.0.1 that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
    names = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    cert = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    cert_path, key_path = folder / "cert.pem", folder / "key.pem"
    cert_path.write_bytes(cert.public_bytes(Encoding.PEM))
    key_path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return str(cert_path), str(key_path)
