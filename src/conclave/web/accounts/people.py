"""Who is asking."""

from __future__ import annotations

from django.http import HttpRequest

from conclave.web.accounts.models import Account


def account_of(request: HttpRequest) -> Account | None:
    """Return the account that is signed in, if any."""
    return request.user if isinstance(request.user, Account) else None


def signed_in(request: HttpRequest) -> Account:
    """Return the account in a view that requires one."""
    account = account_of(request)
    if account is None:
        raise TypeError("this view must require a sign-in")
    return account
