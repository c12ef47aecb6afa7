from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from conclave.web.privacy import texts


def policy(request: HttpRequest) -> HttpResponse:
    return render(request, "privacy/text.html", {"title": "Privacy policy", "text": texts.policy()})


def terms(request: HttpRequest) -> HttpResponse:
    return render(request, "privacy/text.html", {"title": "Terms of service", "text": texts.terms()})
