"""Jobs about accounts."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django_tasks import task

from conclave.web.accounts import notices


@task()
def tell_of_changes() -> None:
    """Queue the mails about changes of the policy."""
    notices.tell_all(now=timezone.now())


PERIODIC = ((tell_of_changes, timedelta(minutes=1)),)
