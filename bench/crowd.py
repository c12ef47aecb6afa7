"""A crowd in a meeting of a running installation: the client's own code in Node, and sessions with the relay over QUIC.

Node has no WebTransport. Members "without relay" do MLS and seal in Node; their sessions with the relay are opened
here, publish what they sealed, and count what comes without opening it. The others have their sessions over WebSockets
and open everything.
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
from asyncio.subprocess import PIPE, Process
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import moq
import psutil
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from conclave import ticket
from conclave.instance import Instance, read_private_key
from conclave.ticket import DoorKey, ParticipantId, Role, RoomId

ROOT = Path(__file__).parents[1]
CROWD = ROOT / "client" / "bench" / "crowd.ts"
WORDS = "cobalt-relay-onion-siren-tulip-zebra"
MAX_LINE_BYTES = 1024 * 1024
"""Of what Node says: an object in base64, or what came to two hundred members."""
PATIENCE_S = 60.0
TRACKS = {"catalog": "sealed-catalog"}
"""The tracks whose names on the wire are others than in the client's code."""
MAX_AGE_US = 5_000_000


@dataclass(frozen=True)
class Meeting:
    """A room of a running installation, whose tickets are issued here as its site would."""

    instance: Instance
    room: RoomId

    @cached_property
    def _door(self) -> DoorKey:
        info = b"conclave door v1"
        seed = HKDF(algorithm=SHA256(), length=32, salt=self.room.encode(), info=info).derive(WORDS.encode())
        public = Ed25519PrivateKey.from_private_bytes(seed).public_key()
        return DoorKey(public.public_bytes(Encoding.Raw, PublicFormat.Raw).hex())

    def admission(self, number: int) -> dict[str, str]:
        """Return what the client needs to enter; number 0 is the organizer."""
        participant, name = ParticipantId(f"{number + 1:016x}"), f"Guest {number}"
        role: Role = "attendee" if number else "organizer"
        admitted = ticket.Ticket(
            room=self.room,
            participant=participant,
            name=name,
            role=role,
            grants=frozenset(ticket.GRANTS[role]),
            door=self._door,
            expires_unix_s=int(time.time()) + ticket.LIFETIME_S,
        )
        jwt = str(ticket.issue(read_private_key(self.instance.ticket_key), admitted))
        return {"jwt": jwt, "participant": participant, "name": name}


@dataclass(frozen=True)
class Event:
    """What a member said, and when (Unix milliseconds)."""

    member: str
    kind: str
    at_ms: float
    detail: dict[str, Any]


