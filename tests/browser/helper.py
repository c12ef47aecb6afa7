"""Conclave Helper as a presenter runs it: in a terminal, in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.browser.screens import Screen
from tests.browser.server import WaitFor

THINK_S = 1.2
"""An answer counts only when a question has been there for a second."""


@dataclass
class Helper:
    """`conclave helper --terminal` on a screen."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    reader: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    @classmethod
    def start(cls, screen: Screen, log: Path) -> Self:
        process = subprocess.Popen(
            [sys.executable, "-m", "conclave.helper", "--terminal", "--log", str(log)],
            env={**os.environ, "DISPLAY": screen.name},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return cls(process)

    @property
    def code(self) -> str:
        """The digits that it shows now."""
        WaitFor(lambda: self.said(r"Type this code") is not None)()
        found = re.findall(r"meeting: (\d \d{3} \d{4})", "\n".join(self.lines))
        return str(found[-1])

    def said(self, pattern: str) -> str | None:
        """The last line that it has said of this kind."""
        return next((line for line in reversed(self.lines) if re.search(pattern, line)), None)

    def answer(self, word: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()

    def stop(self) -> None:
        with self.process:  # closes its pipes
            self.process.terminate()
            self.reader.join(10)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
