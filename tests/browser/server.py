"""A real installation for the browser tests, in processes of its own."""

from __future__ import annotations

import email
import email.policy
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from conclave.instance import Instance

READY_TIMEOUT_S = 90
STOP_TIMEOUT_S = 20


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """`conclave serve` in a folder of its own."""

    data: Path
    instance: Instance
    process: subprocess.Popen[str]
    output: list[str] = field(default_factory=list)

    @classmethod
    def start(cls, data: Path) -> Server:
        instance = Instance(data=str(data), port=free_port(), live_port=free_port())
        command = [sys.executable, "-m", "conclave", "serve", "--data", str(data)]
        command += ["--port", str(instance.port), "--live-port", str(instance.live_port)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        server = cls(data, instance, process)
        server.wait_until_ready()
        return server

    @property
    def origin(self) -> str:
        return self.instance.site_origin

    def wait_until_ready(self) -> None:
        ready = threading.Event()

        def read() -> None:
            assert self.process.stdout
            for line in self.process.stdout:
                self.output.append(line)
                if line.startswith("ready "):
                    ready.set()
            ready.set()

        threading.Thread(target=read, daemon=True).start()
        assert ready.wait(READY_TIMEOUT_S), "".join(self.output)
        assert self.process.poll() is None, "".join(self.output)

    def processes(self) -> list[psutil.Process]:
        """Every process of the installation, the supervisor first."""
        supervisor = psutil.Process(self.process.pid)
        return [supervisor, *supervisor.children(recursive=True)]

    def part(self, name: str) -> psutil.Process:
        """The process of one part: `site`, `live` or `worker`."""
        return next(p for p in self.processes()[1:] if name in p.cmdline())

    def kill(self, name: str) -> None:
        os.kill(self.part(name).pid, signal.SIGKILL)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(STOP_TIMEOUT_S)
        if self.process.stdout:
            self.process.stdout.close()

    def verification_link(self, address: str) -> str:
        """The link of the newest mail to `address`, once it has come."""
        mails = WaitFor(lambda: [m for m in self._mails() if address in str(m["To"])])
        body = mails()[-1].get_body(("plain",))
        assert body is not None
        return re.findall(r"https?://\S+", body.get_content())[0]

    def _mails(self) -> list[email.message.EmailMessage]:
        files = sorted(self.instance.outbox.glob("*"), key=lambda path: path.stat().st_mtime)
        return [email.message_from_bytes(f.read_bytes(), policy=email.policy.default) for f in files if f.is_file()]


class WaitFor:
    """Ask until the answer is something; for what no browser shows."""

    def __init__(self, question, *, timeout_s: float = 20.0) -> None:
        self._question = question
        self._timeout_s = timeout_s

    def __call__(self):
        tick = threading.Event()
        for _ in range(int(self._timeout_s / 0.1)):
            answer = self._question()
            if answer:
                return answer
            tick.wait(0.1)
        raise AssertionError("it did not come")
