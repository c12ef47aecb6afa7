from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from conclave.web.jobs import outbox
from conclave.web.jobs.models import Mail


@never_cache
def show_outbox(request: HttpRequest) -> HttpResponse:
    """Show the mail of a trial installation; elsewhere there is no such page."""
    if not settings.INSTANCE.is_local:
        raise Http404
    is_pending = Mail.objects.filter(sent_at=None).exists()
    return render(request, "jobs/outbox.html", {"letters": outbox.letters(), "is_pending": is_pending})
