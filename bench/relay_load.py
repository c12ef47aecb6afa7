"""What the relay costs: CPU per gigabyte it forwards and per viewer, memory per empty room. Prints JSON.

The relay runs alone in a process of its own; publisher and viewers are Python clients in this one, on loopback. Only
the relay's process is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import secrets
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import moq
import psutil
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from conclave import report, ticket
from conclave.relay import Relay
from conclave.ticket import ParticipantId, RoomId

OBJECT_BYTES = 12_000
FPS = 30
TRACK = "screen"
HEADER = bytes.fromhex("aa040102")
"""Of an SFrame ciphertext on the screen track, from leaf 1 in epoch 2; the three bytes of the CTR follow."""
PUBLISHER = "a" * 16
CONNECTING_AT_ONCE = 20
WARM_UP_ROOM = RoomId("999999999")
SETTLE_S = 1.0
"""After the last viewer has come and before the measurement begins; and for dropped sessions to be forgotten."""
CATCH_UP_S = 10.0
TEST_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))

Result = TypeVar("Result")


@dataclass(frozen=True)
class Load:
    """One measurement with so many viewers."""

    viewers: int
    seconds: float
    published_objects: int
    received_share: float
    cpu_seconds: float
    cpu_seconds_per_gigabyte: float
    cpu_per_viewer: float
    microseconds_per_forwarded_object: float


@dataclass(frozen=True)
class Target:
    """The relay under load."""

    process: psutil.Process
    port: int
    fingerprints: list[str]
    is_recorded: bool

    def connect(self, room: RoomId, participant: str) -> moq.Client:
        admitted = ticket.Ticket(
            room=room,
            participant=ParticipantId(participant),
            name="Load",
            role="attendee",
            grants=frozenset(ticket.GRANTS["attendee"]),
            door=ticket.DoorKey("00" * 32),
            expires_unix_s=int(time.time()) + ticket.LIFETIME_S,
            is_recorded=self.is_recorded,
        )
        bearer = ticket.issue(TEST_KEY, admitted)
        return moq.connect(
            f"https://localhost:{self.port}/{room}?jwt={bearer}&device={participant}",
            tls_fingerprints=self.fingerprints,
            websocket_enabled=False,
            reconnect=False,
            publish=moq.OriginProducer(),
            subscribe=moq.OriginProducer(),
        )

    def cpu_s(self) -> float:
        times = self.process.cpu_times()
        return times.user + times.system

    def memory_bytes(self) -> int:
        return int(self.process.memory_info().rss)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, nargs="+", default=[1, 10, 50])
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--rooms", type=int, default=1000)
    parser.add_argument("--without-record", action="store_true", help="in meetings that keep no session record")
    options = parser.parse_args(arguments)
    figures = measure(options.viewers, options.seconds, options.rooms, is_recorded=not options.without_record)
    print(json.dumps(figures, indent=2))


def measure(viewers: list[int], seconds: float, rooms: int, *, is_recorded: bool) -> dict[str, object]:
    """Return all figures; each measurement has a fresh relay."""
    with_relay = partial(_with_relay, is_recorded=is_recorded)
    loads = [with_relay(partial(_measure_load, viewers=count, seconds=seconds)) for count in viewers]
    return {
        "session_record": is_recorded,
        "object_bytes": OBJECT_BYTES,
        "fps": FPS,
        "loads": [asdict(load) for load in loads],
        "rooms": rooms,
        "memory_per_empty_room_bytes": with_relay(partial(_measure_rooms, rooms=rooms)),
    }


def _with_relay(measure: Callable[[Target], Coroutine[None, None, Result]], *, is_recorded: bool) -> Result:
    with _relay_process(is_recorded=is_recorded) as target:
        return asyncio.run(measure(target))


async def _measure_load(target: Target, *, viewers: int, seconds: float) -> Load:
    room, received, objects = RoomId("481516234"), [0] * viewers, int(FPS * seconds)
    async with AsyncExitStack() as stack:
        publisher = await stack.enter_async_context(target.connect(room, PUBLISHER))
        broadcast = publisher.create_broadcast(f"{PUBLISHER}/{PUBLISHER}")
        track = broadcast.publish_track(TRACK)
        broadcast.announce()
        tracks = [await _watch(stack, target, room, number) for number in range(viewers)]
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        reading = [tasks.create_task(_read(received, number, source)) for number, source in enumerate(tracks)]
        await asyncio.sleep(SETTLE_S)
        cpu_s = target.cpu_s()
        await _publish(track, objects)
        await _until_received(received, objects * viewers)
        cpu_s = target.cpu_s() - cpu_s
        for task in reading:
            task.cancel()
    forwarded = sum(received)
    return Load(
        viewers=viewers,
        seconds=seconds,
        published_objects=objects,
        received_share=round(forwarded / (objects * viewers), 4),
        cpu_seconds=round(cpu_s, 2),
        cpu_seconds_per_gigabyte=round(cpu_s / (forwarded * OBJECT_BYTES) * 1e9, 1),
        cpu_per_viewer=round(cpu_s / seconds / viewers, 4),
        microseconds_per_forwarded_object=round(cpu_s / forwarded * 1e6, 1),
    )


async def _watch(stack: AsyncExitStack, target: Target, room: RoomId, number: int) -> moq.TrackConsumer:
    client = await stack.enter_async_context(target.connect(room, f"{number:016x}"))
    async with asyncio.timeout(10):
        broadcast = await client.announced_broadcast(f"{PUBLISHER}/{PUBLISHER}")
        track: moq.TrackConsumer = await broadcast.subscribe_track(TRACK, moq.Subscription(max_age_us=5_000_000))
    return track


async def _read(received: list[int], number: int, track: moq.TrackConsumer) -> None:
    async for group in track.groups_as_arrived():
        async for _ in group:
            received[number] += 1


async def _publish(track: moq.TrackProducer, objects: int) -> None:
    """Publish on the beat, all in one group, as a screen without disturbances does."""
    group, started_at = track.append_group(), time.monotonic()
    body = secrets.token_bytes(OBJECT_BYTES - len(HEADER) - 3)
    for number in range(objects):
        group.write_frame(HEADER + (0x10000 + number).to_bytes(3, "big") + body, number * 1_000_000 // FPS)
        await asyncio.sleep(max(0.0, started_at + (number + 1) / FPS - time.monotonic()))
    group.finish()


async def _until_received(received: list[int], expected: int) -> None:
    """Return when the viewers have everything, or after a while: on a busy machine they lag behind the relay."""
    deadline = time.monotonic() + CATCH_UP_S
    while sum(received) < expected and time.monotonic() < deadline:  # noqa: ASYNC110 - a count, not an event
        await asyncio.sleep(0.05)


async def _measure_rooms(target: Target, *, rooms: int) -> int:
    """Return what a room costs that everybody has left: what the relay grew by, over rooms that were entered once."""
    await _visit(target, [WARM_UP_ROOM] * rooms)
    before = target.memory_bytes()
    await _visit(target, [RoomId(f"{number:09d}") for number in range(rooms)])
    return max(0, target.memory_bytes() - before) // rooms


async def _visit(target: Target, rooms: list[RoomId]) -> None:
    gate = asyncio.Semaphore(CONNECTING_AT_ONCE)

    async def enter_and_leave(number: int, room: RoomId) -> None:
        async with gate, target.connect(room, f"{number:016x}"):
            pass

    async with asyncio.TaskGroup() as tasks:
        for number, room in enumerate(rooms):
            tasks.create_task(enter_and_leave(number, room))
    await asyncio.sleep(SETTLE_S)


@contextmanager
def _relay_process(*, is_recorded: bool) -> Iterator[Target]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    folder = TemporaryDirectory(prefix="conclave-bench-relay-")
    process = context.Process(target=_run_relay, args=(theirs, Path(folder.name)), daemon=True)
    process.start()
    try:
        if not ours.poll(10):
            raise RuntimeError("the relay did not start")
        port, fingerprints = ours.recv()
        yield Target(psutil.Process(process.pid), port, fingerprints, is_recorded)
    finally:
        process.terminate()
        process.join()
        folder.cleanup()


def _run_relay(pipe: Connection, folder: Path) -> None:
    asyncio.run(_serve(pipe, folder))


async def _serve(pipe: Connection, folder: Path) -> None:
    relay = Relay(
        public_key=TEST_KEY.public_key(),
        host="localhost",
        port=0,
        cert=None,
        key=None,
        folder=folder,
        is_present=lambda *_: True,
        may=lambda *_: True,
        clock=time.time,
        report=_sign,
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(relay.run())
        await relay.ready()
        pipe.send((relay.port, relay.fingerprints))


def _sign(room: RoomId, recorded: report.Recorded) -> None:
    """Do with a stretch of the record what costs a live node's processor: the disk is another thread's."""
    report.sign(report.Report("0" * 32, room, 0, recorded), TEST_KEY)


if __name__ == "__main__":
    main(sys.argv[1:])
