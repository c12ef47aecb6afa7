"""The helper as its own process, its person at the terminal, and bob's page at its port."""

from __future__ import annotations

import json
import os
import queue
import re
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import msgspec
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from conclave.helper.messages import SUBPROTOCOL, Granted, Surface
from tests.browser.screens import Screen
from tests.helper_cast import ORIGIN, ROOM, Controller

WAIT_S = 10.0
WHOLE = Surface("monitor", "", 1280, 800)


class Helper:
    """`python -m conclave.helper --terminal`, and who sits there."""

    program: tuple[str, ...] = (sys.executable, "-m", "conclave.helper")

    def __init__(self, screen: Screen, log: Path, *arguments: str) -> None:
        self.log, self.port = log, _free_port()
        self.process = subprocess.Popen(
            [*self.program, "--terminal", "--log", log, "--port", str(self.port), *arguments],
            env={**os.environ, "DISPLAY": screen.name},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))

    def says(self, pattern: str) -> re.Match[str]:
        """Wait for a line that matches."""
        while True:
            line = self._lines.get(timeout=WAIT_S)
            if found := re.search(pattern, line):
                return found

    def code(self) -> str:
        return self.says(r"Type this code into the meeting: (\d \d{3} \d{4})")[1].replace(" ", "")

    def type(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def notes(self) -> list[str]:
        return [line.split(" ", 2)[2] for line in self.log.read_text("utf-8").splitlines()]

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(WAIT_S)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()


class Page:
    """Bob's page of the room."""

    def __init__(self, opened: ExitStack, socket_: ClientConnection) -> None:
        self._opened, self._socket = opened, socket_

    @classmethod
    def open(cls, helper: Helper, *, origin: str | None = ORIGIN, **says: Any) -> Self:
        address = f"ws://127.0.0.1:{helper.port}/"
        usual: dict[str, Any] = {"subprotocols": [Subprotocol(SUBPROTOCOL)], "open_timeout": WAIT_S}
        connecting = connect(address, origin=None if origin is None else Origin(origin), **usual | says)
        opened = ExitStack()
        return cls(opened, opened.enter_context(connecting))

    @classmethod
    def paired(cls, helper: Helper, *, code: str | None = None) -> Self:
        code = code or helper.code()
        page = cls.open(helper)
        page.send({"type": "pair", "code": code, "room": ROOM})
        page.token = page.hears("paired")["token"]
        page.share()
        return page

    token = ""

    def share(self, surface: Surface = WHOLE) -> None:
        self.send(surface)

    def send(self, message: Any) -> None:
        self._socket.send(message if isinstance(message, bytes) else msgspec.json.encode(message).decode())

    def hears_any(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self._socket.recv(timeout=WAIT_S))
        return message

    def hears(self, kind: str) -> dict[str, Any]:
        """Wait for a message of this type."""
        while (message := self.hears_any())["type"] != kind:
            pass
        return message

    def gives_control(self, carol: Controller, helper: Helper, answer: str = "allow", **says: Any) -> dict[str, Any]:
        """Ask, and have the person answer after having thought."""
        self.send(carol.ask(**says))
        self.hears("asking")
        helper.says("wants to control your computer")
        helper.says("Type .allow.")
        threading.Event().wait(1.05)
        helper.type(answer)
        granted = self.hears("granted")
        carol.take(msgspec.convert(granted, Granted))
        return granted

    def closed(self) -> int:
        """Wait until the helper closes; return the code."""
        try:
            while True:
                self._socket.recv(timeout=WAIT_S)
        except Exception:  # noqa: BLE001  # whatever ended it, the code says why
            return self._socket.close_code or 0

    def die(self) -> None:
        """Go without a word, as a browser that crashes."""
        self._socket.socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._opened.close()


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])
