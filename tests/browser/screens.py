"""Virtual X screens with something on them."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import Self

SIZE = "1280x800x24"


@dataclass
class Screen:
    """An X display of our own."""

    name: str
    process: subprocess.Popen[bytes]

    @classmethod
    def start(cls) -> Self:
        reader, writer = os.pipe()
        process = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writer), "-screen", "0", SIZE, "-nolisten", "tcp"],
            pass_fds=[writer],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(writer)
        with os.fdopen(reader) as pipe:
            return cls(f":{pipe.readline().strip()}", process)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


@dataclass
class Window:
    """A terminal window on a screen that shows a text."""

    process: subprocess.Popen[bytes]

    @classmethod
    def show(
        cls, screen: Screen, *, title: str, text: str, geometry: str = "80x20-0-0", then: str = "exec sleep 3600"
    ) -> Self:
        """Show `text` (terminal control sequences allowed), and what the shell commands `then` print, until closed."""
        script = f"printf '{text}'; {then}"
        command = ["xterm", "-display", screen.name, "-geometry", geometry, "-T", title]
        command += [
            "-bg",
            "white",
            "-fg",
            "black",
            "-fs",
            "14",
            "-fa",
            "DejaVu Sans Mono",
            "+sb",
            "-e",
            "sh",
            "-c",
            script,
        ]
        return cls(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(10)


# Four stripes over a whole 80-column terminal: red, green, blue, yellow, five lines each.
TEST_CARD = "".join(f"\\033[{code}m" + ("%80s\\n" * 5) for code in (41, 42, 44, 43)) + "\\033[0m"
