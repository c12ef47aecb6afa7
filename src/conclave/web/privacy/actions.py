"""What is recorded of agreements."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from conclave.web.privacy import ledger, publishing
from conclave.web.privacy.models import Agreement
from conclave.web.privacy.publishing import Kind


@transaction.atomic
def record_agreement(*, account_id: int, page: str, now: datetime) -> Agreement:
    """Record that an account agreed to policy and terms as they are published at this moment."""
    policy, terms = publishing.newest(Kind.POLICY), publishing.newest(Kind.TERMS)
    return ledger.append(account_id=account_id, policy=policy, terms=terms, page=page, now=now)
