"""Who was erased, as numbers that tell nothing without the site's secret: a file, since a restored database forgets.

A back-up contains the file as it was; what is in it here counts as well. So keep a copy of it apart from the back-ups.
"""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings
from django.utils.crypto import salted_hmac

from conclave.web.accounts.models import Account

OWNER_ONLY_FILE = 0o600


def mark_of(account: Account) -> str:
    """Return the number that stands for `account`; the time is in it because numbers of accounts may come again."""
    return salted_hmac("erased", f"{account.pk} {account.created_at.isoformat()}", algorithm="sha256").hexdigest()


def add(account: Account) -> None:
    """Note that `account` is erased; it is on disk when this returns."""
    mark = mark_of(account)
    if mark in read():
        return
    descriptor = os.open(_path(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, OWNER_ONLY_FILE)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{mark}\n")
        file.flush()
        os.fsync(file.fileno())


def read() -> frozenset[str]:
    """Return the numbers of everybody who was erased."""
    try:
        return frozenset(_path().read_text().split())
    except FileNotFoundError:
        return frozenset()


def _path() -> Path:
    path: Path = settings.INSTANCE.erased
    return path
