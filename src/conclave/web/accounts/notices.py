"""Mail about changes of the policy: everyone concerned is told once, and reminded once if they do not answer."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from conclave.web.jobs.actions import post
from conclave.web.privacy.changes import uses_of
from conclave.web.privacy.models import Change, Choice

REMINDED_AFTER = timedelta(days=14)
BATCH = 200  # mails queued in one run of the job, which must end within its lease


def tell_all(*, now: datetime) -> None:
    """Queue the mails that are due; what one run leaves, the next one takes."""
    asked = Choice.objects.filter(change__kind=Change.Kind.USE, answer="")
    for choice in asked.filter(told_at=None).order_by("pk")[:BATCH]:
        _tell(choice.pk, kind="policy_change", field="told_at", now=now)
    for choice in asked.filter(told_at__lt=now - REMINDED_AFTER, reminded_at=None).order_by("pk")[:BATCH]:
        _tell(choice.pk, kind="policy_change_reminder", field="reminded_at", now=now)


@transaction.atomic
def _tell(choice_id: int, *, kind: str, field: str, now: datetime) -> None:
    """Queue one mail and note it, both or neither: so nobody is told twice, however often the job runs."""
    waiting = Choice.objects.select_for_update().select_related("account", "change__policy")
    choice = waiting.filter(pk=choice_id, **{field: None}).first()
    if choice is None:
        return
    context = {
        "uses": uses_of(choice.change),
        "policy": choice.change.policy,
        "operator": settings.OPERATOR,
        "choices_url": settings.INSTANCE.site_origin + reverse("account_choices"),
        "changes_url": settings.INSTANCE.site_origin + reverse("privacy:policy_changes"),
    }
    subject = render_to_string(f"account/email/{kind}_subject.txt", context).strip()
    text = render_to_string(f"account/email/{kind}_message.txt", context).strip() + "\n"
    post(kind=kind, to=choice.account.email, subject=subject, text=text, now=now)
    setattr(choice, field, now)
    choice.save(update_fields=[field])
