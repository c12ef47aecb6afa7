"""Back-ups: one ZIP file of the database as it was at one moment, the reports that wait, and a manifest of hashes.

Keys are in it only if asked for: who finds a back-up without them reads neither names nor addresses in it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

from conclave.instance import Instance

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "site.sqlite3"
DATA_KEYS = "keys/data.keys"
ERASED = "erased.log"
OWNER_ONLY_FILE = 0o600
PAGES_A_STEP = 2000  # of 4 KiB; between steps the progress is told
COPY_BYTES = 1024 * 1024
_NAME = re.compile(r"site\.sqlite3|erased\.log|keys/[a-z]+\.[a-z]+|spool/(records/)?[A-Za-z0-9_-]+\.jws")

Tell = Callable[[int], None]
"""Is told how many per cent are done."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a back-up holds, and what it takes to use it."""

    format: int
    made_at: str
    version: str
    host: str
    migrations: list[str]
    data_keys: list[str]
    """Ids of the keys that its database is sealed with."""
    files: dict[str, str] = field(default_factory=dict)
    """The SHA-256 of each file, by its name."""

    def has_keys(self) -> bool:
        return DATA_KEYS in self.files


def back_up(instance: Instance, target: Path, *, data_keys: Path | None, now: datetime, tell: Tell) -> None:
    """Write a back-up of a running or stopped installation to `target`; with all keys if `data_keys` is given.

    Either `target` holds a whole back-up in the end, or it is as it was; raises OSError and sqlite3.Error.
    """
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with tempfile.TemporaryDirectory(dir=instance.data, prefix=".backup-") as folder:
            copy = Path(folder) / DATABASE
            copy_database(instance.database, copy, tell)
            descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, OWNER_ONLY_FILE)
            with os.fdopen(descriptor, "w+b") as file:
                _write(file, instance, copy, data_keys, now=now)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def copy_database(source: Path, target: Path, tell: Tell) -> None:
    """Copy a database as it is at this moment, while others write to it."""

    def note(_status: int, remaining: int, total: int) -> None:
        tell(100 * (total - remaining) // max(total, 1))

    with closing(sqlite3.connect(source, isolation_level=None)) as live, closing(sqlite3.connect(target)) as copy:
        target.chmod(OWNER_ONLY_FILE)
        live.execute("BEGIN")  # what is written from now on is not seen, so that the copy is of one moment
        live.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        live.backup(copy, pages=PAGES_A_STEP, progress=note)


def _write(file: BinaryIO, instance: Instance, database: Path, data_keys: Path | None, *, now: datetime) -> None:
    sources = {DATABASE: database}
    sources |= {f"spool/{path.relative_to(instance.spool)}": path for path in sorted(instance.spool.rglob("*.jws"))}
    sources[ERASED] = instance.erased
    if data_keys is not None:
        sources |= {f"keys/{path.name}": path for path in instance.keys.iterdir() if not path.name.startswith(".")}
        sources[DATA_KEYS] = data_keys
    manifest = Manifest(
        format=FORMAT,
        made_at=now.isoformat(timespec="seconds"),
        version=version("conclave"),
        host=instance.host,
        migrations=_column(database, "SELECT app || '.' || name FROM django_migrations ORDER BY 1"),
        data_keys=_column(database, "SELECT key_id FROM vault_keycheck ORDER BY 1"),
    )
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in sources.items():
            if path.exists():  # a report may have been delivered meanwhile
                manifest.files[name] = _add(archive, name, path)
        archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1))
    file.flush()
    os.fsync(file.fileno())


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> str:
    """Add a file, and return its SHA-256."""
    digest = hashlib.sha256()
    with path.open("rb") as source, archive.open(name, "w", force_zip64=True) as member:
        while part := source.read(COPY_BYTES):
            digest.update(part)
            member.write(part)
    return digest.hexdigest()


def _column(database: Path, question: str) -> list[str]:
    with closing(sqlite3.connect(database)) as copy:
        return [str(row[0]) for row in copy.execute(question)]


class BadBackup(Exception):
    """This is no back-up, or not one that can be used here; the message is the line that the operator reads."""


def read_manifest(archive: zipfile.ZipFile) -> Manifest:
    """Return the manifest of a back-up whose every file is as it was written; raise `BadBackup`."""
    try:
        manifest = Manifest(**json.loads(archive.read(MANIFEST)))
    except (KeyError, ValueError, TypeError, zipfile.BadZipFile) as error:
        raise BadBackup("that is no back-up of Conclave") from error
    if manifest.format != FORMAT:
        raise BadBackup(f"the back-up is of format {manifest.format}; this version reads {FORMAT}")
    if set(archive.namelist()) != {MANIFEST, *manifest.files} or DATABASE not in manifest.files:
        raise BadBackup("the back-up does not hold what its manifest says")
    if strange := [name for name in manifest.files if not _NAME.fullmatch(name)]:
        raise BadBackup(f"the back-up holds {strange[0]!r}, which does not belong there")
    for name, digest in manifest.files.items():
        if _digest(archive, name) != digest:
            raise BadBackup(f"the back-up is damaged: {name} is not what it was")
    return manifest


def _digest(archive: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    try:
        with archive.open(name) as member:
            while part := member.read(COPY_BYTES):
                digest.update(part)
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        raise BadBackup(f"the back-up is damaged: {name} cannot be read") from error
    return digest.hexdigest()


def extract(archive: zipfile.ZipFile, name: str, target: Path) -> None:
    """Write one file of a back-up to `target`, which is readable by its owner only."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY_FILE)
    with archive.open(name) as member, os.fdopen(descriptor, "wb") as file:
        while part := member.read(COPY_BYTES):
            file.write(part)
