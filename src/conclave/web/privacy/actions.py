"""What the register does: record agreements, and delete what has been kept long enough."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.apps import apps
from django.db import transaction

from conclave.web.privacy import ledger, publishing, register
from conclave.web.privacy.models import Agreement
from conclave.web.privacy.publishing import Kind


@transaction.atomic
def record_agreement(*, account_id: int, page: str, now: datetime) -> Agreement:
    """Record that an account agreed to policy and terms as they are published at this moment."""
    policy, terms = publishing.newest(Kind.POLICY), publishing.newest(Kind.TERMS)
    return ledger.append(account_id=account_id, policy=policy, terms=terms, page=page, now=now)


def purge(*, now: datetime) -> dict[str, int]:
    """Delete every row whose declared retention is over; return how many, by model."""
    deleted: dict[str, int] = {}
    for declaration in register.personal():
        if declaration.retention.days is None:
            continue
        for label in sorted({place.rpartition(".")[0] for place in declaration.places if ":" not in place}):
            deleted[label] = deleted.get(label, 0) + _purge_rows(label, declaration.retention, now=now)
    return deleted


@transaction.atomic
def _purge_rows(label: str, retention: register.Retention, *, now: datetime) -> int:
    limit = now - timedelta(days=retention.days or 0)
    manager = apps.get_model(label)._default_manager  # noqa: SLF001  # public, but for its name
    rows = manager.filter(retention.where, **{f"{retention.since}__lt": limit})
    count: int = rows.delete()[0]
    return count
