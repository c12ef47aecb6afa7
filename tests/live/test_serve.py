"""`conclave serve` as a person starts it: ready, restarted, stopped, and refused with one line."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

import psutil
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from websockets.asyncio.client import connect
from websockets.typing import Origin

from conclave.instance import Instance, read_private_key
from conclave.live.server import SUBPROTOCOL
from tests.fakes import ALICE, BOB, Person
from tests.live.room_cast import Guest, enter, free_port, write_certificate

PARTS = ("site", "live", "worker")
START_TIMEOUT_S = 180
STOP_TIMEOUT_S = 10
POLL_S = 0.05


@dataclass
class Installation:
    """`conclave serve` in a folder of its own, and what it printed."""

    data: Path
    process: subprocess.Popen[str]
    port: int
    live_port: int
    printed: list[str] = field(default_factory=list)
    complained: list[str] = field(default_factory=list)

    @property
    def instance(self) -> Instance:
        return Instance(data=str(self.data), port=self.port, live_port=self.live_port)

    def parts(self) -> dict[str, psutil.Process]:
        children = psutil.Process(self.process.pid).children()
        return {name: child for child in children if (name := _last_word(child)) in PARTS}

    def complaints(self, of: str) -> list[str]:
        return [line for line in self.complained if line.startswith(f"conclave: the {of} ended")]


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with _serve(tmp_path_factory.mktemp("installation") / "deep" / "data") as running:
        yield running


@contextmanager
def _serve(data: Path) -> Iterator[Installation]:
    port, live_port = free_port(), free_port()
    command = _command("--data", str(data), "--port", str(port), "--live-port", str(live_port))
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        running = Installation(data, process, port, live_port)
        assert process.stdout is not None
        assert process.stderr is not None
        readers = [
            threading.Thread(target=running.printed.extend, args=(process.stdout,)),
            threading.Thread(target=running.complained.extend, args=(process.stderr,)),
        ]
        for reader in readers:
            reader.start()
        try:
            _until(lambda: bool(running.printed) or process.poll() is not None, START_TIMEOUT_S)
            yield running
        finally:
            process.kill()
            for reader in readers:
                reader.join()


def _command(*options: str) -> list[str]:
    return [sys.executable, "-m", "conclave", "serve", *options]


def _until(is_so: Callable[[], bool], timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(POLL_S)


def _last_word(process: psutil.Process) -> str:
    try:
        return (process.cmdline() or [""])[-1]
    except psutil.NoSuchProcess:
        return ""


def _answers(port: int) -> bool:
    with closing(HTTPConnection("127.0.0.1", port, timeout=2)) as connection:
        try:
            connection.request("GET", "/healthz", headers={"Host": f"localhost:{port}"})
            return connection.getresponse().status == 200
        except OSError:
            return False


def _is_gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_it_prints_one_line_when_a_person_can_use_it(installation: Installation) -> None:
    assert installation.printed == [f"ready http://localhost:{installation.port}\n"]
    assert _answers(installation.port)
    assert _answers(installation.live_port)
    assert set(installation.parts()) == {"site", "live", "worker"}


@pytest.mark.parametrize("part", ["live", "site", "worker"])
def test_a_part_that_dies_comes_back_and_the_others_do_not_notice(installation: Installation, part: str) -> None:
    before = installation.parts()
    told = len(installation.complaints(part))
    before[part].kill()
    _until(lambda: installation.parts().get(part, before[part]).pid != before[part].pid, START_TIMEOUT_S)
    _until(lambda: _answers(installation.port) and _answers(installation.live_port), START_TIMEOUT_S)
    after = installation.parts()
    assert {name for name in before if before[name].pid != after[name].pid} == {part}
    assert len(installation.complaints(part)) == told + 1
    assert len(installation.printed) == 1


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that several installations use, one after the other."""
    return tmp_path_factory.mktemp("prepared")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_with_all_its_parts(prepared: Path, number: signal.Signals) -> None:
    with _serve(prepared) as running:
        parts = list(running.parts().values())
        assert len(parts) == 3
        running.process.send_signal(number)
        assert running.process.wait(STOP_TIMEOUT_S) == 0
        assert all(_is_gone(part) for part in parts)
    assert [line for line in running.complained if line.startswith("conclave:")] == []


def test_its_parts_die_with_it_even_when_it_is_killed(prepared: Path) -> None:
    with _serve(prepared) as running:
        parts = list(running.parts().values())
        assert len(parts) == 3
        running.process.kill()
        _until(lambda: all(_is_gone(part) for part in parts), STOP_TIMEOUT_S)


def test_state_is_below_the_data_folder_and_for_its_owner_only(installation: Installation) -> None:
    data = installation.data
    assert data.stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(data / "site.sqlite3")) as database:
        assert database.execute("select count(*) from django_migrations").fetchone()[0] > 0
    private = [path for path in (data / "keys").iterdir() if path.suffix != ".pub"]
    assert len(private) == 4
    assert all(path.stat().st_mode & 0o077 == 0 for path in private)
    assert [path.name for path in installation.instance.relay.iterdir()] == ["relay.pem"], "and nothing elsewhere"


# --- site and live plane apart ---


