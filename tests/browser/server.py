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
import urllib.request
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
    def start(cls, data: Path, *, live_port: int | None = None, relay_url: str | None = None) -> Server:
        live_port = live_port or free_port()
        instance = Instance(data=str(data), port=free_port(), live_port=live_port, relay_address=relay_url)
        command = [sys.executable, "-m", "conclave", "serve", "--data", str(data)]
        command += ["--port", str(instance.port), "--live-port", str(instance.live_port)]
        command += ["--relay-url", relay_url] if relay_url else []
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


class AlteredServer:
    """A site and a worker as they are, and a live plane that is started by a script of the test's own."""

    def __init__(self, folder: Path, live: list[str]) -> None:
        self.instance = Instance(data=str(folder / "instance"), port=free_port(), live_port=free_port())
        environment = os.environ | self.instance.to_environment()
        self._prepare(environment)
        parts = [["-m", "conclave", part, *self._flags()] for part in ("site", "worker")]
        self._processes = [
            subprocess.Popen([sys.executable, *part], env=environment, stdin=subprocess.PIPE) for part in [*parts, live]
        ]
        WaitFor(lambda: self._answers(self.instance.port) and self._answers(self.instance.live_port), timeout_s=60)()

    origin = property(lambda self: self.instance.site_origin)
    verification_link = Server.verification_link
    _mails = Server._mails

    def _flags(self) -> list[str]:
        ports = ["--port", str(self.instance.port), "--live-port", str(self.instance.live_port)]
        return ["--data", self.instance.data, *ports]

    def _prepare(self, environment: dict[str, str]) -> None:
        code = (
            "from conclave.web.serve import prepare; from conclave.instance import Instance; "
            "prepare(Instance.from_environment())"
        )
        subprocess.run([sys.executable, "-c", code], env=environment, check=True)

    def _answers(self, port: int) -> bool:
        try:
            with urllib.request.urlopen(f"http://localhost:{port}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def stop(self) -> None:
        for process in self._processes:
            process.send_signal(signal.SIGTERM)
        for process in self._processes:
            process.wait(STOP_TIMEOUT_S)
            assert process.stdin
            process.stdin.close()


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
