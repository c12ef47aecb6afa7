"""What an operator asks of an installation by command, beside the processes that run it."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from conclave.instance import Instance
from conclave.web.serve import prepare
from conclave.web.vault.keyring import KeysUnusable
from conclave.web.vault.seal import CannotUnseal

if TYPE_CHECKING:
    from conclave.web.vault.rotation import Progress


class CannotDo(Exception):
    """A command could not do what it was asked; the message is the line that the operator reads."""


def rotate_keys(instance: Instance, *, now: datetime) -> Iterator[Progress]:
    """Seal the database with a new key; raise `CannotDo` when a value cannot be opened, and change none then."""
    prepare(instance)
    from conclave.web.vault import rotation

    with _alone(Path(instance.data) / "rotate.lock"), _told():
        yield from rotation.rotate(now=now)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except KeysUnusable as error:
        raise CannotDo(str(error)) from error
    except CannotUnseal as error:
        raise CannotDo("a value in the database cannot be opened with any key at hand; it is left as it was") from error


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CannotDo("this is being done already, by another process") from error
        yield
