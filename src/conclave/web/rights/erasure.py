"""Erasing a person: steps that can be cut off anywhere, and an end only when a scan finds nothing of them any more."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.apps import apps
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.db.models import Manager

from conclave.web.accounts.models import Account
from conclave.web.accounts.sessions import SessionStore
from conclave.web.jobs import outbox
from conclave.web.privacy.register import Way
from conclave.web.rights import erased_log, scan
from conclave.web.rights.collect import Section, Subject, sections
from conclave.web.rights.models import ID_CHARACTERS, Erasure

BATCH_ROWS = 500
ACCOUNT = "accounts.Account"


class StillThere(Exception):
    """The scan has found something of the person; where is noted for the operator, and it is tried again."""


@transaction.atomic
def begin(*, account: Account, now: datetime) -> Erasure:
    """Close `account` at once and have it erased; asking again changes nothing."""
    known = Erasure.objects.filter(account_number=account.pk, finished_at=None).first()
    if known is not None:
        return known
    account.is_active = False
    account.save(update_fields=["is_active"])
    emails = json.dumps(Subject.of(account).emails)
    return Erasure.objects.create(
        id=secrets.token_hex(ID_CHARACTERS // 2), account_number=account.pk, emails=emails, step=_FIRST, asked_at=now
    )


def run(*, erasure_id: str, now: datetime) -> None:
    """Do what is left of an erasure; safe to be cut off and to be called again.

    Raises:
        StillThere: it is not finished.

    """
    erasure = Erasure.objects.filter(pk=erasure_id, finished_at=None).first()
    if erasure is None:
        return
    names = list(_STEPS)
    for name in names[names.index(erasure.step) :]:
        _STEPS[name](erasure, _subject(erasure))
        erasure.step = names[min(names.index(name) + 1, len(names) - 1)]
        erasure.save(update_fields=["step"])
    erasure.account_number, erasure.emails, erasure.found, erasure.finished_at = None, "", "", now
    erasure.save()


def run_unfinished(*, now: datetime) -> None:
    """Go on with every erasure that is not finished; raise `StillThere` if one could not be."""
    failed = []
    for erasure_id in Erasure.objects.filter(finished_at=None).values_list("pk", flat=True):
        try:
            run(erasure_id=erasure_id, now=now)
        except StillThere as reason:
            failed.append(reason)
    if failed:
        raise failed[0]


def replay(*, now: datetime) -> int:
    """Erase again whom a restored back-up has brought back; return how many."""
    erased = erased_log.read()
    back = [each for each in Account.objects.iterator() if erased_log.mark_of(each) in erased] if erased else []
    for account in back:
        run(erasure_id=begin(account=account, now=now).pk, now=now)
    return len(back)


def outlook(account: Account) -> list[tuple[Section, int, str]]:
    """Return what an erasure would find, how much of it, and what it would do with it, in words."""
    return [(each, count, _words(each)) for each in sections(Subject.of(account)) if (count := each.count())]


def _subject(erasure: Erasure) -> Subject:
    return Subject(erasure.account_number, tuple(json.loads(erasure.emails)))


# --- the steps, each of which may be done twice ---


def _record(_erasure: Erasure, subject: Subject) -> None:
    """First of all: a back-up restored from now on does not bring them back."""
    for account in Account.objects.filter(pk__in=[subject.account_id]):
        erased_log.add(account)


def _sign_out(_erasure: Erasure, subject: Subject) -> None:
    for session in Session.objects.iterator():
        if str(SessionStore().decode(session.session_data).get(SESSION_KEY)) == str(subject.account_id):
            session.delete()


def _delete_rows(_erasure: Erasure, subject: Subject) -> None:
    for each in sections(subject):
        if _way(each) is Way.DELETE and each.label != ACCOUNT:
            _by_batches(each, lambda rows: rows.delete())


def _blank_rows(_erasure: Erasure, subject: Subject) -> None:
    for each in sections(subject):
        if _way(each) is Way.BLANK:
            blank = _blank(each)
            _by_batches(each, lambda rows, blank=blank: rows.update(**blank))  # type: ignore[misc]  # bound at once


def _delete_account(_erasure: Erasure, subject: Subject) -> None:
    Account.objects.filter(pk__in=[subject.account_id]).delete()


def _delete_files(_erasure: Erasure, subject: Subject) -> None:
    outbox.forget_letters_to(subject.emails)


def _scan(erasure: Erasure, subject: Subject) -> None:
    left = [each.label for each in sections(subject) if _way(each) is not Way.KEEP and each.count()]
    found = sorted({*left, *scan.places_with(subject.emails, except_for=Erasure)})
    if found:
        erasure.found = "\n".join(found)
        erasure.save(update_fields=["found"])
        raise StillThere


Step = Callable[[Erasure, Subject], None]
_STEPS: dict[str, Step] = {
    "record": _record,
    "sign_out": _sign_out,
    "rows": _delete_rows,
    "blanks": _blank_rows,
    "account": _delete_account,
    "files": _delete_files,
    "scan": _scan,
}
_FIRST = next(iter(_STEPS))


def _way(section: Section) -> Way:
    """Return what happens to the rows: what one declaration deletes, no other keeps."""
    ways = {each.erasure.way for each in section.declared}
    return next(way for way in (Way.DELETE, Way.BLANK, Way.KEEP) if way in ways)


def _words(section: Section) -> str:
    why = "; ".join(sorted({each.erasure.why for each in section.declared if each.erasure.why}))
    return {Way.DELETE: "deleted", Way.BLANK: f"stays without you: {why}", Way.KEEP: f"stays: {why}"}[_way(section)]


def _blank(section: Section) -> dict[str, Any]:
    model = apps.get_model(section.label)
    names = {name for each in section.declared for name in each.erasure.fields}
    fields = [model._meta.get_field(name) for name in names]  # noqa: SLF001  # public, but for its name
    return {each.name: None if each.null else each.get_default() for each in fields if isinstance(each, models.Field)}


def _by_batches(section: Section, act: Callable[[Any], object]) -> None:
    """Let `act` do its work on all rows, some at a time, so that nobody waits long for the write lock."""
    manager: Manager[Any] = apps.get_model(section.label)._default_manager  # noqa: SLF001  # public, but for its name
    last: object = None
    while True:
        found = section.found() if last is None else section.found().filter(pk__gt=last)
        batch = list(found.values_list("pk", flat=True)[:BATCH_ROWS])
        if not batch:
            return
        with transaction.atomic():
            act(manager.filter(pk__in=batch))
        last = batch[-1]