def test_a_site_that_is_killed_disturbs_no_meeting_and_has_every_report_once_in_the_end(
    installation: Installation,
) -> None:
    # The room opens; alice and bob enter, twice each; one of the four is replaced, two leave.
    in_the_end = _taken(installation) + 1 + 4 + 3
    killed = installation.parts()["site"]
    asyncio.run(_meet(installation, while_inside=killed.kill, until=lambda: _taken(installation) >= in_the_end))
    assert _taken(installation) == in_the_end
    _until(lambda: not list(installation.instance.spool.glob("*.jws")), STOP_TIMEOUT_S)
    assert list((installation.instance.spool / "refused").iterdir()) == []


async def _meet(installation: Installation, *, while_inside: Callable[[], None], until: Callable[[], bool]) -> None:
    """Alice and bob meet before and while the site is away."""
    key = read_private_key(installation.instance.ticket_key)
    async with _enter(installation, ALICE, key, 1) as alice:
        async with _enter(installation, BOB, key, 1) as bob:
            while_inside()
            async with _enter(installation, BOB, key, 2):
                assert await bob.closed() == 4409
        await alice.say(type="leave")
        assert await alice.closed() == 4000
    async with _enter(installation, ALICE, key, 2):  # who holds the room open until everything is told
        await asyncio.to_thread(_until, until, START_TIMEOUT_S)


@asynccontextmanager
async def _enter(installation: Installation, person: Person, key: Ed25519PrivateKey, tab: int) -> AsyncIterator[Guest]:
    async with dial(installation) as connection:
        guest = Guest(person, connection)
        fresh = str(person.ticket_text(key=key, now=time.time()))
        await guest.say(**enter(person, ticket=fresh, device=person.another_device(tab)))
        await guest.hear("entered")
        yield guest


def dial(installation: Installation) -> connect:
    """Open a room socket, as the page does."""
    instance = installation.instance
    origin = Origin(instance.site_origin)
    return connect(instance.live_url, origin=origin, subprotocols=[SUBPROTOCOL], proxy=None)


def _taken(installation: Installation) -> int:
    with closing(sqlite3.connect(installation.instance.database, timeout=START_TIMEOUT_S)) as database:
        return int(database.execute("select count(*) from meetings_takenreport").fetchone()[0])


# --- bad starts ---


def _refused(*options: str) -> str:
    """Start it with bad options; return the one line it says."""
    environment = os.environ | {"PYTHONWARNINGS": "error"}
    done = subprocess.run(_command(*options), capture_output=True, text=True, timeout=START_TIMEOUT_S, env=environment)
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("conclave: ")
    return line


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM], ids=["TCP", "UDP"])
@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6], ids=["IPv4", "IPv6"])
def test_a_live_port_in_use_is_one_line(tmp_path: Path, kind: socket.SocketKind, family: socket.AddressFamily) -> None:
    port = free_port()
    with socket.socket(family, kind) as taken:
        taken.bind(("127.0.0.1" if family == socket.AF_INET else "::1", port))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        line = _refused("--data", str(tmp_path), "--port", str(free_port()), "--live-port", str(port))
    assert f"port {port} is in use" in line
    assert "--live-port" in line


def test_a_site_port_in_use_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = _refused("--data", str(tmp_path), "--port", str(port), "--live-port", str(free_port()))
    assert f"port {port} is in use; choose another with --port" in line


def test_one_port_for_both_is_one_line(tmp_path: Path) -> None:
    port = str(free_port())
    assert "must differ" in _refused("--data", str(tmp_path), "--port", port, "--live-port", port)


@pytest.mark.parametrize(
    "url", ["http://relay.example.org", "https://relay.example.org/room", "https://a; script-src *"]
)
def test_a_relay_url_that_is_no_origin_is_one_line(tmp_path: Path, url: str) -> None:
    assert "--relay-url must be https://NAME:PORT" in _refused("--data", str(tmp_path), "--relay-url", url)


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot write to" in _refused("--data", str(tmp_path / "file" / "data"))


def test_a_missing_certificate_is_one_line(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.pem")
    assert f"cannot read {missing}" in _refused("--data", str(tmp_path), "--cert", missing, "--key", missing)


def test_a_certificate_that_is_none_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("hello")
    options = ("--cert", str(tmp_path / "cert.pem"), "--key", str(tmp_path / "cert.pem"))
    assert "not a certificate and its key" in _refused("--data", str(tmp_path), *options)


@pytest.mark.parametrize("option", ["--cert", "--key"])
def test_half_a_certificate_is_one_line(tmp_path: Path, option: str) -> None:
    assert "go together" in _refused("--data", str(tmp_path), option, "file.pem")


@pytest.mark.requirement(87)
def test_a_public_host_without_a_certificate_is_one_line(tmp_path: Path) -> None:
    assert "needs --cert and --key" in _refused("--data", str(tmp_path), "--host", "meet.example")


def test_a_public_host_without_a_mail_server_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCLAVE_CONTACT", "privacy@meet.example")
    cert, key = write_certificate(tmp_path)
    ports = ("--port", str(free_port()), "--live-port", str(free_port()))
    options = ("--host", "meet.example", "--cert", cert, "--key", key)
    line = _refused("--data", str(tmp_path / "data"), *ports, *options)
    assert "CONCLAVE_SMTP_URL" in line
