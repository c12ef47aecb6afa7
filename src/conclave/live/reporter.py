"""From the room's events to the site: sign, spool, deliver, and try again until the site has them."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from conclave import report
from conclave.live.backoff import Backoff
from conclave.live.spool import Spool
from conclave.ticket import RoomId

MAX_UNWRITTEN = 10_000
"""Reports in memory while the disk is slow: a few seconds of the busiest node."""
WRITE_RETRY_S = 1.0
"""A full disk is not empty sooner."""
RETRY_FIRST_S = 0.25
RETRY_CAP_S = 15.0
"""After a long outage the site's history is up to date within a quarter of a minute."""
POST_TIMEOUT_S = 5.0
"""The site answers in milliseconds; a stop of the node waits no longer than this."""
MAX_ANSWER_BYTES = 64 * 1024
"""A hundred ids and a hundred indexes take less than 5 KiB."""
DELIVERY_PATH = "/live/reports"

T = TypeVar("T")
_log = logging.getLogger(__name__)


class DeliveryFailed(Exception):
    """The site did not take the reports this time."""


class Answer(msgspec.Struct, frozen=True):
    """What the site did with a delivery."""

    accepted: list[str]
    refused: list[int]


Post = Callable[[list[str]], Answer]
"""Sends reports to the site; blocks; raises `DeliveryFailed`."""


class Reporter:
    """Takes events without waiting, and owns the two tasks that bring them to disk and to the site."""

    def __init__(
        self, *, spool: Spool, private_key: Ed25519PrivateKey, post: Post, unix_s: Callable[[], float], backoff: Backoff
    ) -> None:
        self._spool = spool
        self._private_key = private_key
        self._post = post
        self._unix_s = unix_s
        self._backoff = backoff
        self._unwritten: asyncio.Queue[tuple[str, str]] = asyncio.Queue(MAX_UNWRITTEN)
        self._spooled = asyncio.Event()
        self._disk = ThreadPoolExecutor(1, "spool")

    def report(self, room: RoomId, event: report.Event) -> None:
        """Take one event of a room."""
        report_id = secrets.token_hex(16)
        at_unix_ms = int(self._unix_s() * 1000)
        text = report.sign(report.Report(report_id, room, at_unix_ms, event), self._private_key)
        try:
            self._unwritten.put_nowait((report_id, text))
        except asyncio.QueueFull:
            _log.error("one report dropped: %d wait to be written", MAX_UNWRITTEN)

    async def flush(self) -> None:
        """Return when everything taken so far is on disk."""
        await self._unwritten.join()

    async def write(self) -> None:
        """Bring reports to disk, until cancelled."""
        while True:
            batch = [await self._unwritten.get()]
            while not self._unwritten.empty():
                batch.append(self._unwritten.get_nowait())
            await self._write_batch(batch)
            for _ in batch:
                self._unwritten.task_done()
            self._spooled.set()

    async def deliver(self) -> None:
        """Bring spooled reports to the site, oldest first, until cancelled."""
        while True:
            self._spooled.clear()
            try:
                is_empty = await self._deliver_batch()
            except (DeliveryFailed, OSError) as error:
                wait_s = self._backoff.next_s()
                _log.info("reports wait for the site (%s), next attempt in %.1f s", type(error).__name__, wait_s)
                await asyncio.sleep(wait_s)
                continue
            self._backoff.reset()
            if is_empty:
                await self._spooled.wait()

    async def _write_batch(self, batch: list[tuple[str, str]]) -> None:
        while True:
            try:
                dropped = await self._on_disk(partial(self._spool.append, batch))
            except OSError as error:
                _log.error("reports cannot be written: %s", type(error).__name__)
                await asyncio.sleep(WRITE_RETRY_S)
                continue
            if dropped:
                _log.error("%d reports dropped: the spool is full", dropped)
            return

    async def _deliver_batch(self) -> bool:
        """Deliver once; True when there was nothing to deliver."""
        batch = await self._on_disk(self._spool.oldest)
        if not batch:
            return True
        answer = await asyncio.to_thread(self._post, [spooled.text for spooled in batch])
        accepted, refused = frozenset(answer.accepted), frozenset(answer.refused)
        settled = await self._on_disk(partial(self._spool.settle, batch, accepted=accepted, refused=refused))
        if answer.refused:
            _log.error("the site refused %d reports; they are set aside", len(answer.refused))
        if not settled:
            raise DeliveryFailed("the answer settles nothing")
        return False

    async def _on_disk(self, work: Callable[[], T]) -> T:
        """Do blocking work in the one thread that touches the spool."""
        return await asyncio.get_running_loop().run_in_executor(self._disk, work)


def post_to(site_origin: str) -> Post:
    """Return what posts reports to a site; its certificate is verified."""
    address = urlsplit(site_origin)
    make = HTTPSConnection if address.scheme == "https" else HTTPConnection

    def post(reports: list[str]) -> Answer:
        connection = make(address.hostname or "", address.port, timeout=POST_TIMEOUT_S)
        try:
            body = msgspec.json.encode({"reports": reports})
            connection.request("POST", DELIVERY_PATH, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            content = response.read(MAX_ANSWER_BYTES)
            if response.status != 200:
                raise DeliveryFailed(f"status {response.status}")
            return msgspec.json.decode(content, type=Answer)
        except (OSError, HTTPException, msgspec.MsgspecError) as error:
            raise DeliveryFailed(type(error).__name__) from error
        finally:
            connection.close()

    return post
