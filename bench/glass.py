"""Looks at the glass: reads the stamps of pictures from the pixels of the virtual screen, whatever put them there.

Run as a program, so that it takes no time from those it watches: `python -m bench.glass FRAMEBUFFER ...` prints JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import mmap
import struct
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAUSE_S = 0.0005  # between two looks; far less than a display's frame, and a few percent of one processor
BLOCKS = 64  # as pages/picture.js draws them: 16 bits of counter, 32 of time, 16 of checksum
TICKS_PER_S = 10_000
TICKS = 2**32
WHITE = 127
BYTES_PER_PX = 4
GREEN = 1  # of blue, green, red, nothing
XWD_HEADER = struct.Struct(">25I")
XWD_COLOR_BYTES = 12
HEADER_SIZE, BITS_PER_PX, BYTES_PER_LINE, COLORS = 0, 11, 12, 19  # fields of the header


@dataclass(frozen=True, slots=True)
class Strip:
    """Where the stamp is on the screen: its left edge, one row through its middle, and its width, in pixels."""

    left: float
    row: float
    width: float


@dataclass(frozen=True, slots=True)
class Sight:
    """A picture's first appearance on the glass."""

    counter: int
    delay_ms: float


async def look(framebuffer: Path, strip: Strip, *, seconds: float, clock_ms: float) -> list[Sight]:
    """Return the pictures that come on the glass in `seconds`; `clock_ms`: how far the pages' clock is behind ours."""
    where = [f"{value:.2f}" for value in (strip.left, strip.row, strip.width)]
    command = ["-m", "bench.glass", str(framebuffer), *where, str(seconds), f"{clock_ms:.2f}"]
    process = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    assert process.returncode == 0
    return [Sight(counter, delay_ms) for counter, delay_ms in json.loads(output)]


def main() -> None:
    """Watch one strip and print what was seen."""
    parser = argparse.ArgumentParser(prog="python -m bench.glass", description=__doc__)
    parser.add_argument("framebuffer", type=Path)
    for name in ("left", "row", "width", "seconds", "clock_ms"):
        parser.add_argument(name, type=float)
    options = parser.parse_args()
    strip = Strip(options.left, options.row, options.width)
    with options.framebuffer.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as screen:
        print(json.dumps(list(watch(screen, strip, seconds=options.seconds, clock_ms=options.clock_ms))))


def watch(screen: mmap.mmap, strip: Strip, *, seconds: float, clock_ms: float) -> Iterator[tuple[int, float]]:
    """Yield counter and delay in ms of each picture when it first appears."""
    places = _places(screen, strip)
    before, known = b"", None
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        seen = bytes([screen[place] for place in places])
        if seen != before:
            before = seen
            stamp = _decode(seen)
            if stamp is not None and stamp[0] != known:
                known = stamp[0]
                now_ticks = round((time.time() - clock_ms / 1000) * TICKS_PER_S)
                yield known, (now_ticks - stamp[1]) % TICKS * 1000 / TICKS_PER_S
        time.sleep(PAUSE_S)


def _places(screen: mmap.mmap, strip: Strip) -> list[int]:
    """Return where in the file the middle of each block is (X11's XWDFile.h)."""
    header = XWD_HEADER.unpack(screen[: XWD_HEADER.size])
    assert header[BITS_PER_PX] == 8 * BYTES_PER_PX
    start = header[HEADER_SIZE] + header[COLORS] * XWD_COLOR_BYTES + round(strip.row) * header[BYTES_PER_LINE]
    columns = [round(strip.left + (block + 0.5) * strip.width / BLOCKS) for block in range(BLOCKS)]
    return [start + column * BYTES_PER_PX + GREEN for column in columns]


def _decode(greens: bytes) -> tuple[int, int] | None:
    """Return counter and time in ticks, or None when the blocks are no stamp."""
    bits = int("".join("1" if green > WHITE else "0" for green in greens), 2).to_bytes(BLOCKS // 8, "big")
    if _checksum(bits[:6]) != int.from_bytes(bits[6:], "big"):
        return None
    return int.from_bytes(bits[:2], "big"), int.from_bytes(bits[2:6], "big")


def _checksum(data: bytes) -> int:
    """CRC-16/CCITT."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = ((crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def strip_of(found: dict[str, Any]) -> Strip:
    """Return what `meter.strip()` of a page has found."""
    return Strip(float(found["left"]), float(found["row"]), float(found["width"]))


if __name__ == "__main__":
    main()
