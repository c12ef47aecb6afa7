"""What an operator asks of an installation by command, beside the processes that run it."""

from __future__ import annotations

import fcntl
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from conclave.instance import Instance
from conclave.web.keys import data_keys
from conclave.web.serve import prepare
from conclave.web.vault import backup, restoring
from conclave.web.vault.backup import Manifest, Tell
from conclave.web.vault.keyring import KeysUnusable
from conclave.web.vault.seal import CannotUnseal

if TYPE_CHECKING:
    from conclave.web.vault.rotation import Progress


class CannotDo(Exception):
    """A command could not do what it was asked; the message is the line that the operator reads."""


def back_up(instance: Instance, target: Path, *, with_keys: bool, now: datetime, tell: Tell) -> None:
    """Write a back-up to `target`; the installation may be running."""
    prepare(instance)
    try:
        backup.back_up(instance, target, data_keys=data_keys(instance) if with_keys else None, now=now, tell=tell)
    except sqlite3.Error as error:
        raise CannotDo(f"the database cannot be copied: {error}") from error


def restore(instance: Instance, source: Path, *, tell: Tell) -> Manifest:
    """Put the back-up in `source` in the place of the present data; the installation may be running.

    Raises:
        CannotDo: it is none, it is damaged, or it cannot be used here; nothing was changed.

    """
    try:
        with zipfile.ZipFile(source) as archive, _told():
            manifest = backup.read_manifest(archive)
            if not instance.database.exists():
                restoring.bring_keys(archive, manifest, instance, data_keys(instance))
            prepare(instance)
            _require_known(manifest)
            with _alone(Path(instance.data) / "rotate.lock"):
                restoring.add_missing_keys(archive, manifest, data_keys(instance))
                restoring.put_in_place(archive, manifest, instance, tell)
            prepare(instance)
    except zipfile.BadZipFile as error:
        raise CannotDo("that is no back-up of Conclave") from error
    return manifest


def _require_known(manifest: Manifest) -> None:
    from django.db.migrations.loader import MigrationLoader

    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    if set(manifest.migrations) - known:
        raise CannotDo(f"the back-up was made by Conclave {manifest.version}, which is newer: upgrade first")


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
    except backup.BadBackup as error:
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
