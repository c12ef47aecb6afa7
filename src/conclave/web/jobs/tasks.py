"""The jobs that the worker runs."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from conclave.web.jobs import actions, outbox
from conclave.web.privacy.actions import purge as purge_register
from conclave.web.vault import rotation


@task()
def send_mail(mail_id: str) -> None:
    """Send one mail; all mail of the site goes through here."""
    actions.deliver(mail_id=mail_id, now=timezone.now())


@task()
def forget_finished() -> None:
    """Delete finished jobs and sent mails."""
    actions.forget_finished(now=timezone.now())


@task()
def purge() -> None:
    """Delete what the register says is kept long enough."""
    purge_register(now=timezone.now())
    outbox.forget_old(now=timezone.now())
    rotation.retire(now=timezone.now())
