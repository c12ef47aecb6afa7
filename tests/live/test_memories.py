"""A restart of the live node forgets no lock and nobody who was sent away; what is damaged closes the room."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from conclave.instance import read_private_key
from conclave.live import memories
from conclave.live.memories import Memories
from conclave.rooms.effects import Forget, Remember, RememberEnd
from conclave.rooms.memory import Memory, encode_memory
from conclave.rooms.node import Node
from tests.fakes import ALICE, BOB, CAROL, MALLORY, NOW_UNIX_S, RELAY, ROOM, Clock, Person
from tests.live.room_cast import Guest, enter
from tests.live.test_serve import START_TIMEOUT_S, Installation, _answers, _serve, _until, dial

LOCKED = encode_memory(Memory(is_locked=True, known={BOB.participant}))


class Disk:
    """A folder with what rooms must not forget; the clock of a node begins anew at each start."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.unix = Clock(NOW_UNIX_S)

    def start(self) -> tuple[Memories, Node, Clock]:
        clock, node = Clock(), Node()
        kept = Memories(self.folder, unix_s=self.unix, monotonic_s=clock)
        kept.restore(node)
        return kept, node, clock

    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path / "rooms")


async def written(kept: Memories) -> None:
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        writing = tasks.create_task(kept.write())
        await kept.flush()
        writing.cancel()


def lets_in(node: Node, person: Person, *, age_s: float = 0.0) -> bool:
    try:
        node.enter(person.ticket(), person.enter(), relay=RELAY, age_s=age_s, now=0.0)
    except Exception as refused:  # noqa: BLE001 - which one is for the tests of the machine
        return str(refused) not in ("locked", "ended")
    return True


@pytest.mark.asyncio
async def test_the_newest_is_kept_until_the_room_is_over(disk: Disk) -> None:
    kept, node, _ = disk.start()
    assert lets_in(node, MALLORY)
    kept.take(Remember(ROOM, encode_memory(Memory()), until=3600.0))
    kept.take(Remember(ROOM, LOCKED, until=3600.0))
    await written(kept)
    kept, node, _ = disk.start()
    assert not lets_in(node, MALLORY)
    assert lets_in(node, BOB)
    assert all((disk.folder / name).stat().st_mode & 0o077 == 0 for name in disk.files())
    kept.take(Forget(ROOM))
    await written(kept)
    assert disk.files() == []


@pytest.mark.asyncio
async def test_an_end_is_kept_for_as_long_as_tickets_of_before_are_valid(disk: Disk) -> None:
    kept, _, _ = disk.start()
    kept.take(RememberEnd(ROOM, until=3660.0))
    await written(kept)
    disk.unix.now += 60.0
    _, node, _ = disk.start()
    assert not lets_in(node, BOB, age_s=61.0)
    assert lets_in(node, BOB, age_s=59.0)
    disk.unix.now += 3600.0
    disk.start()
    assert disk.files() == []


@pytest.mark.asyncio
async def test_what_is_too_old_is_not_restored_and_ends_are_swept(disk: Disk) -> None:
    kept, _, clock = disk.start()
    kept.take(Remember(ROOM, LOCKED, until=10.0))
    kept.take(RememberEnd(ROOM, until=10.0))
    await written(kept)
    disk.unix.now = clock.now = 20.0
    disk.unix.now += NOW_UNIX_S
    kept.take(RememberEnd(ROOM, until=30.0))
    await written(kept)
    assert len(disk.files()) == 2
    disk.unix.now += 20.0
    _, node, _ = disk.start()
    assert node.room_count == 0
    assert disk.files() == []


@pytest.mark.parametrize("content", [b"", b"{", b'{"until_unix_s": 1e18, "memory": {"is_locked": 7}}', b"\xff" * 99])
def test_what_is_damaged_locks_the_room(disk: Disk, content: bytes) -> None:
    disk.start()
    (disk.folder / f"{ROOM}.room").write_bytes(content)
    _, node, _ = disk.start()
    assert not lets_in(node, MALLORY)
    assert lets_in(node, ALICE), "and an organizer opens it"


@pytest.mark.asyncio
async def test_a_disk_that_fails_for_a_moment_forgets_nothing(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memories, "WRITE_RETRY_S", 0.01)
    failures, write = [OSError("full"), OSError("full")], memories.write_file

    def fail_first(path: Path, content: bytes) -> None:
        if failures:
            raise failures.pop()
        write(path, content)

    monkeypatch.setattr(memories, "write_file", fail_first)
    kept, _, _ = disk.start()
    kept.take(Remember(ROOM, LOCKED, until=3600.0))
    await written(kept)
    assert not lets_in(disk.start()[1], MALLORY)


# --- a real node, killed and stopped ---


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with _serve(tmp_path_factory.mktemp("memories")) as running:
        yield running


@asynccontextmanager
async def attending(installation: Installation, person: Person, tab: int) -> AsyncIterator[Guest]:
    async with dial(installation) as connection:
        guest = Guest(person, connection)
        fresh = str(person.ticket_text(key=site_key(installation), now=time.time()))
        await guest.say(**enter(person, ticket=fresh, device=person.another_device(tab)))
        yield guest


def site_key(installation: Installation) -> Ed25519PrivateKey:
    return read_private_key(installation.instance.ticket_key)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.asyncio
async def test_after_a_restart_mallory_finds_the_room_as_locked_as_before(
    installation: Installation, number: signal.Signals
) -> None:
    folder = installation.instance.memories
    async with AsyncExitStack() as stack:
        alice, bob, mallory = [
            await stack.enter_async_context(attending(installation, person, number)) for person in (ALICE, BOB, MALLORY)
        ]
        for guest in (alice, bob, mallory):
            await guest.hear("entered")
        await alice.say(type="remove", participant=MALLORY.participant)
        assert await mallory.closed() == 4405
        await alice.say(type="lock", locked=True)
        await bob.hear("locked")
        await asyncio.to_thread(_until, lambda: says_locked(folder / f"{ROOM}.room"), 5)
        await asyncio.to_thread(restart_live, installation, number)
    async with attending(installation, MALLORY, 20 + number) as mallory:
        assert await mallory.closed() == 4405
    async with attending(installation, CAROL, 20 + number) as carol:
        assert await carol.closed() == 4423
    async with attending(installation, BOB, 20 + number) as bob:
        assert (await bob.hear("entered"))["locked"]
        async with attending(installation, ALICE, 20 + number) as alice:
            assert (await alice.hear("entered"))["locked"]
            await alice.say(type="end")
            assert await bob.closed() == 4410
    await asyncio.to_thread(_until, lambda: [path.name for path in folder.iterdir()] == [f"{ROOM}.ended"], 5)
    (folder / f"{ROOM}.ended").unlink()
    await asyncio.to_thread(restart_live, installation, number)


def says_locked(file: Path) -> bool:
    """Whether that is on disk by now, where the node writes while it goes on."""
    return file.exists() and b'"is_locked":true' in file.read_bytes()


def restart_live(installation: Installation, number: signal.Signals) -> None:
    live = installation.parts()["live"]
    live.send_signal(number)
    _until(lambda: installation.parts().get("live", live).pid != live.pid, START_TIMEOUT_S)
    _until(lambda: _answers(installation.live_port), START_TIMEOUT_S)
