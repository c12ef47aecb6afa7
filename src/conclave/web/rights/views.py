"""What people can do with their data: see it, take it along."""

from __future__ import annotations

from allauth.core.ratelimit import consume_or_429
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from conclave.web.accounts.forms import EraseForm
from conclave.web.accounts.people import signed_in
from conclave.web.meetings.limits import Limit
from conclave.web.meetings.models import Meeting
from conclave.web.rights import actions, archive, erasure
from conclave.web.rights.collect import Section, Subject, not_found, sections
from conclave.web.rights.models import Erasure

SHOWN_ROWS = 5
LOOK_AGAIN_MS = 1500
DOWNLOADS_PER_ACCOUNT = Limit("account-downloads", 6)  # each reads everything about a person


@never_cache
@login_required
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Show what is held, with the first rows of each kind."""
    kinds = [(each, each.count()) for each in sections(Subject.of(signed_in(request)))]
    context = {
        "held": [(each, count, _entries(each)) for each, count in kinds if count],
        "count": sum(count for _, count in kinds),
        "nothing": [each for each, count in kinds if not count],
        "unknown": not_found(),
        "shown_rows": SHOWN_ROWS,
    }
    return render(request, "rights/data.html", context)


@never_cache
@login_required
@require_POST
def download(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    account, now = signed_in(request), timezone.now()
    if DOWNLOADS_PER_ACCOUNT.is_exceeded(str(account.pk)):
        return render(request, "429.html", status=429)
    title = f"What {request.get_host()} holds about {account.full_name}"
    pieces = archive.stream(sections(Subject.of(account)), title=title, made_at=now)
    response = StreamingHttpResponse(archive.in_background(pieces), content_type="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="my-data-{now:%Y-%m-%d}.zip"'
    return response


def _entries(section: Section) -> list[list[tuple[str, object]]]:
    """Return the first rows, each as names and values."""
    names = [name.replace("_", " ") for name in section.fields]
    return [list(zip(names, row, strict=True)) for row in section.rows(SHOWN_ROWS)]


@sensitive_post_parameters("password")
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest) -> HttpResponse:
    """Say what erasing does to what, and do it for who knows the password."""
    refusal: HttpResponse | None = consume_or_429(request, action="reauthenticate")
    if refusal is not None:
        return refusal
    account, now = signed_in(request), timezone.now()
    form = EraseForm(request.POST or None, account=account)
    if form.is_valid():
        logout(request)
        erasure_id = actions.erase(account=account, now=now).pk
        return redirect("rights:erased", erasure_id)
    context = {
        "form": form,
        "outlook": erasure.outlook(account),
        "upcoming": Meeting.objects.filter(organizer=account).upcoming(now=now),
        "unknown": not_found(),
    }
    return render(request, "rights/erase.html", context)


@never_cache
@require_safe
def erased(request: HttpRequest, erasure_id: str) -> HttpResponse:
    """Say how far an erasure has come, to who has its random number."""
    found = get_object_or_404(Erasure, pk=erasure_id)
    return render(request, "rights/erased.html", {"erasure": found, "pause_ms": LOOK_AGAIN_MS})
