"""Conclave Helper: what it costs while nothing happens, and whether it keeps up.

    python -m bench.helper

Needs Xvfb. The helper runs as its own process, with its window; a page at its port sends signed inputs.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from conclave.control import Verifier, decode_events
from tests.browser.screens import Screen
from tests.helper.program import Helper, Page
from tests.helper_cast import Controller, move

IDLE_S = 20.0
RATE_PER_S = 125
SUSTAIN_S = 10.0
VERIFIED = 2000


@dataclass(frozen=True)
class Row:
    what: str
    measured: float
    limit: float
    unit: str

    def __str__(self) -> str:
        verdict = "yes" if self.measured <= self.limit else "NO"
        return f"| {self.what} | {self.measured:.3g} {self.unit} | {self.limit:g} {self.unit} | {verdict} |"


def idle(screen: Screen, folder: Path) -> list[Row]:
    """Return processor and memory of a helper that shows its window and waits."""
    command = [sys.executable, "-m", "conclave.helper", "--log", str(folder / "idle.txt"), "--port", "0"]
    running = subprocess.Popen(command, env={**os.environ, "DISPLAY": screen.name})
    process = psutil.Process(running.pid)
    time.sleep(3)
    process.cpu_percent()
    time.sleep(IDLE_S)
    percent, bytes_ = process.cpu_percent(), process.memory_full_info().uss
    running.terminate()
    running.wait(5)
    return [Row("idle, with its window: processor", percent, 0.5, "%"), Row("memory", bytes_ / 2**20, 60, "MB")]


def keep_up(screen: Screen, folder: Path) -> list[Row]:
    """Return how many inputs were lost at the rate of a controller, and what verifying one takes."""
    helper, carol = Helper(screen, folder / "log.txt"), Controller()
    page = Page.paired(helper)
    page.gives_control(carol, helper)
    process, began = psutil.Process(helper.process.pid), time.monotonic()
    process.cpu_percent()
    total = int(RATE_PER_S * SUSTAIN_S)
    for number in range(total):
        time.sleep(max(0.0, began + number / RATE_PER_S - time.monotonic()))
        page.send(carol.input(move(number % 1000 / 1000, 0.5)))
    percent = process.cpu_percent()
    time.sleep(0.5)  # the terminal is another way in than the socket
    helper.type("stop")
    page.hears("ended")
    page.close()
    helper.close()
    obeyed = int(next(line for line in helper.notes() if "inputs: " in line).split("inputs: ")[1].split()[0])
    return [
        Row(f"inputs lost of {total}, {RATE_PER_S} a second", total - obeyed, 0, ""),
        Row(f"processor at {RATE_PER_S} a second", percent, 25, "%"),
        Row("verifying and reading one input, median", 1000 * verify(carol), 1, "ms"),
    ]


def verify(carol: Controller) -> float:
    """Return the seconds that one input takes."""
    assert carol.grant is not None
    verifier, took_s = Verifier(carol.grant), []
    for data in [carol.input(move()) for _ in range(VERIFIED)]:
        began = time.perf_counter()
        decode_events(verifier.verify(data).padded)
        took_s.append(time.perf_counter() - began)
    return statistics.median(took_s)


def main() -> None:
    screen = Screen.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            rows = [*idle(screen, Path(folder)), *keep_up(screen, Path(folder))]
    finally:
        screen.stop()
    print("| Conclave Helper | measured | at most | kept |", "|---|---|---|---|", *rows, sep="\n")


if __name__ == "__main__":
    main()
