"""The ledger of consent: append-only, and chained by hashes so that a row that is missing or altered is noticed."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from conclave.web.privacy.models import SALT_HEX_CHARACTERS, Agreement, LedgerEnd, PublishedText

THE_ONE_END = 1
Act = Agreement.Act


@transaction.atomic
def append(
    *, account_id: int, policy: PublishedText, terms: PublishedText, page: str, now: datetime, act: Act = Act.AGREED
) -> Agreement:
    """Add one row at the end of the chain."""
    end, _ = LedgerEnd.objects.select_for_update().get_or_create(pk=THE_ONE_END, defaults={"digest": "", "rows": 0})
    salt = secrets.token_hex(SALT_HEX_CHARACTERS // 2)
    row = Agreement(
        account_id=account_id,
        salt=salt,
        who=who(account_id, salt),
        act=act,
        policy=policy,
        terms=terms,
        agreed_at=now,
        page=page,
        previous=end.digest,
    )
    row.digest = digest_of(row)
    row.save()
    LedgerEnd.objects.filter(pk=end.pk).update(digest=row.digest, rows=end.rows + 1)
    return row


def who(account_id: int, salt: str) -> str:
    """Return the hash that stands for an account in one row."""
    return hashlib.sha256(f"{salt}:{account_id}".encode()).hexdigest()


def digest_of(row: Agreement) -> str:
    """Return the hash of everything in the row that stays, and of the row before it."""
    said = [row.previous, row.who, row.act, row.policy_id, row.terms_id, row.agreed_at.isoformat(), row.page]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def hash_of_before(html: str) -> str:
    """Return the hash that named a text while texts had no numbers."""
    return hashlib.sha256(html.encode()).hexdigest()


def faults() -> Iterator[str]:
    """Yield what is wrong with the ledger, in words for the operator; nothing if every row is there and as it was."""
    for text in PublishedText.objects.all():
        if text.version not in (text.version_of(text.kind, text.number, text.html), hash_of_before(text.html)):
            yield f"{text}, does not read as it was published."
    rows, before = 0, ""
    for row in Agreement.objects.order_by("pk").iterator():
        rows += 1
        if row.previous != before:
            yield f"Before row {row.pk} of the ledger something is missing."
        if row.digest != digest_of(row) or (row.account_id and row.who != who(row.account_id, row.salt)):
            yield f"Row {row.pk} of the ledger has been altered."
        before = row.digest
    end = LedgerEnd.objects.filter(pk=THE_ONE_END).first()
    if (end.digest, end.rows) != (before, rows) if end else rows:
        yield f"The ledger has {rows} rows and should have {end.rows if end else 0}."
