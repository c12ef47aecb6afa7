"""The site's process: prepare what is missing, then serve by granian until told to stop."""

from __future__ import annotations

import asyncio
import fcntl
import io
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.core.management import call_command
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from conclave.instance import Instance
from conclave.web.keys import OWNER_ONLY_FOLDER, ensure_keys

LOOPBACKS = {"127.0.0.1": socket.AF_INET, "::1": socket.AF_INET6}


class BundleMissing(Exception):
    """The room's bundle was not built; the message says how to build it."""


def prepare(instance: Instance) -> None:
    """Create what is missing below `instance.data` and bring the database up to date; safe at the same time twice."""
    ensure_keys(instance)
    os.environ.update(instance.to_environment())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conclave.web.config.settings")
    with _alone(Path(instance.data) / "prepare.lock"):
        django.setup()
        call_command("check", stdout=io.StringIO())  # silent, but for errors
        call_command("migrate", verbosity=0, interactive=False)


def run(instance: Instance) -> None:
    """Serve the site until SIGTERM or SIGINT; raise `BundleMissing` when there is nothing to show."""
    prepare(instance)
    _require_bundle()
    asyncio.run(_serve(instance))


async def _serve(instance: Instance) -> None:
    from conclave.web.config.asgi import application

    servers = [
        Server(
            application,
            address=address,
            port=instance.port,
            interface=Interfaces.ASGINL,
            websockets=False,
            log_level=LogLevels.error,
            ssl_cert=Path(instance.cert) if instance.cert else None,
            ssl_key=Path(instance.key) if instance.key else None,
        )
        for address in addresses(instance)
    ]
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop, servers)
    async with asyncio.TaskGroup() as tasks:
        for server in servers:
            tasks.create_task(server.serve(), name="granian")


def _stop(servers: list[Server]) -> None:
    for server in servers:
        server.stop()  # type: ignore[no-untyped-call]  # granian leaves it without types


def addresses(instance: Instance) -> list[str]:
    """Return where to listen: a trial on both loopback addresses, since browsers may take either for localhost."""
    if instance.host == "localhost":
        return [address for address, family in LOOPBACKS.items() if _can_bind(address, family)]
    if instance.is_local:
        return [instance.host]
    return ["::" if _can_bind("::", socket.AF_INET6) else "0.0.0.0"]  # noqa: S104  # it is meant for everyone


def _can_bind(address: str, family: socket.AddressFamily) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True


def _require_bundle() -> None:
    from django.conf import settings

    if not Path(str(settings.DJANGO_VITE["default"]["manifest_path"])).exists():
        raise BundleMissing("The room's bundle has not been built yet: run `make bundle`.")


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    lock.parent.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
