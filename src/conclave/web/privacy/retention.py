"""What has been kept as long as the register says, and deleting it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import Manager, QuerySet

from conclave.web.privacy import register

BATCH_ROWS = 1000
"""Deleted in one transaction, with what goes along: in well below a second, since others wait for the write lock."""


@dataclass(frozen=True, slots=True)
class Due:
    """Rows of one model whose time is over."""

    label: str
    words: str
    """How long they are kept, as the policy says it."""
    rows: QuerySet[Any]


def due(*, now: datetime) -> Iterator[Due]:
    """Yield what is to be deleted by now, for each declared period; there may be nothing of it."""
    for each in register.personal():
        kept = each.retention
        for label in each.models() if kept.days is not None else ():
            limit = now - timedelta(days=kept.days or 0)
            manager: Manager[Any] = apps.get_model(label)._default_manager  # noqa: SLF001  # public, but for its name
            yield Due(label, kept.words, manager.filter(kept.where, **{f"{kept.since}__lt": limit}))


def purge(*, now: datetime) -> dict[str, int]:
    """Delete every row whose declared time is over; return how many, by model, with what went along."""
    deleted: dict[str, int] = {}
    for each in due(now=now):
        deleted[each.label] = deleted.get(each.label, 0) + sum(_batches(each.rows))
    return deleted


def _batches(rows: QuerySet[Any]) -> Iterator[int]:
    manager: Manager[Any] = rows.model._default_manager  # noqa: SLF001
    while True:
        with transaction.atomic():
            batch = list(rows.values_list("pk", flat=True)[:BATCH_ROWS])
            done = manager.filter(pk__in=batch).delete()[0] if batch else 0
        if not done:
            return
        yield done
