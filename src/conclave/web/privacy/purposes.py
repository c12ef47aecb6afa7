"""Purposes at work: data is read for something outside its own feature through here only (docs/purposes.md)."""

from __future__ import annotations

import logging
from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from conclave.web.privacy import register
from conclave.web.privacy.changes import Use, uses_of
from conclave.web.privacy.models import Change, Choice
from conclave.web.privacy.register import Personal
from conclave.web.privacy.vocabulary import Purpose

Row = TypeVar("Row", bound=Model)

# Whom a change did not concern, since nothing was held of them then, may have seen it without being asked.
AGREED = (Choice.Answer.AGREE, Choice.Answer.SEEN)

logger = logging.getLogger(__name__)


class PurposeRefused(Exception):
    """The register does not allow to use this for that, or the person it is about has not agreed."""


def require(place: str, *, purpose: Purpose) -> Personal:
    """Return the declaration of `place`, or raise `PurposeRefused` and log it when it does not name `purpose`."""
    for each in register.personal():
        if place in each.places and purpose in each.purposes:
            return each
    logger.error("Refused: %s was to be used for %s, which is not declared.", place, purpose.name)
    raise PurposeRefused(f"{place} is not held {purpose}")


def allowed(rows: QuerySet[Row], place: str, *, purpose: Purpose) -> QuerySet[Row]:
    """Return those of `rows` that may be used for `purpose`: not those of people who were asked and have not agreed.

    Raises:
        PurposeRefused: the declaration of `place` does not name `purpose`.

    """
    declared = require(place, purpose=purpose)
    for change in _asking(place, purpose):
        rows = rows.exclude(_not_agreed(declared, change))
    return rows


def _asking(place: str, purpose: Purpose) -> list[Change]:
    """Return the changes that made this use of this place possible, if it is newer than the data may be."""
    asked = Use(place, "purpose", purpose.name)
    return [each for each in Change.objects.filter(kind=Change.Kind.USE) if asked in uses_of(each)]


def _not_agreed(declared: Personal, change: Change) -> Q:
    silent = Choice.objects.filter(change=change).exclude(answer__in=AGREED).values("account_id")
    paths = declared.person.account_paths if declared.person else ()
    refused = Q()
    for path in paths:
        refused |= Q(**{f"{path}__in": silent})
    # Nobody could ask whom no account leads to: what was held of them before the change is not used in the new way.
    nobody = Q(**dict.fromkeys(paths)) if paths else Q(pk__isnull=False)
    since = declared.retention.since
    return refused | (nobody & Q(**{f"{since}__lt": change.opened_at}) if since else nobody)
