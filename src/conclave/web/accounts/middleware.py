from __future__ import annotations

from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.deprecation import MiddlewareMixin

from conclave.web.accounts.models import Account
from conclave.web.accounts.zones import known_or_utc


class OwnTimeZone(MiddlewareMixin):
    """Show times as the clocks of the signed-in person do."""

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponseBase | None:
        if isinstance(request.user, Account):
            timezone.activate(ZoneInfo(known_or_utc(request.user.time_zone)))
        else:
            timezone.deactivate()
        return None
