"""What eve sees and keeps: packets on the wire, the memory of processes."""

from __future__ import annotations

import base64
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil

CHUNK_BYTES = 8 * 1024 * 1024


@dataclass
class Wire:
    """A packet capture on the loopback interface."""

    file: Path
    process: subprocess.Popen[str]

    @classmethod
    def listen(cls, file: Path, *, ports: Iterable[int]) -> Self:
        wanted = " or ".join(f"port {port}" for port in ports)
        process = subprocess.Popen(
            ["tcpdump", "-i", "lo", "-U", "-s", "0", "-B", "65536", "-w", str(file), wanted],
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr
        first = process.stderr.readline()
        while first and "listening on" not in first:
            first = process.stderr.readline()
        assert first, "tcpdump could not listen: it needs root or CAP_NET_RAW"
        return cls(file, process)

    def stop(self) -> bytes:
        self.process.terminate()
        self.process.communicate(timeout=20)
        return self.file.read_bytes()


def memory_of(process: psutil.Process) -> Iterator[bytes]:
    """Yield a process's writable memory in pieces that overlap a little; the rest is what its files already say."""
    with open(f"/proc/{process.pid}/maps") as maps, open(f"/proc/{process.pid}/mem", "rb", buffering=0) as memory:
        for line in maps:
            match = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if match and "[v" not in line:
                start, end = (int(part, 16) for part in match.groups())
                yield from _pieces(memory, start, end)


def _pieces(memory: object, start: int, end: int) -> Iterator[bytes]:
    tail = b""
    while start < end:
        try:
            memory.seek(start)  # type: ignore[attr-defined]
            piece = memory.read(min(CHUNK_BYTES, end - start))  # type: ignore[attr-defined]
        except (OSError, ValueError, OverflowError):
            return
        if not piece:
            return
        yield tail + piece
        tail, start = piece[-256:], start + len(piece)


def spellings(mark: str) -> list[bytes]:
    """How a string may lie in memory, in files or on the wire: as V8 and Python keep it, and as JSON carries bytes."""
    return [mark.encode(), mark.encode("utf-16-le"), mark.encode("utf-32-le"), *_in_base64(mark.encode())]


def _in_base64(mark: bytes) -> list[bytes]:
    """Return what every base64 text with `mark` somewhere in it contains, for each of its three alignments."""
    return [
        base64.b64encode(bytes(before) + mark)[first : (before + len(mark)) // 3 * 4]
        for before, first in ((0, 0), (1, 2), (2, 3))
    ]


def is_in_memory(marks: list[bytes], process: psutil.Process) -> bool:
    return any(mark in piece for piece in memory_of(process) for mark in marks)


def files_with(marks: list[bytes], folder: Path) -> list[Path]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return [path for path in files if any(mark in path.read_bytes() or mark in str(path).encode() for mark in marks)]
