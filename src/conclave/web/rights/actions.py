"""What people ask for, begun: the rest is done by the job worker."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from conclave.web.accounts.models import Account
from conclave.web.rights import erasure
from conclave.web.rights.models import Erasure


@transaction.atomic
def erase(*, account: Account, now: datetime) -> Erasure:
    """Close the account, and have everything about the person erased."""
    from conclave.web.rights.tasks import erase as erase_task

    begun = erasure.begin(account=account, now=now)
    erase_task.enqueue(erasure_id=begun.pk)
    return begun
