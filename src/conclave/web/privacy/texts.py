"""Policy and terms as they read now: prose in templates, every fact in it from the register."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.template.loader import render_to_string

from conclave.web.privacy import register
from conclave.web.privacy.register import Keeper, Personal
from conclave.web.privacy.vocabulary import Category, Purpose, Recipient, Source, Subject


@dataclass(frozen=True, slots=True)
class Section:
    """One numbered section of the policy."""

    id: str
    title: str

    @property
    def template(self) -> str:
        return f"privacy/policy/{self.id}.html"


SECTIONS = (
    Section("purpose", "What Conclave does, and why it has to know anything"),
    Section("inventory", "What is held, and what for"),
    Section("recipients", "Who else gets to see it"),
    Section("correct", "Looking at your data and putting it right"),
    Section("refuse", "Saying no, and changes of this policy"),
    Section("protection", "How it is protected"),
    Section("friends", "Recommending us to somebody"),
    Section("partners", "Partners and advertising"),
    Section("questions", "Whom to ask"),
)


@cache
def policy() -> str:
    """Return the privacy policy, as HTML."""
    order: list[str] = [*Source, *Subject, *Category]
    rows = sorted(
        register.personal(), key=lambda each: [order.index(kind) for kind in (each.source, each.subject, each.category)]
    )
    keepers = {Keeper.BROWSER: "in_browser", Keeper.LOG: "logged"}
    parts: dict[str, list[Personal]] = {"stored": [], "in_browser": [], "logged": [], "by_helper": []}
    for each in rows:
        part = keepers.get(each.retention.keeper, "stored")
        parts["by_helper" if each.source is Source.HELPER else part].append(each)
    context = {
        **parts,
        "sections": SECTIONS,
        "sources": list(Source),
        "purposes": list(Purpose),
        "shared": _shared(rows),
        "processors": register.processors(),
        "mails": register.mail_classes(),
    }
    return _text("privacy/policy_text.html", context)


@cache
def terms() -> str:
    """Return the terms of service, as HTML."""
    return _text("privacy/terms_text.html", {})


def _shared(rows: Iterable[Personal]) -> list[dict[str, object]]:
    """Return what each recipient gets to see."""
    others = [each for each in Recipient if each is not Recipient.NOBODY]
    return [{"recipient": each, "what": [row.what for row in rows if each in row.recipients]} for each in others]


def _text(template: str, context: Mapping[str, object]) -> str:
    return render_to_string(template, {"operator": settings.OPERATOR, "instance": settings.INSTANCE, **context})
