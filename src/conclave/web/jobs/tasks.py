"""The jobs that the worker runs."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.utils import timezone
from django_tasks import task

from conclave.web.jobs import actions, outbox
from conclave.web.privacy import ledger
from conclave.web.privacy.retention import purge as purge_register
from conclave.web.vault import rotation

logger = logging.getLogger(__name__)


@task()
def send_mail(mail_id: str) -> None:
    """Send one mail; all mail of the site goes through here."""
    actions.deliver(mail_id=mail_id, now=timezone.now())


@task()
def forget_finished() -> None:
    """Delete finished jobs and sent mails."""
    actions.forget_finished(now=timezone.now())


@task()
def verify_ledger() -> None:
    """Tell the operator when rows of the ledger of consent are missing or altered."""
    for fault in ledger.faults():
        logger.error("%s", fault)


@task()
def purge() -> None:
    """Delete what the register says is kept long enough."""
    purge_register(now=timezone.now())
    outbox.forget_old(now=timezone.now())
    rotation.retire(now=timezone.now())


PERIODIC = ((forget_finished, timedelta(minutes=1)), (purge, timedelta(days=1)), (verify_ledger, timedelta(days=1)))
