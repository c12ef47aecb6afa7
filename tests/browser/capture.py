"""What eve sees and keeps: packets on the wire, the memory of processes."""

from __future__ import annotations

import base64
import re
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

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


@dataclass(frozen=True)
class Datagram:
    """What one datagram was, on the loopback interface."""

    at_unix_s: float
    source: int
    target: int
    size_bytes: int
    """Of its payload."""


class Datagrams:
    """Counts UDP datagrams of one port, also where the kernel passes several on as one.

    `tcpdump` sees such a bundle as one large packet. The header that the kernel puts before each packet on request
    (packet(7), `PACKET_VNET_HDR`; virtio 1.2, section 5.1.6) says of what size its parts are.
    """

    _SOL_PACKET, _PACKET_VNET_HDR, _ALL, _TO_US = 263, 15, 0x0003, 0
    _UDP_BUNDLE, _LINK_BYTES = 5, 14
    _HEADERS_BYTES: ClassVar = {0x45: 20, 0x60: 40}

    def __init__(self, port: int) -> None:
        self.seen: list[Datagram] = []
        self._port = port
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(self._ALL))
        self._socket.setsockopt(self._SOL_PACKET, self._PACKET_VNET_HDR, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024 * 1024)
        self._socket.bind(("lo", 0))
        self._socket.settimeout(0.2)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def stop(self) -> list[Datagram]:
        self._is_over.set()
        self._thread.join()
        self._socket.close()
        return self.seen

    def _listen(self) -> None:
        while not self._is_over.is_set():
            with suppress(TimeoutError):
                packet, address = self._socket.recvfrom(128 * 1024)
                if address[2] == self._TO_US:  # each is seen going out, too
                    self._note(packet[:10], packet[10 + self._LINK_BYTES :])

    def _note(self, bundle: bytes, packet: bytes) -> None:
        header_bytes = self._HEADERS_BYTES.get(packet[0] if packet[0] == 0x45 else packet[0] & 0xF0)
        if header_bytes is None or packet[6 if header_bytes == 40 else 9] != socket.IPPROTO_UDP:
            return
        source, target = struct.unpack("!HH", packet[header_bytes : header_bytes + 4])
        if self._port not in (source, target):
            return
        payload_bytes = len(packet) - header_bytes - 8
        _, kind, _, part_bytes = struct.unpack("<BBHH", bundle[:6])
        step = part_bytes if kind & 0x7F == self._UDP_BUNDLE and part_bytes else max(payload_bytes, 1)
        now = time.time()
        for start in range(0, payload_bytes, step):
            self.seen.append(Datagram(now, source, target, min(step, payload_bytes - start)))


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
