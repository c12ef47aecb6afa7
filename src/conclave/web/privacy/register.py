"""The privacy register: what each app declares about the data it holds, in terms that code and people can read.

The policy page renders it; export, erasure and the daily purge obey it; a check refuses to start when a field is
missing from it. How to declare something new: docs/privacy-register.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.db.models import Q

from conclave.web.privacy.vocabulary import Basis, Category, Purpose, Recipient, Source, Subject


class Keeper(StrEnum):
    """Who sees to it that data goes when its time is over."""

    PURGE = "the daily purge"
    ROW = "the row it belongs to, which takes it along"
    ERASURE = "the erasure of the person"
    JOB = "a job of its own"
    BROWSER = "the browser"
    MEMORY = "memory that ends with its use"
    NODE = "the live node, with the room"
    LOG = "the log of the operator's system"


@dataclass(frozen=True, slots=True)
class Retention:
    """How long it is kept, and who enforces it; made by the methods below, each of which a check can follow."""

    words: str
    keeper: Keeper
    days: int | None = None
    since: str = ""
    """PURGE: the whole row goes `days` days after the time in this field, if it matches `where`."""
    where: Q = field(default_factory=Q)
    parent: str = ""
    """ROW: the foreign key to the row that takes it along."""
    job: str = ""
    """JOB: the function that deletes it, as `module.function`; a periodic task calls it."""

    @classmethod
    def days_after(cls, days: int, since: str, trigger: str, *, where: Q | None = None) -> Retention:
        """Return a retention that the daily purge enforces, with its words made from the number it enforces."""
        unit = "day" if days == 1 else "days"
        words = f"{days} {unit} after {trigger}" if days else f"until {trigger}"
        return cls(words, Keeper.PURGE, days=days, since=since, where=where or Q())

    @classmethod
    def with_row(cls, parent: str, words: str) -> Retention:
        """Return the retention of rows that go with the row that their foreign key `parent` names."""
        return cls(words, Keeper.ROW, parent=parent)

    @classmethod
    def with_person(cls, words: str) -> Retention:
        """Return the retention of what stays until the person is erased."""
        return cls(words, Keeper.ERASURE)

    @classmethod
    def by_job(cls, job: str, words: str) -> Retention:
        """Return a retention that the function `job` enforces; make `words` from the number that it enforces."""
        return cls(words, Keeper.JOB, job=job)

    @classmethod
    def in_browser(cls, words: str) -> Retention:
        """Return the retention of what only the person's own browser, or computer, holds."""
        return cls(words, Keeper.BROWSER)

    @classmethod
    def in_memory(cls, words: str) -> Retention:
        """Return the retention of what is never written to disk."""
        return cls(words, Keeper.MEMORY)

    @classmethod
    def in_room(cls, words: str) -> Retention:
        """Return the retention of files that a live node keeps as long as a room lasts."""
        return cls(words, Keeper.NODE)

    @classmethod
    def in_log(cls, words: str) -> Retention:
        """Return the retention of what is only written to the log, which the operator's system rotates."""
        return cls(words, Keeper.LOG)


@dataclass(frozen=True, slots=True)
class Person:
    """Whose row it is: lookups that lead from the row to an account's key or to an email address.

    `Person(account="participant__account")`; several lookups mean: any of them. Where nobody can tell, `unknown` says
    why not, and export and erasure leave the row to its retention.
    """

    account: str | tuple[str, ...] = ()
    email: str | tuple[str, ...] = ()
    unknown: str = ""

    @property
    def account_paths(self) -> tuple[str, ...]:
        """The lookups that lead to an account."""
        return _several(self.account)

    def query(self, *, account_id: int | None = None, emails: tuple[str, ...] = ()) -> Q:
        """Return the condition that a row is about this person; nothing matches when nothing leads to them."""
        found = Q(pk__in=())
        if account_id is not None:
            for path in self.account_paths:
                found |= Q(**{path: account_id})
        for path in _several(self.email):
            for email in emails:
                found |= Q(**{f"{path}__iexact": email})
        return found


def _several(paths: str | tuple[str, ...]) -> tuple[str, ...]:
    return (paths,) if isinstance(paths, str) else paths


class Way(StrEnum):
    """What erasing a person does to a row about them."""

    DELETE = "delete"
    BLANK = "blank"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Erasure:
    """What erasing a person does to their rows: `DELETE`, `blank(...)` or `keep(...)`; the reason is said to them."""

    way: Way
    fields: tuple[str, ...] = ()
    why: str = ""

    @classmethod
    def blank(cls, *fields: str, why: str) -> Erasure:
        """Empty `fields` (null where they may be null, otherwise the field's default) and keep the rest of the row."""
        return cls(Way.BLANK, fields, why)

    @classmethod
    def keep(cls, why: str) -> Erasure:
        """Keep the row: a law wants it, or nothing in it leads to the person any more."""
        return cls(Way.KEEP, why=why)


