"""For migrations: seal the values of a column that was plain until now, and back."""

from __future__ import annotations

from collections.abc import Callable

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from conclave.web.vault import keyring

Convert = Callable[[str], str]


def seal_existing(place: str) -> migrations.RunPython:
    """Return the operation that seals the column of `place` (app.Model.field)."""
    return _operation(
        place,
        lambda plain: keyring.current().seal(plain, place=place),
        lambda sealed: keyring.current().unseal(sealed, place=place),
    )


def seal_existing_email(place: str) -> migrations.RunPython:
    """Return the same for a column of email addresses that are looked up."""
    return _operation(
        place,
        lambda plain: keyring.current().tokens(plain.lower(), place=place)[0],
        lambda sealed: keyring.current().untoken(sealed, place=place),
    )


def _operation(place: str, seal: Convert, unseal: Convert) -> migrations.RunPython:
    app, model, column = place.split(".")
    table = f"{app}_{model.lower()}"

    def forwards(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
        _convert(editor, table, column, seal)

    def backwards(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
        _convert(editor, table, column, unseal)

    return migrations.RunPython(forwards, backwards)


def _convert(editor: BaseDatabaseSchemaEditor, table: str, column: str, convert: Convert) -> None:
    quoted = editor.connection.ops.quote_name
    with editor.connection.cursor() as cursor:
        cursor.execute(f"SELECT id, {quoted(column)} FROM {quoted(table)} WHERE {quoted(column)} <> ''")  # noqa: S608
        rows = [(convert(value), number) for number, value in cursor.fetchall()]
        update = f"UPDATE {quoted(table)} SET {quoted(column)} = %s WHERE id = %s"  # noqa: S608
        cursor.executemany(update, rows)
