"""Putting a back-up in the place of the present data, while the installation runs or not."""

from __future__ import annotations

import sqlite3
import tempfile
import zipfile
from contextlib import closing
from pathlib import Path

from conclave.instance import Instance
from conclave.web.vault import keyring
from conclave.web.vault.backup import (
    DATA_KEYS,
    DATABASE,
    ERASED,
    BadBackup,
    Manifest,
    Tell,
    copy_database,
    extract,
)
from conclave.web.vault.seal import DataKey

KEYS = "keys/"
SPOOL = "spool/"


def bring_keys(archive: zipfile.ZipFile, manifest: Manifest, instance: Instance, data_keys: Path) -> None:
    """Give a new installation the keys of the old one; what has keys already keeps them."""
    for name in manifest.files:
        if name.startswith(KEYS) and name != DATA_KEYS and not (path := instance.keys / Path(name).name).exists():
            extract(archive, name, path)
    if manifest.has_keys() and not data_keys.exists():
        extract(archive, DATA_KEYS, data_keys)


def add_missing_keys(archive: zipfile.ZipFile, manifest: Manifest, path: Path) -> None:
    """Add the data keys that the back-up needs and brings along; raise `BadBackup` if one lacks in both."""
    ring = keyring.read(path)
    missing = set(manifest.data_keys) - {key.id for key in ring.keys}
    found = tuple(key for key in _brought(archive, manifest) if key.id in missing)
    if lacking := sorted(missing - {key.id for key in found}):
        raise BadBackup(f"{path} lacks the key {lacking[0]} of the back-up: put it back, or restore one with keys")
    if found:
        keyring.write(path, (*found, *ring.keys))


def _brought(archive: zipfile.ZipFile, manifest: Manifest) -> tuple[DataKey, ...]:
    if not manifest.has_keys():
        return ()
    with tempfile.TemporaryDirectory() as folder:
        extract(archive, DATA_KEYS, Path(folder) / "data.keys")
        return keyring.read(Path(folder) / "data.keys").keys


def put_in_place(archive: zipfile.ZipFile, manifest: Manifest, instance: Instance, tell: Tell) -> None:
    """Replace the database, all or nothing, and put back the reports that waited; raise `BadBackup`.

    `instance.restoring` is there from now until the site has been prepared with it, by whichever process comes first.
    """
    with tempfile.TemporaryDirectory(dir=instance.data, prefix=".restore-") as folder:
        database = Path(folder) / DATABASE
        extract(archive, DATABASE, database)
        _check(database)
        instance.restoring.touch(mode=0o600)
        copy_database(database, instance.database, tell)
    if ERASED in manifest.files:
        with instance.erased.open("ab") as log:
            log.write(archive.read(ERASED))
    for name in manifest.files:
        if name.startswith(SPOOL) and not (path := instance.spool / name.removeprefix(SPOOL)).exists():
            extract(archive, name, path)


def _check(database: Path) -> None:
    """Raise `BadBackup` unless the database is whole and its keys are at hand."""
    from conclave.web.vault import rotation

    try:
        with closing(sqlite3.connect(database)) as copy:
            is_whole = copy.execute("PRAGMA quick_check").fetchone() == ("ok",)
            proofs = dict(copy.execute("SELECT key_id, proof FROM vault_keycheck"))
    except sqlite3.Error as error:
        raise BadBackup("the database in the back-up cannot be read") from error
    if not is_whole:
        raise BadBackup("the database in the back-up is damaged")
    if not all(rotation.is_right(keyring.current(), proof) for proof in proofs.values()):
        raise BadBackup("the keys at hand are not those that the back-up was sealed with")
