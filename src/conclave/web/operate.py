"""What an operator asks of an installation by command, beside the processes that run it."""

from __future__ import annotations

import fcntl
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

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


def retain(instance: Instance, *, now: datetime, is_trial: bool) -> Iterator[str]:
    """Delete what has been kept long enough, unless it `is_trial`; yield a line for each declared period."""
    prepare(instance)
    from conclave.web.privacy import retention

    for each in retention.due(now=now):
        yield f"{each.rows.count():>8} {each.label}: kept {each.words}"
    if not is_trial:
        yield f"deleted: {sum(retention.purge(now=now).values())} rows"


def unfinished_erasures(instance: Instance) -> Iterator[str]:
    """Yield a line for each erasure that is not finished, with the places in which something was found."""
    prepare(instance)
    from conclave.web.rights.models import Erasure

    for each in Erasure.objects.filter(finished_at=None).order_by("asked_at"):
        found = ", ".join(each.found.split("\n")) or "nothing yet"
        yield f"{each.pk} asked for {each.asked_at:%Y-%m-%d %H:%M} UTC, at step {each.step}, found: {found}"


def open_legal_case(instance: Instance, *, by: str, now: datetime, **asked: Any) -> str:
    """Note what an authority asks for; return the number of the case."""
    prepare(instance)
    from conclave.web.rights import legal

    try:
        return legal.open_case(legal.Request(**asked), by=by, now=now).pk
    except legal.NoSuchCase as reason:
        raise CannotDo(str(reason)) from reason


def hand_out(instance: Instance, case_id: str, target: Path, *, now: datetime) -> Iterator[str]:
    """Write what a case asks for to `target`; yield a line for each kind of data in it."""
    prepare(instance)
    from conclave.web.rights import legal

    try:
        for each in legal.hand_out(case_id=case_id, target=target, now=now):
            yield f"{each.count():>8} {each.label}"
    except legal.NoSuchCase as reason:
        raise CannotDo(str(reason)) from reason


def refuse_legal_case(instance: Instance, case_id: str, *, now: datetime) -> None:
    """Close a case without handing anything out."""
    prepare(instance)
    from conclave.web.rights import legal

    try:
        legal.refuse(case_id=case_id, now=now)
    except legal.NoSuchCase as reason:
        raise CannotDo(str(reason)) from reason


def legal_cases(instance: Instance) -> Iterator[str]:
    """Yield a line for each case, without whom it is about."""
    prepare(instance)
    from conclave.web.rights.models import LegalCase

    for each in LegalCase.objects.order_by("opened_at"):
        state = f"handed out {each.handed_out_at:%Y-%m-%d}" if each.handed_out_at else "open"
        state = f"refused {each.refused_at:%Y-%m-%d}" if each.refused_at else state
        asked = f"{each.authority}, {each.reference}, {', '.join(each.scope.split())}"
        yield f"{each.pk} {each.opened_at:%Y-%m-%d} by {each.opened_by}: {asked}: {state}"


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
