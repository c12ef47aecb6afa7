from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from conclave.web.privacy import changes, differences, publishing
from conclave.web.privacy.models import PublishedText
from conclave.web.privacy.publishing import Kind


@require_safe
def newest(request: HttpRequest, kind: Kind) -> HttpResponse:
    return _show(request, publishing.newest(kind))


@require_safe
def version(request: HttpRequest, kind: Kind, number: int) -> HttpResponse:
    return _show(request, get_object_or_404(PublishedText, kind=kind, number=number))


@require_safe
def what_changed(request: HttpRequest, kind: Kind) -> HttpResponse:
    """Show what is different between two versions: those asked for, otherwise the newest and the one before."""
    published = list(PublishedText.objects.filter(kind=kind))
    old = _asked(request, "from", published, default=published[min(1, len(published) - 1)])
    new = _asked(request, "to", published, default=published[0])
    context = {
        **_addresses(kind),
        "published": published,
        "old": old,
        "new": new,
        "differences": differences.between(old.html, new.html),
    }
    return render(request, "privacy/what_changed.html", context)


@require_POST
def seen(request: HttpRequest) -> HttpResponse:
    """Take the notice of a change away, and lead back to the page it stood on."""
    if request.user.is_authenticated:
        changes.acknowledge(account_id=request.user.pk, now=timezone.now())
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if is_ours else "privacy:policy")


def _asked(request: HttpRequest, name: str, texts: list[PublishedText], *, default: PublishedText) -> PublishedText:
    asked = request.GET.get(name)
    if asked is None:
        return default
    found = next((each for each in texts if str(each.number) == asked), None)
    if found is None:
        raise Http404
    return found


def _show(request: HttpRequest, text: PublishedText) -> HttpResponse:
    is_newest = text == publishing.newest(Kind(text.kind))
    context = {**_addresses(Kind(text.kind)), "text": text, "is_newest": is_newest}
    return render(request, "privacy/text.html", context)


def _addresses(kind: Kind) -> dict[str, str]:
    """Return what a kind of text is called, and where it is read and compared."""
    return {"title": kind.label, "url": reverse(f"privacy:{kind}"), "changes_url": reverse(f"privacy:{kind}_changes")}
