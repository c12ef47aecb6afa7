"""Every change of an account that allauth does not make itself."""

from __future__ import annotations

from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import transaction

from conclave.web.accounts.models import Account
from conclave.web.privacy.actions import record_agreement


@transaction.atomic
def complete_sign_up(*, account: Account, time_zone: str, page: str, now: datetime) -> None:
    """Record what the sign-up form says beyond name, address and password."""
    account.time_zone = time_zone
    account.save(update_fields=["time_zone"])
    record_agreement(account_id=account.pk, page=page, now=now)


@transaction.atomic
def change_details(*, account: Account, first_name: str, last_name: str, time_zone: str) -> None:
    """Change what a person says of themselves."""
    account.first_name, account.last_name, account.time_zone = first_name, last_name, time_zone
    account.save(update_fields=["first_name", "last_name", "time_zone"])


@transaction.atomic
def cancel_email_change(*, account: Account) -> None:
    """Forget an address that was asked for and not confirmed; its link does not work any more."""
    EmailAddress.objects.filter(user=account, verified=False).exclude(email=account.email).delete()
