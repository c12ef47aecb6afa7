"""Policy and terms as published: rendered once, and named by the hash of what was rendered."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.template.loader import render_to_string

from conclave.web.privacy import register
from conclave.web.privacy.vocabulary import Category, Source, Subject


@dataclass(frozen=True, slots=True)
class Text:
    """One published text; `version` is the SHA-256 of `html`."""

    html: str
    version: str


@cache
def policy() -> Text:
    """Return the privacy policy with its inventory from the register."""
    order: list[str] = [*Source, *Subject, *Category]
    rows = sorted(
        register.personal(), key=lambda each: [order.index(kind) for kind in (each.source, each.subject, each.category)]
    )
    stored = [each for each in rows if not any(place.startswith(("cookie:", "storage:")) for place in each.places)]
    in_browser = [each for each in rows if each not in stored]
    return _published("privacy/policy_text.html", {"stored": stored, "in_browser": in_browser})


@cache
def terms() -> Text:
    """Return the terms of service."""
    return _published("privacy/terms_text.html", {})


def _published(template: str, context: dict[str, object]) -> Text:
    html = render_to_string(template, {"operator": settings.OPERATOR, "instance": settings.INSTANCE, **context})
    return Text(html=html, version=hashlib.sha256(html.encode()).hexdigest())