@dataclass
class Crowd:
    """Members in one process of Node."""

    process: Process
    admissions: dict[str, dict[str, str]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    hand_over: Callable[[str, dict[str, Any]], None] = lambda _member, _object: None
    _told: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def do(self, command: str, **fields: Any) -> None:
        """Give a command."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": command, **fields}).encode() + b"\n")
        await self.process.stdin.drain()

    async def enter(self, admissions: Sequence[dict[str, str]], *, every_ms: float = 0) -> None:
        """Have members enter, one each `every_ms`."""
        self.admissions |= {each["participant"]: each for each in admissions}
        await self.do("enter", members=list(admissions), everyMs=every_ms)

    async def until(self, is_so: Callable[[list[Event]], bool], timeout_s: float = PATIENCE_S) -> None:
        """Wait for events; raises `TimeoutError`."""
        async with asyncio.timeout(timeout_s), self._told:
            await self._told.wait_for(lambda: is_so(self.events))

    async def until_all(self, kind: str, members: Sequence[str], *, since_ms: float = 0) -> list[Event]:
        """Wait until each of the members has said something; return the first time that each did."""

        def first() -> dict[str, Event]:
            said = [e for e in reversed(self.events) if e.kind == kind and e.at_ms >= since_ms]
            return {event.member: event for event in said}

        await self.until(lambda _: first().keys() >= set(members))
        return [first()[member] for member in members]

    async def take(self) -> dict[str, dict[str, Any]]:
        """Return what came to each member since the last time."""
        since = len(self.events)
        await self.do("take")
        await self.until(lambda events: any(e.kind == "taken" for e in events[since:]))
        came: dict[str, dict[str, Any]] = next(e for e in self.events[since:] if e.kind == "taken").detail["came"]
        return came

    async def listen(self) -> None:
        """Read what the members say, to the end."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            if not line.startswith(b"{"):
                continue  # a library's own
            said = json.loads(line)
            member, kind, at_ms = said.pop("member", ""), said.pop("event"), said.pop("atMs")
            if kind == "object":
                self.hand_over(member, said)
                continue
            async with self._told:
                self.events.append(Event(member, kind, at_ms, said))
                self._told.notify_all()


@asynccontextmanager
async def open_crowd(meeting: Meeting, *, has_relay: bool = True) -> AsyncIterator[Crowd]:
    """Start a process of Node for some members, and end it."""
    instance = meeting.instance
    command = ["node", str(CROWD), "--room", meeting.room, "--words", WORDS, "--live-url", instance.live_url]
    command += ["--origin", instance.site_origin, *([] if has_relay else ["--without-relay"])]
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, limit=MAX_LINE_BYTES)
    crowd = Crowd(process)
    async with asyncio.TaskGroup() as tasks:
        listening = tasks.create_task(crowd.listen())
        try:
            yield crowd
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
            listening.cancel()


@dataclass
class Came:
    """What has come on one track of one device to one session."""

    objects: int = 0
    last_s: float = 0.0
    max_gap_s: float = 0.0

    def note(self, now: float) -> None:
        if self.objects:
            self.max_gap_s = max(self.max_gap_s, now - self.last_s)
        self.objects, self.last_s = self.objects + 1, now

    def reset(self) -> None:
        self.objects, self.max_gap_s = 0, 0.0


class QuicSession:
    """A member's session with the relay: publishes what the member sealed, and counts what it reads."""

    def __init__(self, client: moq.Client, path: str, tasks: asyncio.TaskGroup) -> None:
        self.came: dict[tuple[str, str], Came] = defaultdict(Came)
        self._client = client
        self._tasks = tasks
        self._broadcast = client.create_broadcast(path)
        self._tracks: dict[str, moq.TrackProducer] = {}
        self._groups: dict[str, moq.GroupProducer] = {}
        self._reading: list[asyncio.Task[None]] = []
        for name in ("sealed-catalog", "screen", "screen-low", "mic", "camera-low"):
            self._tracks[name] = self._broadcast.publish_track(name)
        self._broadcast.announce()

    def publish(self, sealed: dict[str, Any]) -> None:
        """Publish an object as the member's own client would."""
        track = TRACKS.get(sealed["track"], sealed["track"])
        if sealed["isFirst"] or track not in self._groups:
            if track in self._groups:
                self._groups[track].finish()
            self._groups[track] = self._tracks[track].append_group()
        self._groups[track].write_frame(base64.b64decode(sealed["data"]), 0)

    def watch(self, path: str, track: str, *, counts: bool) -> None:
        """Read a track of somebody, from now to the end; without counting the library alone takes what comes."""
        self._reading.append(self._tasks.create_task(self._watch(path, track, counts=counts)))

    def received_bytes(self) -> int:
        """Return what the connection has carried to us so far, as the library counts."""
        assert self._client.session is not None
        return self._client.session.stats().bytes_received or 0

    def close(self) -> None:
        for task in self._reading:
            task.cancel()

    async def _watch(self, path: str, track: str, *, counts: bool) -> None:
        while True:
            with suppress(moq.Error):
                broadcast = await self._client.announced_broadcast(path)
                wish = moq.Subscription(max_age_us=MAX_AGE_US)
                subscribed = await broadcast.subscribe_track(track, wish)
                held: moq.GroupConsumer | None = None
                async for group in subscribed.groups_as_arrived():
                    held = group  # the library goes on taking what comes of it
                    if counts:
                        await self._count(held, self.came[path, track])
            await asyncio.sleep(0.2)

    async def _count(self, group: moq.GroupConsumer, came: Came) -> None:
        with suppress(moq.Error):
            async for _ in group:
                came.note(time.monotonic())


@asynccontextmanager
async def open_sessions(
    meeting: Meeting, crowd: Crowd, members: Sequence[str]
) -> AsyncIterator[dict[str, QuicSession]]:
    """Open a session over QUIC for members who have entered."""
    sessions: dict[str, QuicSession] = {}
    entered = await crowd.until_all("entered", members)
    async with AsyncExitStack() as stack:
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        for event in entered:
            device, jwt = event.detail["device"], crowd.admissions[event.member]["jwt"]
            client = moq.connect(
                f"{meeting.instance.relay_url}/{meeting.room}?jwt={jwt}&device={device}",
                tls_fingerprints=event.detail["relay"]["fingerprints"],
                websocket_enabled=False,
                reconnect=False,
                publish=moq.OriginProducer(),
                subscribe=moq.OriginProducer(),
            )
            connected = await stack.enter_async_context(client)
            sessions[event.member] = QuicSession(connected, f"{event.member}/{device}", tasks)
        crowd.hand_over = lambda member, sealed: sessions[member].publish(sealed) if member in sessions else None
        yield sessions
        for session in sessions.values():
            session.close()


def find_live(data: str) -> psutil.Process:
    """Return the live process of the installation below `data`, which a child of this process supervises."""
    for supervisor in psutil.Process().children():
        for part in supervisor.children():
            if data in " ".join(supervisor.cmdline()) and part.cmdline()[-1] == "live":
                return part
    raise LookupError("no live process")


def cpu_s(process: psutil.Process) -> float:
    """Return the processor time of a process so far, in seconds (`/proc/PID/stat`)."""
    times = process.cpu_times()
    return float(times.user + times.system)
