"""Looks for what must not be there any more: email addresses, in everything below the data folder."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection, models

from conclave.web.accounts.sessions import SessionStore
from conclave.web.vault.fields import SealedEmailField, SealedField, sealed_fields

PIECE_BYTES = 1024 * 1024
LONGEST_MARK_BYTES = 1024  # an address of 254 characters as it is sealed, in hexadecimal digits, with the id of its key
ROWS_AT_ONCE = 500


def places_with(emails: Sequence[str], *, except_for: type[models.Model]) -> set[str]:
    """Return the places in which one of `emails` is found: columns of the database, and files.

    In the database itself addresses are looked for as they are sealed, so that pages that were freed count too. Names
    are not looked for: others may have the same, and what others wrote is theirs.
    """
    _empty_write_ahead_log()
    if not emails:
        return set()
    mark = _mark(emails)
    return {
        *_sealed_places(mark, except_for),
        *_sessions(mark),
        *_files(re.compile(mark.pattern.encode() + b"|" + b"|".join(_tokens(emails)), re.IGNORECASE)),
    }


def _mark(emails: Sequence[str]) -> re.Pattern[str]:
    """Return what finds each address, but not a longer one that ends or begins like it."""
    alternatives = "|".join(re.escape(email) for email in emails)
    return re.compile(rf"(?<![\w.+-])(?:{alternatives})(?![\w-])", re.IGNORECASE)


def _sealed_places(mark: re.Pattern[str], except_for: type[models.Model]) -> Iterator[str]:
    for field in sealed_fields():
        if isinstance(field, SealedField) and field.model is not except_for:
            manager = field.model._default_manager  # noqa: SLF001  # public, but for its name
            values = manager.values_list(field.name, flat=True).iterator(chunk_size=ROWS_AT_ONCE)
            if any(mark.search(value) for value in values):
                yield f"{field.model.__name__}.{field.name}"


def _sessions(mark: re.Pattern[str]) -> Iterator[str]:
    open_session = SessionStore().decode
    if any(mark.search(str(open_session(each.session_data))) for each in Session.objects.iterator()):
        yield "Session"


def _tokens(emails: Sequence[str]) -> Iterator[bytes]:
    """Yield what addresses look like in the columns where they can be looked up, with each key."""
    for field in sealed_fields():
        if isinstance(field, SealedEmailField):
            yield from (token.encode() for email in emails for token in field.tokens(email))


def _files(mark: re.Pattern[bytes]) -> Iterator[str]:
    folder, keys = Path(settings.INSTANCE.data), settings.INSTANCE.keys
    for path in sorted(folder.rglob("*")):
        if path.is_file() and keys not in path.parents and _file_holds(path, mark):
            yield str(path.relative_to(folder))


def _file_holds(path: Path, mark: re.Pattern[bytes]) -> bool:
    """Return whether a file holds the mark, also across two pieces of it."""
    before = b""
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                if mark.search(before + piece):
                    return True
                before = piece[-LONGEST_MARK_BYTES:]
    except FileNotFoundError:  # gone meanwhile, as drafts are
        pass
    return False


def _empty_write_ahead_log() -> None:
    """Move what was written into the database file: the log may still hold pages as they were."""
    if connection.in_atomic_block:  # what is not committed yet is in neither
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
