"""The privacy register: what each app declares about the data it holds, in terms that code and people can read.

The policy page renders it, the daily purge obeys it, and a check refuses to start when a field is missing from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.db.models import Q


class Category(StrEnum):
    """What kind of data it is."""

    NAME = "name"
    CONTACT = "contact details"
    CREDENTIAL = "sign-in"
    MEETING = "meeting"
    ATTENDANCE = "attendance"
    CONNECTION = "connection"
    PREFERENCE = "preference"
    AGREEMENT = "agreement"
    MAIL = "mail"
    IDENTIFIER = "random identifier"
    NETWORK = "network address"


class Subject(StrEnum):
    """Whom it is about."""

    ACCOUNT = "people with an account"
    PARTICIPANT = "people in a meeting"
    VISITOR = "everyone who visits"


class Purpose(StrEnum):
    """What it is used for, and for nothing else."""

    SERVICE = "to provide meetings"
    SIGN_IN = "to sign people in"
    COMMUNICATION = "to send the mail that the service needs"
    SECURITY = "to protect people and the service from abuse"
    QUALITY = "to find out why a meeting was slow or broke off"
    RECORD = "to prove what was agreed"


class Recipient(StrEnum):
    """Who gets to see it, beside the operator's own servers."""

    NOBODY = "nobody else"
    ORGANIZER = "the organizer of the meeting"
    PARTICIPANTS = "the people in the same meeting"
    MAIL_PROVIDER = "the mail providers on the way to you"


class Source(StrEnum):
    """Where it is collected."""

    SITE = "web site"
    ROOM = "meeting room in the browser"


class Basis(StrEnum):
    """Why the law allows it (GDPR, article 6)."""

    CONTRACT = "contract (6.1.b)"
    INTEREST = "legitimate interest in a secure service (6.1.f)"
    QUALITY = "legitimate interest in meetings that work (6.1.f)"
    DUTY = "duty to show consent (6.1.c)"


@dataclass(frozen=True, slots=True)
class Retention:
    """How long it is kept. With `days`, the purge deletes the whole row that many days after the field `since`."""

    words: str
    days: int | None = None
    since: str = ""
    where: Q = field(default_factory=Q)

    @classmethod
    def days_after(cls, days: int, since: str, trigger: str, *, where: Q | None = None) -> Retention:
        """Return a retention that the purge enforces, with its words made from the number it enforces."""
        unit = "day" if days == 1 else "days"
        words = f"{days} {unit} after {trigger}" if days else f"until {trigger}"
        return cls(words=words, days=days, since=since, where=where or Q())


@dataclass(frozen=True, slots=True)
class Personal:
    """Declares that `places` hold personal data: `app.Model.field`, `cookie:name`, `storage:key`, `ticket:claim`..."""

    places: tuple[str, ...]
    what: str
    category: Category
    subject: Subject
    purposes: tuple[Purpose, ...]
    retention: Retention
    recipients: tuple[Recipient, ...] = (Recipient.NOBODY,)
    source: Source = Source.SITE
    basis: Basis = Basis.CONTRACT


@dataclass(frozen=True, slots=True)
class NotPersonal:
    """Declares that `places` say nothing about a person, and why; `app.Model.*` stands for all its fields."""

    places: tuple[str, ...]
    why: str


Declaration = Personal | NotPersonal


def declarations() -> Iterator[Declaration]:
    """Yield what every installed app declares in its `personal_data` module."""
    for config in apps.get_app_configs():
        name = f"{config.name}.personal_data"
        if find_spec(name) is not None:
            yield from import_module(name).DECLARATIONS


def personal() -> list[Personal]:
    """Return the declarations of personal data, for the policy's inventory."""
    return [each for each in declarations() if isinstance(each, Personal)]


class PurposeRefused(Exception):
    """The register does not allow to use this for that."""


def require(place: str, *, purpose: Purpose) -> None:
    """Raise `PurposeRefused` unless the declaration of `place` names `purpose`."""
    if not any(place in each.places and purpose in each.purposes for each in personal()):
        raise PurposeRefused(f"{place} is not held {purpose}")


def declared_places() -> set[str]:
    """Return every place that some declaration names."""
    return {place for each in declarations() for place in each.places}


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
    for each in declarations():
        for place in each.places:
            (twice if place in seen else seen).add(place)
    return twice


def declared_in_vain() -> set[str]:
    """Return declared model fields that do not exist (any more)."""
    existing = model_places()
    tables = {f"{place.rpartition('.')[0]}.*" for place in existing}
    fields = {place for place in declared_places() if ":" not in place}
    return fields - existing - tables
