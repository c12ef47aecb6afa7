"""`conclave serve`: starts the parts, says when they are ready, and keeps them running until told to stop."""

from __future__ import annotations

import asyncio
import http.client
import os
import secrets
import signal
import ssl
import sys
from asyncio.subprocess import Process
from contextlib import closing

from conclave.cli.orphan import PARENT_PIPE_KEY
from conclave.instance import Instance
from conclave.live.backoff import Backoff

PARTS = ("site", "live", "worker")
HEALTH_PATH = "/healthz"
START_TIMEOUT_S = 180.0
"""A small, busy machine takes half a minute; a part that dies is noticed at once."""
STOP_TIMEOUT_S = 6.0
"""Longer than a part needs to say goodbye; then it is killed."""
PROBE_S = 0.1
PROBE_TIMEOUT_S = 2.0
RESTART_FIRST_S = 0.2
"""People are back in their meeting within seconds."""
RESTART_CAP_S = 10.0
STEADY_S = 30.0
"""A part that ran for so long did not die of starting."""


def serve(instance: Instance) -> None:
    """Run all parts of a prepared installation until SIGTERM or SIGINT; `SystemExit` when one does not start."""
    code = asyncio.run(_Supervisor(instance).run())
    if code:
        sys.exit(code)


class _Supervisor:
    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._stop = asyncio.Event()
        self._is_ready = False
        self._code = 0
        self._running: dict[str, Process] = {}
        # Nobody ever writes to it: the parts see its end when this process is gone, even by SIGKILL.
        self._pipe, self._held = os.pipe()

    async def run(self) -> int:
        """Return the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._stop.set)
        async with asyncio.TaskGroup() as tasks:
            keepers = [tasks.create_task(self._keep(part), name=part) for part in PARTS]
            announcer = tasks.create_task(self._announce(), name="ready")
            await self._stop.wait()
            for task in [*keepers, announcer]:
                task.cancel()
        await self._stop_parts()
        return self._code

    async def _keep(self, part: str) -> None:
        """Start a part, and again whenever it ends."""
        uniform = secrets.SystemRandom().uniform
        backoff = Backoff(first_s=RESTART_FIRST_S, cap_s=RESTART_CAP_S, uniform=uniform)
        clock = asyncio.get_running_loop().time
        while True:
            started = clock()
            self._running[part] = process = await self._start(part)
            code = await process.wait()
            if not self._is_ready:
                self._fail(f"the {part} did not start" if code != 1 else None)  # with 1 it has said why
                return
            if clock() - started > STEADY_S:
                backoff.reset()
            wait_s = backoff.next_s()
            _tell(f"the {part} ended with {code}; starting it again in {wait_s:.1f} s")
            await asyncio.sleep(wait_s)

    async def _start(self, part: str) -> Process:
        environment = os.environ | self._instance.to_environment() | {PARENT_PIPE_KEY: str(self._pipe)}
        # A session of its own: Ctrl-C reaches this process only, which stops the parts in order.
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "conclave", part),
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            pass_fds=(self._pipe,),
            start_new_session=True,
        )

    async def _announce(self) -> None:
        """Print the one line, once a person can use it."""
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                for port in (self._instance.port, self._instance.live_port):
                    # Another process can set no event here: ask again.
                    while not await asyncio.to_thread(_answers, self._instance, port):  # noqa: ASYNC110
                        await asyncio.sleep(PROBE_S)
        except TimeoutError:
            self._fail(f"not ready after {START_TIMEOUT_S:.0f} s")
            return
        self._is_ready = True
        sys.stdout.write(f"ready {self._instance.site_origin}\n")
        sys.stdout.flush()

    def _fail(self, line: str | None) -> None:
        if line is not None and not self._code:
            _tell(line)
        self._code = 1
        self._stop.set()

    async def _stop_parts(self) -> None:
        running = [process for process in self._running.values() if process.returncode is None]
        for process in running:
            process.terminate()
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await asyncio.gather(*(process.wait() for process in running))
        except TimeoutError:
            for process in running:
                if process.returncode is None:
                    process.kill()
                    await process.wait()


def _answers(instance: Instance, port: int) -> bool:
    """Return whether a part answers on its port, asked from this computer."""
    address = {"::": "::1", "0.0.0.0": "127.0.0.1"}.get(instance.addresses()[0], instance.addresses()[0])  # noqa: S104
    connection: http.client.HTTPConnection
    if instance.cert is None:
        connection = http.client.HTTPConnection(address, port, timeout=PROBE_TIMEOUT_S)
    else:
        # Only whether it answers matters; the certificate names the host, not this address.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        connection = http.client.HTTPSConnection(address, port, timeout=PROBE_TIMEOUT_S, context=context)
    with closing(connection):
        try:
            connection.request("GET", HEALTH_PATH, headers={"Host": instance.site_origin.partition("://")[2]})
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False


def _tell(line: str) -> None:
    sys.stderr.write(f"conclave: {line}\n")
    sys.stderr.flush()