DELETE = Erasure(Way.DELETE)


@dataclass(frozen=True, slots=True)
class Personal:
    """Declares that `places` hold personal data.

    A place is `app.Model.field`, or what something else is called after its kind: `cookie:name`, `storage:key`,
    `ticket:claim`, `report:event.field`, `log:field`, `file:pattern`, `memory:what`, `helper:what`.
    """

    places: tuple[str, ...]
    what: str
    category: Category
    subject: Subject
    purposes: tuple[Purpose, ...]
    retention: Retention
    person: Person | None = None
    """Needed where a place is a model's field."""
    erasure: Erasure = DELETE
    recipients: tuple[Recipient, ...] = (Recipient.NOBODY,)
    source: Source = Source.SITE
    basis: Basis = Basis.CONTRACT

    def models(self) -> dict[str, tuple[str, ...]]:
        """Return the declared fields of each model, by its label `app.Model`."""
        found: dict[str, tuple[str, ...]] = {}
        for place in self.places:
            if is_field(place):
                label, _, name = place.rpartition(".")
                found[label] = (*found.get(label, ()), name)
        return found


@dataclass(frozen=True, slots=True)
class NotPersonal:
    """Declares that `places` say nothing about a person, and why; `app.Model.*` stands for all its fields."""

    places: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class MailClass:
    """Declares mails that are sent for one reason: `names` are what `jobs.actions.post` is given as `kind`."""

    names: tuple[str, ...]
    what: str
    purpose: Purpose
    is_optional: bool = False
    """Whether people can refuse it; what the service needs is sent to everybody."""


@dataclass(frozen=True, slots=True)
class Processor:
    """Declares somebody who handles data for the operator: given `places` only, at `host`, for `purposes` only."""

    key: str
    does: str
    recipient: Recipient
    purposes: tuple[Purpose, ...]
    places: tuple[str, ...]
    host: str
    """The setting with the host it is reached at."""


@dataclass(frozen=True, slots=True)
class Host:
    """Declares an address beside the site's own, or several for one purpose, that pages may connect to."""

    setting: str
    """As `NAME` or `NAME.attribute` of the settings; its value is a URL, or a list of them."""
    why: str


Declaration = Personal | NotPersonal | MailClass | Processor | Host


def declarations() -> Iterator[Declaration]:
    """Yield what every installed app declares in its `personal_data` module."""
    for config in apps.get_app_configs():
        name = f"{config.name}.personal_data"
        if find_spec(name) is not None:
            yield from import_module(name).DECLARATIONS


def personal() -> list[Personal]:
    """Return the declarations of personal data."""
    return [each for each in declarations() if isinstance(each, Personal)]


def mail_classes() -> list[MailClass]:
    return [each for each in declarations() if isinstance(each, MailClass)]


def processors() -> list[Processor]:
    return [each for each in declarations() if isinstance(each, Processor)]


def hosts() -> list[Host]:
    return [each for each in declarations() if isinstance(each, Host)]


def is_field(place: str) -> bool:
    """Whether a place is a field of a model."""
    return ":" not in place


def require_mail(kind: str) -> MailClass:
    """Return the declaration of a mail's kind, or raise `UndeclaredMail`."""
    for each in mail_classes():
        if kind in each.names:
            return each
    raise UndeclaredMail(f"no MailClass declares {kind!r}")


class UndeclaredMail(Exception):
    """The register knows no such mail, so it is not sent."""


def declared_places() -> set[str]:
    """Return every place that some declaration names."""
    return {place for each in _of_places() for place in each.places}


def _of_places() -> list[Personal | NotPersonal]:
    return [each for each in declarations() if isinstance(each, Personal | NotPersonal)]


def model_places() -> set[str]:
    """Return a place for each concrete field of each installed model, third-party ones and join tables included."""
    places = set()
    for model in apps.get_models(include_auto_created=True):
        meta = model._meta  # noqa: SLF001  # public, but for its name
        places |= {f"{meta.app_label}.{meta.object_name}.{each.name}" for each in meta.concrete_fields}
    return places


def undeclared(places: set[str]) -> set[str]:
    """Return those of `places` that no declaration names."""
    declared = declared_places()
    return {place for place in places if place not in declared and f"{place.rpartition('.')[0]}.*" not in declared}


def declared_twice() -> set[str]:
    """Return places that two declarations name: they could not both be right."""
    seen: set[str] = set()
    twice: set[str] = set()
    for each in _of_places():
        for place in each.places:
            (twice if place in seen else seen).add(place)
    return twice


def declared_in_vain() -> set[str]:
    """Return declared model fields that do not exist (any more)."""
    existing = model_places()
    tables = {f"{place.rpartition('.')[0]}.*" for place in existing}
    fields = {place for place in declared_places() if is_field(place)}
    return fields - existing - tables
