"""What an authority asks for by law: a case with basis and scope, and a record of what was handed out.

What was said and shown in meetings cannot be handed out: it is not there.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from conclave.web.accounts.models import Account
from conclave.web.gate.models import Disclosure
from conclave.web.rights import archive
from conclave.web.rights.collect import Section, Subject, sections
from conclave.web.rights.models import ID_CHARACTERS, LegalCase

OWNER_ONLY_FILE = 0o600


class NoSuchCase(Exception):
    """There is no such case, or it is closed; the message is the line that the operator reads."""


def scopes() -> list[str]:
    """Return what can be asked for: the models of the register that lead to a person."""
    return [each.label for each in sections(Subject(None, ()))]


@dataclass(frozen=True, slots=True)
class Request:
    """What an authority asks for, about whom, and why it may."""

    email: str
    authority: str
    basis: str
    reference: str
    scope: tuple[str, ...]


@transaction.atomic
def open_case(request: Request, *, by: str, now: datetime) -> LegalCase:
    """Note a request; nothing is handed out by that.

    Raises:
        NoSuchCase: there is no such person, basis or scope.

    """
    account = Account.objects.filter(email=request.email).first()
    if account is None:
        raise NoSuchCase("nobody with this address has an account")
    if request.basis not in LegalCase.Basis.values:
        raise NoSuchCase(f"no such basis: choose one of {', '.join(LegalCase.Basis.values)}")
    if unknown := sorted(set(request.scope) - set(scopes())):
        raise NoSuchCase(f"{unknown[0]} is not held about people: choose among {', '.join(scopes())}")
    if not request.scope:
        raise NoSuchCase("a request without a scope is none: name what it asks for")
    return LegalCase.objects.create(
        id=secrets.token_hex(ID_CHARACTERS // 2),
        about=request.email,
        account=account,
        authority=request.authority,
        basis=request.basis,
        reference=request.reference,
        scope="\n".join(sorted(set(request.scope))),
        opened_by=by,
        opened_at=now,
    )


def hand_out(*, case_id: str, target: Path, now: datetime) -> list[Section]:
    """Write what the case asks for to `target`, a ZIP file that must not be there yet; return what it holds.

    That it is handed out is on record before it is written.

    Raises:
        NoSuchCase: or it is closed, or the person is erased.

    """
    case = _open(case_id)
    if case.account is None:
        raise NoSuchCase("nothing is held about this person any more")
    wanted = case.scope.split()
    found = [each for each in sections(Subject.of(case.account)) if each.label in wanted]
    with transaction.atomic():
        _record(case, found, now=now)
    title = f"Handed out to {case.authority}, {case.reference}"
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY_FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.writelines(archive.stream(found, title=title, made_at=now))
    return found


@transaction.atomic
def refuse(*, case_id: str, now: datetime) -> None:
    """Close a case without handing anything out."""
    case = _open(case_id)
    case.refused_at = now
    case.save(update_fields=["refused_at"])


def _open(case_id: str) -> LegalCase:
    """Return a case in which nothing is decided yet: one is one handing-out, and what comes next a case of its own."""
    case = LegalCase.objects.filter(pk=case_id, refused_at=None, handed_out_at=None).first()
    if case is None:
        raise NoSuchCase("there is no such case, or it is closed")
    return case


def _record(case: LegalCase, found: list[Section], *, now: datetime) -> None:
    case.handed_out_at = now
    case.save(update_fields=["handed_out_at"])
    Disclosure.objects.create(
        recipient=case.authority,
        reference=case.pk,
        about=case.about,
        purpose=case.get_basis_display(),
        places="\n".join(f"{each.label}.{name}" for each in found for name in each.fields),
        given_at=now,
    )
