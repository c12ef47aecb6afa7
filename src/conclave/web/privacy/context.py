from __future__ import annotations

from django.db import DatabaseError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from conclave.web.privacy import changes
from conclave.web.privacy.models import Change


def notice(request: HttpRequest) -> dict[str, object]:
    """The change of the policy that every page shows until it is answered or old."""
    return {"policy_change": SimpleLazyObject(lambda: _change(request))}


def _change(request: HttpRequest) -> Change | None:
    user = getattr(request, "user", None)
    account_id, joined_at = (user.pk, user.created_at) if user is not None and user.is_authenticated else (None, None)
    try:
        return changes.to_show(account_id, joined_at=joined_at, now=timezone.now())
    except DatabaseError:  # the page that says so must still be shown
        return None
