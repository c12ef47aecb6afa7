"""What rooms must not forget, on disk as long as they last (docs/protocol/room.md, "A restart")."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import msgspec

from conclave.live.durable import prepare_folder, sync_folder, write_file
from conclave.rooms.effects import Forget, Remember, RememberEnd
from conclave.rooms.memory import Memory, decode_memory
from conclave.rooms.node import Node
from conclave.rooms.room import LIFETIME_S
from conclave.ticket import RoomId

WRITE_RETRY_S = 1.0
"""A full disk is not empty sooner."""

_ROOM, _ENDED = ".room", ".ended"

Change: TypeAlias = Remember | RememberEnd | Forget
_log = logging.getLogger(__name__)


class _Kept(msgspec.Struct, forbid_unknown_fields=True):
    until_unix_s: float
    memory: msgspec.Raw


class Memories:
    """Takes changes without waiting and writes the newest of each room; one file for a room, one for an end."""

    def __init__(self, folder: Path, *, unix_s: Callable[[], float], monotonic_s: Callable[[], float]) -> None:
        self._folder = folder
        self._unix_s = unix_s
        self._monotonic_s = monotonic_s
        self._unwritten: dict[Path, bytes | None] = {}
        self._changed = asyncio.Event()
        self._written = asyncio.Event()
        self._written.set()
        prepare_folder(folder)

    def restore(self, node: Node) -> None:
        """Tell a node that starts what it knew before. Blocks."""
        for path in sorted(self._folder.iterdir()):
            room, now = RoomId(path.stem), self._monotonic_s()
            memory, until_unix_s = self._read(path, room)
            until = now + min(until_unix_s - self._unix_s(), LIFETIME_S)
            if until <= now:
                path.unlink()
            elif path.suffix == _ENDED:
                node.restore_end(room, until=until, now=now)
            elif path.suffix == _ROOM:
                node.restore(room, memory, until=until, now=now)

    def take(self, change: Change) -> None:
        """Take a change; it is on disk some milliseconds later."""
        match change:
            case Remember(room, memory, until):
                self._put(room, _ROOM, msgspec.json.encode(_Kept(self._to_unix_s(until), msgspec.Raw(memory))))
            case RememberEnd(room, until):
                self._put(room, _ENDED, msgspec.json.encode(_Kept(self._to_unix_s(until), msgspec.Raw(b"{}"))))
            case Forget(room):
                self._put(room, _ROOM, None)

    async def write(self) -> None:
        """Bring changes to disk, until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            batch, self._unwritten = self._unwritten, {}
            try:
                await asyncio.to_thread(self._write, batch)
            except OSError as error:
                _log.error("what rooms must remember cannot be written: %s", type(error).__name__)
                self._unwritten = batch | self._unwritten
                self._changed.set()
                await asyncio.sleep(WRITE_RETRY_S)
            if not self._unwritten:
                self._written.set()

    async def flush(self) -> None:
        """Return when everything taken so far is on disk."""
        await self._written.wait()

    def _put(self, room: RoomId, suffix: str, content: bytes | None) -> None:
        self._unwritten[self._folder / f"{room}{suffix}"] = content
        self._written.clear()
        self._changed.set()

    def _to_unix_s(self, until: float) -> float:
        return round(self._unix_s() + until - self._monotonic_s(), 3)

    def _read(self, path: Path, room: RoomId) -> tuple[Memory, float]:
        """Return what a file says and until when; a damaged one says what closes most, for as long as a room lasts."""
        content = path.read_bytes()
        try:
            kept = msgspec.json.decode(content, type=_Kept)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            _log.error("what room %s must remember is damaged: it is locked", room)
            return decode_memory(b""), self._unix_s() + LIFETIME_S
        return decode_memory(bytes(kept.memory)), kept.until_unix_s

    def _write(self, batch: dict[Path, bytes | None]) -> None:
        for path, content in batch.items():
            if content is None:
                path.unlink(missing_ok=True)
            else:
                write_file(path, content)
        if any(path.suffix == _ENDED for path in batch):
            self._sweep()
        sync_folder(self._folder)

    def _sweep(self) -> None:
        """Delete ends that have served their time."""
        for path in self._folder.glob(f"*{_ENDED}"):
            if self._read(path, RoomId(path.stem))[1] <= self._unix_s():
                path.unlink()
