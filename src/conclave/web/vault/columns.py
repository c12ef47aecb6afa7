"""Columns of the database as they are stored, a batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.contrib.sessions.models import Session
from django.db import connection, transaction

from conclave.web.vault import keyring
from conclave.web.vault.fields import Sealed, sealed_fields
from conclave.web.vault.seal import CannotUnseal

BATCH_ROWS = 500  # a few milliseconds of the write lock
SESSION_PLACE = "sessions.Session.session_data"


@dataclass(frozen=True, slots=True)
class Column:
    """A column, and how to seal a stored value of it anew."""

    table: str
    key: str
    name: str
    resealed: Callable[[str], str]


def sealed_columns() -> list[Column]:
    """Return every column that holds sealed values."""
    columns = []
    for field in sealed_fields():
        meta = field.model._meta  # noqa: SLF001  # public, but for its name
        columns.append(Column(meta.db_table, _key_of(field), str(field.column), field.resealed))
    table = Session._meta.db_table  # noqa: SLF001
    return [*columns, Column(table, "session_key", "session_data", _resealed_session)]


def count_sealed_otherwise(column: Column, *, key_id: str) -> int:
    """Return how many values of `column` were sealed with another key than `key_id`."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) {_otherwise(column)}", [f"{key_id}.%"])
        return int(cursor.fetchone()[0])


def rewrite(column: Column, *, key_id: str) -> Iterator[int]:
    """Seal with the newest key, `key_id`, what was sealed with another one; yield how many, after each batch."""
    while True:
        with transaction.atomic():
            done = _rewrite_batch(column, key_id)
        if not done:
            return
        yield done


def _rewrite_batch(column: Column, key_id: str) -> int:
    names = f"{_quoted(column.key)}, {_quoted(column.name)}"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {names} {_otherwise(column)} LIMIT {BATCH_ROWS}", [f"{key_id}.%"])
        rows = cursor.fetchall()
        update = f"UPDATE {_quoted(column.table)} SET {_quoted(column.name)} = %s WHERE {_quoted(column.key)} = %s"  # noqa: S608
        cursor.executemany(update, [(column.resealed(stored), key) for key, stored in rows])
    return len(rows)


def _otherwise(column: Column) -> str:
    name = _quoted(column.name)
    return f"FROM {_quoted(column.table)} WHERE {name} <> '' AND {name} NOT LIKE %s"  # names of our models


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _key_of(field: Sealed) -> str:
    key = field.model._meta.pk  # noqa: SLF001
    return str(key.column)


def _resealed_session(stored: str) -> str:
    ring = keyring.current()
    try:
        session = ring.unseal(stored, place=SESSION_PLACE)
    except CannotUnseal:  # nobody could use it any more
        session = "{}"
    return ring.seal(session, place=SESSION_PLACE)
