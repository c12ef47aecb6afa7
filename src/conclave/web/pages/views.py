from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/home.html")


def cookies(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/cookies.html")


@never_cache
def healthz(_request: HttpRequest) -> HttpResponse:
    """Answer 200 when the database answers; anything else is a failure that needs no words."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain")


def cookies_needed(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001  # Django passes it
    """Explain a refused form: nearly always the browser has sent no cookie. `reason` is for developers only."""
    if request.content_type == "application/json":
        sentence = "Your browser refused the cookie that this needs. Please allow cookies for this site, then reload."
        return JsonResponse({"error": sentence}, status=403)
    return render(request, "cookies_needed.html", {"has_cookies": bool(request.COOKIES)}, status=403)


# Django passes the exception to these; what it says is nothing for a page.


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    return render(request, "404.html", status=404)


def too_many(request: HttpRequest) -> HttpResponse:
    return render(request, "429.html", status=429)


def server_error(request: HttpRequest) -> HttpResponse:
    return render(request, "500.html", status=500)
