"""Versions of policy and terms: each is published once, with a number and a date, and stays for ever."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from conclave.web.privacy import changes, register, texts
from conclave.web.privacy.changes import Facts
from conclave.web.privacy.models import PublishedText

Kind = PublishedText.Kind


def publish(*, now: datetime) -> None:
    """Publish policy and terms as they read now, if they read otherwise, and open what that changes for held data."""
    _publish(Kind.POLICY, texts.policy(), now=now)
    _publish(Kind.TERMS, texts.terms(), now=now)


def newest(kind: Kind) -> PublishedText:
    """Return the text that holds now."""
    return PublishedText.objects.filter(kind=kind).latest("number")


@transaction.atomic
def _publish(kind: Kind, html: str, *, now: datetime) -> None:
    before = PublishedText.objects.select_for_update().filter(kind=kind).order_by("-number").first()
    if before is not None and before.html == html:
        return
    number = before.number + 1 if before else 1
    after = PublishedText.objects.create(
        version=PublishedText.version_of(kind, number, html),
        kind=kind,
        number=number,
        html=html,
        published_at=now,
        facts=facts_of_register() if kind == Kind.POLICY else {},
    )
    if before is not None:
        changes.open_change(before, after, now=now)


def facts_of_register() -> Facts:
    """Return what the register says of each place: for which purposes, to whom, and for how long."""
    return {
        place: {
            "purposes": sorted(purpose.name for purpose in each.purposes),
            "recipients": sorted(recipient.name for recipient in each.recipients),
            "kept": [each.retention.words],
        }
        for each in register.personal()
        for place in each.places
    }
