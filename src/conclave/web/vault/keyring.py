"""The file of data keys: outside the database, one key a line, the newest last; read again whenever it has changed."""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from conclave.web.vault.seal import DataKey, Keyring

_LINE = re.compile(r"([0-9a-f]{8}) ([0-9a-f]{64})")
OWNER_ONLY_FILE = 0o600


class KeysUnusable(Exception):
    """The keys cannot be used; the message is the line that the operator reads, and holds nothing secret."""


@dataclass(slots=True)
class _Read:
    stamp: tuple[int, int, int]
    ring: Keyring


_last_read: dict[Path, _Read] = {}


def current() -> Keyring:
    """Return the keys as the file has them now, which another process may have rotated."""
    path: Path = settings.DATA_KEYS
    try:
        found = path.stat()
    except OSError as error:
        raise KeysUnusable(f"cannot read {path}: {error.strerror}") from error
    stamp = (found.st_ino, found.st_mtime_ns, found.st_size)
    known = _last_read.get(path)
    if known is None or known.stamp != stamp:
        known = _last_read[path] = _Read(stamp, read(path))
    return known.ring


def read(path: Path) -> Keyring:
    """Return the keys in `path`; raise `KeysUnusable`."""
    try:
        lines = path.read_text("ascii").splitlines()
    except OSError as error:
        raise KeysUnusable(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise KeysUnusable(f"{path} is no file of data keys: put back the right one") from error
    keys = []
    for number, line in enumerate(lines, 1):
        found = _LINE.fullmatch(line)
        if found is None:
            raise KeysUnusable(f"{path}, line {number} is no data key: put back the right file")
        keys.append(DataKey(id=found[1], secret=bytes.fromhex(found[2])))
    if not keys:
        raise KeysUnusable(f"{path} holds no data key: put back the right file")
    return Keyring(keys)


def write(path: Path, keys: tuple[DataKey, ...]) -> None:
    """Replace the keys in `path`, all or none."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY_FILE)
    with os.fdopen(descriptor, "w") as file:
        file.write("".join(line(key) for key in keys))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def line(key: DataKey) -> str:
    """Return the line of the file that holds `key`."""
    return f"{key.id} {key.secret.hex()}\n"
