"""Everything that the register's declarations say is held about one person, model by model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from allauth.account.models import EmailAddress
from django.apps import apps
from django.db.models import Manager, Q, QuerySet

from conclave.web.accounts.models import Account
from conclave.web.privacy import register
from conclave.web.privacy.register import Personal

ROWS_AT_ONCE = 500  # in memory, of however many there are
WITHHELD = {
    "accounts.Account.password": "kept as a hash that cannot be turned back; handed out, it could only do harm",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """The person it is about: an account, addresses, or both."""

    account_id: int | None
    emails: tuple[str, ...]

    @classmethod
    def of(cls, account: Account) -> Subject:
        others = EmailAddress.objects.filter(user=account)
        return cls(account.pk, tuple(sorted({account.email, *(each.email for each in others)})))


@dataclass(frozen=True, slots=True)
class Section:
    """What one model holds about a person."""

    label: str
    fields: tuple[str, ...]
    declared: tuple[Personal, ...]
    query: Q

    @property
    def file(self) -> str:
        return self.label.replace(".", "-").lower()

    def found(self) -> QuerySet[Any]:
        """Return the rows, the oldest first."""
        manager: Manager[Any] = apps.get_model(self.label)._default_manager  # noqa: SLF001  # public, but for its name
        return manager.filter(self.query).distinct().order_by("pk")

    def count(self) -> int:
        return self.found().count()

    def rows(self, limit: int | None = None) -> Iterator[tuple[Any, ...]]:
        """Yield the values of `fields` of each row; of many rows only some are in memory at a time."""
        readers = [_readers().get(f"{self.label}.{name}") for name in self.fields]
        found = self.found().values_list(*self.fields)
        for row in found[:limit] if limit else found.iterator(chunk_size=ROWS_AT_ONCE):
            yield tuple(read(value) if read else value for read, value in zip(readers, row, strict=True))


def sections(subject: Subject) -> list[Section]:
    """Return a section for each model that may hold something about the person, whether or not it does."""
    by_model: dict[str, list[Personal]] = {}
    for each in register.personal():
        for label in each.models() if each.person and not each.person.unknown else ():
            by_model.setdefault(label, []).append(each)
    return [_section(label, tuple(declared), subject) for label, declared in sorted(by_model.items())]


def _section(label: str, declared: tuple[Personal, ...], subject: Subject) -> Section:
    query = Q(pk__in=())
    for person in {each.person for each in declared if each.person}:
        query |= person.query(account_id=subject.account_id, emails=subject.emails)
    names = [name for each in declared for name in each.models()[label] if f"{label}.{name}" not in WITHHELD]
    return Section(label, tuple(names), declared, query)


def not_found() -> list[Personal]:
    """Return what is held and cannot be found by who somebody is, each with its reason."""
    return [each for each in register.personal() if each.person and each.person.unknown]


@cache
def _readers() -> dict[str, Callable[[bytes], object]]:
    """Return what apps offer to make packed values readable, by place."""
    found: dict[str, Callable[[bytes], object]] = {}
    for config in apps.get_app_configs():
        name = f"{config.name}.personal_data"
        if find_spec(name) is not None:
            found |= getattr(import_module(name), "READABLE", {})
    return found
