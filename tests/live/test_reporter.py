"""Delivery to a site that dies at the worst moments: nothing is lost, nothing is taken twice."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest

from conclave import report
from conclave.live import reporter as reporter_module
from conclave.live.backoff import Backoff
from conclave.live.reporter import Answer, DeliveryFailed, Reporter, post_to
from conclave.live.spool import Spool
from conclave.report import Closed, Entered, Opened
from tests.fakes import CAROL, NODE_KEY, NOW_UNIX_S, ROOM
from tests.live.room_cast import PATIENCE_S, free_port

pytestmark = pytest.mark.asyncio

SITE = '''
"""A site that keeps report ids in a file, each once, and dies as it is told."""
import json, os, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

port, taken, dies = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]

class Site(BaseHTTPRequestHandler):
    def do_POST(self):
        reports = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["reports"]
        ids = [json.loads(decode(text))["id"] for text in reports]
        if dies == "before":
            os._exit(9)
        known = taken.read_text().split() if taken.exists() else []
        with taken.open("a") as file:
            file.writelines(f"{new}\\n" for new in ids if new not in known)
        if dies == "after":
            os._exit(9)
        answer = json.dumps({"accepted": ids, "refused": []}).encode()
        if dies == "halfway":
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer[:-5])
            self.wfile.flush()
            os._exit(9)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer)
    def log_message(self, *_): pass

def decode(text):
    import base64
    payload = text.split(".")[1]
    return base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))

server = HTTPServer(("127.0.0.1", port), Site)
print("ready", flush=True)
server.serve_forever()
'''


def _start_site(port: int, taken: Path, dies: str) -> subprocess.Popen[str]:
    site = subprocess.Popen([sys.executable, "-c", SITE, str(port), taken, dies], stdout=subprocess.PIPE, text=True)
    assert site.stdout is not None
    assert site.stdout.readline() == "ready\n"
    return site


def _make(folder: Path, post: reporter_module.Post) -> Reporter:
    backoff = Backoff(first_s=0.01, cap_s=0.05, uniform=Random(1).uniform)  # noqa: S311  # seeded
    return Reporter(
        spool=Spool(folder), private_key=NODE_KEY, post=post, unix_s=lambda: float(NOW_UNIX_S), backoff=backoff
    )


@asynccontextmanager
async def _running(reporter: Reporter) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as tasks:
        work = [tasks.create_task(reporter.write()), tasks.create_task(reporter.deliver())]
        try:
            yield
        finally:
            for task in work:
                task.cancel()


async def _until(is_so: Callable[[], bool]) -> None:
    """Wait for another process, which can set no event here."""
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("dies", ["before", "after", "halfway"])
async def test_a_site_that_dies_while_it_takes_reports_has_each_once_in_the_end(tmp_path: Path, dies: str) -> None:
    port, taken, folder = free_port(), tmp_path / "taken", tmp_path / "spool"
    reporter = _make(folder, post_to(f"http://127.0.0.1:{port}"))
    dying = _start_site(port, taken, dies)
    async with _running(reporter):
        for _ in range(3):
            reporter.report(ROOM, Opened())
        await reporter.flush()
        await asyncio.to_thread(dying.communicate, timeout=PATIENCE_S)
        expected = [path.stem.partition("-")[2] for path in sorted(folder.glob("*.jws"))]
        assert len(expected) == 3, "nothing is deleted before the site has said that it has it"
        reporter.report(ROOM, Closed("empty"))
        await reporter.flush()
        sound = _start_site(port, taken, "never")
        await _until(lambda: not list(folder.glob("*.jws")))
        sound.terminate()
        await asyncio.to_thread(sound.communicate, timeout=PATIENCE_S)
    assert taken.read_text().split()[:3] == expected
    assert len(taken.read_text().split()) == len(set(taken.read_text().split())) == 4


async def test_reports_of_a_node_that_died_are_delivered_by_the_next(tmp_path: Path) -> None:
    async def fail() -> None:
        reporter = _make(tmp_path, _refuse_connection)
        async with _running(reporter):
            reporter.report(ROOM, Entered(CAROL.participant, CAROL.device, "attendee"))
            await reporter.flush()

    await fail()
    delivered: list[str] = []
    async with _running(_make(tmp_path, _take(delivered))):
        await _until(lambda: not list(tmp_path.glob("*.jws")))
    (text,) = delivered
    assert report.verify(text, NODE_KEY.public_key()).event == Entered(CAROL.participant, CAROL.device, "attendee")
    assert report.verify(text, NODE_KEY.public_key()).at_unix_ms == NOW_UNIX_S * 1000


def _refuse_connection(_reports: list[str]) -> Answer:
    raise DeliveryFailed("away")


def _take(delivered: list[str]) -> reporter_module.Post:
    def post(reports: list[str]) -> Answer:
        delivered.extend(reports)
        return Answer([report.verify(text, NODE_KEY.public_key()).id for text in reports], [])

    return post


async def test_what_the_site_refuses_is_set_aside_and_the_rest_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def post(reports: list[str]) -> Answer:
        ids = [report.verify(text, NODE_KEY.public_key()).id for text in reports]
        return Answer(ids[1:], [0])

    reporter = _make(tmp_path, post)
    reporter.report(ROOM, Opened())
    reporter.report(ROOM, Closed("empty"))
    async with _running(reporter):
        await reporter.flush()
        await _until(lambda: "refused 1 reports" in caplog.text)
    assert Spool(tmp_path).oldest() == []
    assert len(list((tmp_path / "refused").iterdir())) == 1


async def test_an_answer_that_settles_nothing_is_a_failure_and_is_tried_again(tmp_path: Path) -> None:
    answers = [Answer([], []), Answer([], [])]
    delivered: list[str] = []

    def post(reports: list[str]) -> Answer:
        return answers.pop() if answers else _take(delivered)(reports)

    reporter = _make(tmp_path, post)
    reporter.report(ROOM, Opened())
    async with _running(reporter):
        await reporter.flush()
        await _until(lambda: not list(tmp_path.glob("*.jws")))
    assert len(delivered) == 1


async def test_a_disk_that_fails_for_a_moment_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporter_module, "WRITE_RETRY_S", 0.01)
    append, failures = Spool.append, [OSError(28, "full"), OSError(28, "full")]

    def fail_first(self: Spool, reports: list[tuple[str, str]]) -> int:
        if failures:
            raise failures.pop()
        return append(self, reports)

    monkeypatch.setattr(Spool, "append", fail_first)
    delivered: list[str] = []
    reporter = _make(tmp_path, _take(delivered))
    reporter.report(ROOM, Opened())
    async with _running(reporter):
        await reporter.flush()
        await _until(lambda: len(delivered) == 1)


async def test_memory_is_bounded_while_the_disk_is_slow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(reporter_module, "MAX_UNWRITTEN", 2)
    reporter = _make(tmp_path, _refuse_connection)
    for _ in range(3):
        reporter.report(ROOM, Opened())
    assert "one report dropped" in caplog.text


@pytest.mark.parametrize("answer", ["500", "html", "nothing"])
async def test_a_site_that_answers_nonsense_has_not_taken_anything(answer: str) -> None:
    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = json.dumps({"accepted": [], "refused": []}) if answer == "500" else "<html>"
        status = "500 No" if answer == "500" else "200 OK"
        if answer != "nothing":
            writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        writer.close()
        await writer.wait_closed()

    port = free_port()
    async with await asyncio.start_server(respond, "127.0.0.1", port):
        with pytest.raises(DeliveryFailed):
            await asyncio.to_thread(post_to(f"http://127.0.0.1:{port}"), ["report"])
