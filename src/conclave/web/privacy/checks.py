"""Django's system checks of the register: the site does not start with a field that nobody has declared.

Nor with a declaration that could not be kept: a retention that nothing enforces, a person whom nothing leads to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import FieldDoesNotExist, FieldError
from django.db import models

from conclave.web.privacy import register as privacy_register
from conclave.web.privacy.register import Keeper, Personal
from conclave.web.privacy.vocabulary import Purpose


@register("privacy")
def check_register(**_scope: Any) -> list[CheckMessage]:
    """Refuse undeclared fields, declarations of nothing, and contradictions."""
    faults = [
        (
            "privacy.E001",
            "is not declared in any personal_data.py",
            privacy_register.undeclared(privacy_register.model_places()),
        ),
        ("privacy.E002", "is declared but does not exist", privacy_register.declared_in_vain()),
        ("privacy.E003", "is declared twice", privacy_register.declared_twice()),
    ]
    return [Error(f"{place} {fault}.", id=number) for number, fault, places in faults for place in sorted(places)]


@register("privacy")
def check_declarations(**_scope: Any) -> list[CheckMessage]:
    """Refuse declarations that nothing could keep, and purposes that no declaration names."""
    faults = [
        Error(f"{each.places[0]} {fault}.", id=number)
        for each in privacy_register.personal()
        for number, fault in (*_of_person(each), *_of_retention(each), *_of_erasure(each))
    ]
    unused = [Error(f"No declaration names the purpose {each.name}.", id="privacy.E007") for each in _unused()]
    return [*faults, *unused]


@register("privacy")
def check_hosts(**_scope: Any) -> list[CheckMessage]:
    """Refuse addresses, for pages or for the servers, that no declaration names."""
    declared = {address for each in privacy_register.hosts() for address in _addresses(each.setting)}
    sources = {source for each in settings.CONTENT_SECURITY_POLICY["DIRECTIVES"].values() for source in each}
    addresses = {source for source in sources if "." in source or "//" in source}
    mail = getattr(settings, "EMAIL_HOST", None) if "smtp" in settings.EMAIL_BACKEND else None
    processors = {getattr(settings, each.host, None) for each in privacy_register.processors()}
    unknown = sorted(addresses - declared) + ([mail] if mail and mail not in processors else [])
    return [
        Error(f"{each} is connected to, but no Host or Processor declares it.", id="privacy.E008") for each in unknown
    ]


@register("privacy")
def check_processors(**_scope: Any) -> list[CheckMessage]:
    """Refuse a processor who is to be given what its declaration does not name them for."""
    by_place = {place: each for each in privacy_register.personal() for place in each.places}
    return [
        Error(f"{place} goes to the processor {each.key}, but its declaration says otherwise.", id="privacy.E009")
        for each in privacy_register.processors()
        for place in each.places
        if not (
            (about := by_place.get(place))
            and each.recipient in about.recipients
            and set(each.purposes) <= set(about.purposes)
        )
    ]


def _addresses(path: str) -> list[str]:
    value: Any = settings
    for name in path.split("."):
        value = getattr(value, name)
    return value if isinstance(value, list) else [str(value)]


def _of_person(each: Personal) -> Iterator[tuple[str, str]]:
    if not each.models():
        return
    person = each.person
    if person is None or bool(person.account or person.email) is bool(person.unknown):
        yield "privacy.E004", "says neither whose it is nor why nobody can tell"
        return
    for label in each.models():
        try:
            _manager(label).filter(person.query(account_id=0, emails=("nobody@example.org",)))
        except (FieldError, ValueError):
            yield "privacy.E004", f"names a person whom {label} does not lead to"


def _of_retention(each: Personal) -> Iterator[tuple[str, str]]:
    kept = each.retention
    fields = [_field(label, kept.since or kept.parent) for label in each.models()]
    # What must be so for the keeper to be able to do it.
    can = {
        Keeper.PURGE: bool(fields) and all(isinstance(found, models.DateField) for found in fields),
        Keeper.ROW: bool(fields) and all(_cascades(found) for found in fields),
        Keeper.ERASURE: bool(fields),
        Keeper.JOB: _is_callable(kept.job),
        Keeper.BROWSER: not fields,
        Keeper.MEMORY: not fields,
        Keeper.NODE: not fields,
        Keeper.LOG: not fields,
    }
    if not can[kept.keeper]:
        by = kept.since or kept.parent or kept.job or "nothing"
        yield "privacy.E005", f"is to be kept until {kept.keeper} ends it by {by!r}, which cannot be"


def _of_erasure(each: Personal) -> Iterator[tuple[str, str]]:
    declared = {name for names in each.models().values() for name in names}
    for name in each.erasure.fields:
        if name not in declared:
            yield "privacy.E006", f"blanks {name!r}, which it does not declare"


def _unused() -> Iterable[Purpose]:
    used = {purpose for each in privacy_register.personal() for purpose in each.purposes}
    return [each for each in Purpose if each not in used]


def _manager(label: str) -> Any:
    return apps.get_model(label)._default_manager  # noqa: SLF001  # public, but for its name


def _field(label: str, name: str) -> object:
    try:
        return apps.get_model(label)._meta.get_field(name)  # noqa: SLF001  # public, but for its name
    except (FieldDoesNotExist, LookupError):
        return None


def _cascades(found: object) -> bool:
    return isinstance(found, models.ForeignKey) and found.remote_field.on_delete is models.CASCADE


def _is_callable(path: str) -> bool:
    module, _, name = path.rpartition(".")
    try:
        return callable(getattr(import_module(module), name, None))
    except (ImportError, ValueError):
        return False
