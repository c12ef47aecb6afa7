"""The cast at a relay of their own, over real QUIC on loopback."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import moq
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from conclave.relay import Relay
from conclave.relay.envelope import CONTEXTS, LEAF_AND_EPOCH_BITS
from conclave.report import Recorded
from conclave.ticket import DeviceId, Grant, ParticipantId, RoomId
from tests.fakes import ROOM, SITE_KEY, Person

OTHER_ROOM = RoomId("108151623")
PATIENCE_S = 5.0
"""What should happen, happens in milliseconds; a test that waits so long has failed."""


def path_of(person: Person) -> str:
    """Return the path of the one broadcast of a person's device."""
    return f"{person.participant}/{person.device}"


def sealed(track: str = "screen", *, ctr: int = 0, size_bytes: int = 200) -> bytes:
    """Bytes of the form of an SFrame ciphertext for `track`, of leaf 1 in epoch 2; what is inside does not matter."""
    kid = (CONTEXTS[track] << LEAF_AND_EPOCH_BITS) + (1 << 8) + 2
    kid_bytes = kid.to_bytes((kid.bit_length() + 7) // 8, "big")
    ctr_bytes = (ctr + 8).to_bytes(3, "big").lstrip(b"\0")
    config = 0x80 | (len(kid_bytes) - 1) << 4 | 0x08 | (len(ctr_bytes) - 1)
    header = bytes([config]) + kid_bytes + ctr_bytes
    return header + bytes(0x80 | index % 64 for index in range(size_bytes - len(header)))


@dataclass
class Stage:
    """A running relay, and who the room machine says is there."""

    relay: Relay
    now: list[float]
    recorded: list[Recorded]
    present: set[tuple[RoomId, ParticipantId, DeviceId]] = field(default_factory=set)
    denied: set[tuple[DeviceId, Grant]] = field(default_factory=set)

    def enter(self, *people: Person, room: RoomId = ROOM) -> None:
        self.present.update((room, person.participant, person.device) for person in people)

    def put_out(self, person: Person, *, room: RoomId = ROOM) -> None:
        self.present.discard((room, person.participant, person.device))
        self.relay.put_out(room, person.device)

    def deny(self, person: Person, grant: Grant, *, room: RoomId = ROOM) -> None:
        self.denied.add((person.device, grant))
        self.relay.regrant(room, person.device)

    def grant(self, person: Person, grant: Grant, *, room: RoomId = ROOM) -> None:
        self.denied.discard((person.device, grant))
        self.relay.regrant(room, person.device)

    def query(
        self,
        person: Person,
        *,
        room: RoomId = ROOM,
        key: Ed25519PrivateKey = SITE_KEY,
        is_recorded: bool = False,
    ) -> str:
        text = person.ticket_text(key=key, room=room, now=self.now[0], is_recorded=is_recorded)
        return f"jwt={text}&device={person.device}"

    def url(self, query: str, *, room: str = ROOM) -> str:
        return f"https://localhost:{self.relay.port}/{room}?{query}"

    def is_refusal(self, error: moq.Error) -> bool:
        """Whether a session that ended so was not admitted."""
        return moq.is_auth(error)

    def connect(
        self,
        person: Person,
        *,
        room: RoomId = ROOM,
        url: str | None = None,
        fingerprint: str | None = None,
        is_recorded: bool = False,
    ) -> AbstractAsyncContextManager[moq.Client]:
        return moq.connect(
            url or self.url(self.query(person, room=room, is_recorded=is_recorded), room=room),
            tls_fingerprints=[fingerprint] if fingerprint else self.relay.fingerprints,
            websocket_enabled=False,
            reconnect=False,
            publish=moq.OriginProducer(),
            subscribe=moq.OriginProducer(),
        )


MakeStage = Callable[[], AbstractAsyncContextManager[Stage]]


@asynccontextmanager
async def stage(
    *, port: int = 0, cert: str | None = None, key: str | None = None, clock: Callable[[], float] | None = None
) -> AsyncIterator[Stage]:
    """A relay on a free port; its clock stands at `now` unless it is given one."""
    now = [time.time()]
    present: set[tuple[RoomId, ParticipantId, DeviceId]] = set()
    recorded: list[Recorded] = []
    denied: set[tuple[DeviceId, Grant]] = set()
    with TemporaryDirectory() as folder:
        relay = Relay(
            public_key=SITE_KEY.public_key(),
            host="localhost",
            port=port,
            cert=cert,
            key=key,
            folder=Path(folder),
            is_present=lambda *who: who in present,
            may=lambda _room, device, grant: (device, grant) not in denied,
            clock=clock or (lambda: now[0]),
            report=lambda _room, stretch: recorded.append(stretch),
        )
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(relay.run())
            async with asyncio.timeout(PATIENCE_S):
                await relay.ready()
            yield Stage(relay, now, recorded, present, denied)
            running.cancel()


@dataclass
class Publisher:
    """The broadcast of one session."""

    broadcast: moq.BroadcastProducer
    tracks: dict[str, moq.TrackProducer]
    groups: list[moq.GroupProducer] = field(default_factory=list)
    """Held, because a group ends with its last handle."""

    @classmethod
    def on(cls, client: moq.Client, at: Person | str, *tracks: str) -> Publisher:
        broadcast = client.create_broadcast(at if isinstance(at, str) else path_of(at))
        made = {name: broadcast.publish_track(name) for name in tracks or ("screen",)}
        broadcast.announce()
        return cls(broadcast, made)

    def publish(self, *objects: bytes, track: str = "screen") -> moq.GroupProducer:
        """Publish a group and leave it open."""
        group = self.tracks[track].append_group()
        self.groups.append(group)
        for payload in objects:
            group.write_frame(payload, 0)
        return group


async def subscribe(client: moq.Client, at: Person, track: str = "screen") -> moq.TrackConsumer:
    """Subscribe to a track of a broadcast when it is there."""
    async with asyncio.timeout(PATIENCE_S):
        broadcast = await client.announced_broadcast(path_of(at))
        subscribed: moq.TrackConsumer = await broadcast.subscribe_track(track, moq.Subscription(max_age_us=5_000_000))
    return subscribed


async def next_object(group: moq.GroupConsumer) -> bytes | None:
    async with asyncio.timeout(PATIENCE_S):
        frame = await group.read_frame()
    return None if frame is None else frame.payload


async def next_group(track: moq.TrackConsumer) -> moq.GroupConsumer:
    async with asyncio.timeout(PATIENCE_S):
        group = await track.recv_group()
    assert group is not None
    return group


async def announcements(client: moq.Client, of: Person, *expected: Literal["there", "gone"]) -> None:
    """Return once the broadcast has come and gone as expected, seen from now."""
    path, left = path_of(of), list(expected)
    async with asyncio.timeout(PATIENCE_S), client.announced(path) as updates:
        async for update in updates:
            if update.prefix == path and update.active == (left[0] == "there"):
                left.pop(0)
            if not left:
                return


async def closed(client: moq.Client) -> moq.Error:
    """Return why the session ended."""
    assert client.session is not None
    async with asyncio.timeout(PATIENCE_S):
        try:
            await client.session.closed()
        except moq.Error as error:
            return error
    raise AssertionError("closed without a reason")


async def refusal(client: AbstractAsyncContextManager[moq.Client]) -> moq.Error:
    """Return why a client is not admitted, whenever it comes to know."""
    async with AsyncExitStack() as stack:
        try:
            admitted = await stack.enter_async_context(client)
        except moq.Error as error:
            return error
        return await closed(admitted)
