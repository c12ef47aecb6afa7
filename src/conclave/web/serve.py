"""The site's process: prepare what is missing, then serve by granian until told to stop."""

from __future__ import annotations

import asyncio
import fcntl
import io
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from conclave.instance import Instance
from conclave.web.gate import network
from conclave.web.keys import OWNER_ONLY_FOLDER, ensure_keys
from conclave.web.vault.keyring import KeysUnusable

OWNER_ONLY_UMASK = 0o077  # the database, too, is nobody else's to read
FINISH_TIMEOUT_S = 3.0  # for the requests under way at the end; the supervisor waits a little longer


class CannotStart(Exception):
    """The installation is not fit to start; the message is the line that the operator reads."""


class BundleMissing(CannotStart):
    """The room's bundle was not built; the message says how to build it."""


def prepare(instance: Instance) -> None:
    """Create what is missing below `instance.data` and bring the database up to date; safe twice at the same time.

    Raises:
        CannotStart: a setting is missing, the privacy register has a gap, or the data keys do not fit the database.

    """
    os.umask(OWNER_ONLY_UMASK)
    ensure_keys(instance)
    os.environ.update(instance.to_environment())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conclave.web.config.settings")
    try:
        with _alone(Path(instance.data) / "prepare.lock"):
            django.setup()
            call_command("check", stdout=io.StringIO())  # silent, but for errors
            _bring_up_to_date(instance)
    except (ImproperlyConfigured, SystemCheckError, KeysUnusable) as error:
        raise CannotStart(str(error)) from error


def run(instance: Instance) -> None:
    """Serve the site until SIGTERM or SIGINT, then end this process; raise `CannotStart` when it cannot begin."""
    prepare(instance)
    _require_bundle()
    network.close()
    asyncio.run(_serve(instance))
    # Granian's native threads may still call back, and an interpreter that is being taken down aborts on that.
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)


def _bring_up_to_date(instance: Instance) -> None:
    """Migrate and check the database; one that was just restored forgets who was signed in, and who was erased."""
    call_command("migrate", verbosity=0, interactive=False)
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    from conclave.web.vault.rotation import check_keys

    check_keys()
    if instance.restoring.exists():
        from conclave.web.rights.erasure import replay

        Session.objects.all().delete()
        replay(now=timezone.now())
        instance.restoring.unlink()


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
        for address in instance.addresses()
    ]
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop, servers)
    async with asyncio.TaskGroup() as tasks:
        for server in servers:
            tasks.create_task(server.serve(), name="granian")
    await _finish_requests()


def _stop(servers: list[Server]) -> None:
    for server in servers:
        server.stop()  # type: ignore[no-untyped-call]  # granian leaves it without types


async def _finish_requests() -> None:
    """Let the requests that were being answered come to their end."""
    requests = asyncio.all_tasks() - {asyncio.current_task()}
    if requests:
        await asyncio.wait(requests, timeout=FINISH_TIMEOUT_S)


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
