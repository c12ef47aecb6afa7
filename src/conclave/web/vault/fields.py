"""Model fields that are sealed in the database and plain in the program."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import FieldError
from django.db import models
from django.db.models import lookups

from conclave.web.vault import keyring

if TYPE_CHECKING:
    Characters = models.CharField[Any, Any]
    Address = models.EmailField[Any, Any]
else:
    Characters, Address = models.CharField, models.EmailField


def _place(field: Characters) -> str:
    """Return the column that a value is bound to: moved to another one, it cannot be opened there."""
    meta = field.model._meta  # noqa: SLF001  # public, but for its name
    return f"{meta.app_label}.{meta.object_name}.{field.name}"


class SealedField(Characters):
    """Text that nobody has to look up. Empty text stays empty; filtering by it is refused."""

    def get_internal_type(self) -> str:
        return "TextField"

    def unsealed(self, value: str) -> str:
        return keyring.current().unseal(value, place=_place(self))

    def resealed(self, value: str) -> str:
        """Return the stored `value` sealed with the newest key."""
        return keyring.current().seal(self.unsealed(value), place=_place(self))

    def from_db_value(self, value: str | None, _expression: object, _connection: object) -> str | None:
        return self.unsealed(value) if value else value

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        plain = super().get_db_prep_save(value, connection)
        return keyring.current().seal(plain, place=_place(self)) if plain else plain

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"{_place(self)} is sealed: it cannot be looked up")
        return super().get_lookup(lookup_name)


class SealedEmailField(Address):
    """An email address, sealed so that it can still be looked up as a whole, and be unique."""

    def get_internal_type(self) -> str:
        return "TextField"

    def tokens(self, value: str) -> list[str]:
        """Return what the column may hold for `value`; addresses are kept in lower case."""
        return keyring.current().tokens(value.lower(), place=_place(self))

    def unsealed(self, value: str) -> str:
        return keyring.current().untoken(value, place=_place(self))

    def resealed(self, value: str) -> str:
        """Return the stored `value` sealed with the newest key."""
        return self.tokens(self.unsealed(value))[0]

    def from_db_value(self, value: str | None, _expression: object, _connection: object) -> str | None:
        return self.unsealed(value) if value else value

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        plain = super().get_db_prep_save(value, connection)
        return self.tokens(plain)[0] if plain else plain

    def get_lookup(self, lookup_name: str) -> Any:
        known = {"isnull": lookups.IsNull, "exact": _AnyKey, "iexact": _AnyKey, "in": _AnyKey}
        if lookup_name not in known:
            raise FieldError(f"{_place(self)} is sealed: it can be looked up only as a whole")
        return known[lookup_name]


class _AnyKey(lookups.In):
    """Equal to a value, sealed with whichever key: while keys are rotated there are two."""

    def __init__(self, lhs: Any, rhs: Any) -> None:
        values = [rhs] if isinstance(rhs, str) else list(rhs)
        super().__init__(lhs, [token for value in values for token in lhs.output_field.tokens(value)])

    def get_prep_lookup(self) -> Any:
        return self.rhs


class ForeignEmailField(SealedEmailField):
    """Turns the email field of a library's model into a sealed one; to migrations it stays what it was."""

    def deconstruct(self) -> Any:
        name, _, arguments, options = super().deconstruct()
        return name, "django.db.models.EmailField", arguments, options

    @classmethod
    def take_over(cls, field: models.Field[Any, Any]) -> None:
        field.__class__ = cls


Sealed = SealedField | SealedEmailField


def sealed_fields() -> Iterator[Sealed]:
    """Yield every sealed field of every model."""
    for model in apps.get_models():
        yield from (each for each in model._meta.concrete_fields if isinstance(each, Sealed))  # noqa: SLF001
