"""Mail and housekeeping of jobs."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from conclave.web.gate.gate import disclosing
from conclave.web.jobs.models import MAX_SUBJECT_CHARACTERS, Mail
from conclave.web.privacy.register import require_mail
from conclave.web.privacy.vocabulary import Purpose

FINISHED_KEPT = timedelta(
    minutes=10
)  # long enough to look at after a complaint on the phone, too short to be an archive
FAILED_KEPT = timedelta(days=7)  # an operator must find out that mail does not go out

GIVEN = ("jobs.Mail.to", "jobs.Mail.subject", "jobs.Mail.text", "jobs.Mail.message_id")
"""What of a mail the mail server gets."""


@transaction.atomic
def post(*, kind: str, to: str, subject: str, text: str, now: datetime) -> Mail:
    """Send `text` to `to` soon: by the worker, once the surrounding transaction is committed.

    Raises:
        UndeclaredMail: the privacy register knows no mail of this `kind`.

    """
    from conclave.web.jobs.tasks import send_mail

    require_mail(kind)

    mail_id = uuid.uuid4()
    mail = Mail.objects.create(
        id=mail_id,
        message_id=f"<{mail_id.hex}@{settings.INSTANCE.host}>",
        to=to,
        subject=subject[:MAX_SUBJECT_CHARACTERS],
        text=text,
        created_at=now,
    )
    send_mail.enqueue(mail_id=str(mail_id))
    return mail


def deliver(*, mail_id: str, now: datetime) -> None:
    """Send one mail unless it was sent already; afterwards nothing is left of it but its number."""
    mail = Mail.objects.filter(pk=mail_id, sent_at=None).first()
    if mail is None:
        return
    message = EmailMessage(mail.subject, mail.text, to=[mail.to], headers={"Message-ID": mail.message_id})
    with disclosing("mail", about=mail.to, places=GIVEN, purpose=Purpose.COMMUNICATION, reference=mail.pk.hex, now=now):
        message.send()
    mail.to = mail.subject = mail.text = ""
    mail.sent_at = now
    mail.save()


@transaction.atomic
def forget_finished(*, now: datetime) -> None:
    """Delete jobs and mails that are done."""
    done = DBTaskResult.objects.filter(status=TaskResultStatus.SUCCESSFUL, finished_at__lt=now - FINISHED_KEPT)
    done.delete()
    DBTaskResult.objects.filter(status=TaskResultStatus.FAILED, finished_at__lt=now - FAILED_KEPT).delete()
    Mail.objects.filter(sent_at__lt=now - FINISHED_KEPT).delete()
    Mail.objects.filter(created_at__lt=now - FAILED_KEPT).delete()
