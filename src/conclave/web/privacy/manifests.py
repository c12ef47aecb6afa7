"""The register as manifests that Fides and its kin read: one dataset, one system and its privacy declarations.

They are JSON, which is YAML. A test validates them with fideslang's own models (docs/adr/0024).
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from django.apps import apps
from django.conf import settings

from conclave.web.privacy import register
from conclave.web.privacy.register import Personal
from conclave.web.privacy.vocabulary import Purpose, Recipient, Source

KEY = "conclave"

Manifest = dict[str, object]


def export() -> str:
    """Return all manifests as one document."""
    return json.dumps({"dataset": [dataset()], "system": [system()]}, indent=2, ensure_ascii=False)


def dataset() -> Manifest:
    """Return every table with every field; those of a person with category, uses and subjects."""
    return {
        "fides_key": f"{KEY}_database",
        "name": "The database of Conclave",
        "description": "What the site keeps. What is said and shown in meetings is not in it.",
        "collections": [
            {"name": model._meta.label.lower(), "fields": list(_fields(model._meta.label))}  # noqa: SLF001
            for model in apps.get_models(include_auto_created=True)
        ],
    }


def _fields(label: str) -> Iterator[Manifest]:
    declared = {place: each for each in register.personal() for place in each.places}
    for field in apps.get_model(label)._meta.concrete_fields:  # noqa: SLF001  # public, but for its name
        each = declared.get(f"{label}.{field.name}")
        yield {"name": field.name} if each is None else {"name": field.name, **_terms(each)}


def _terms(each: Personal) -> Manifest:
    return {
        "description": f"{each.what}; kept {each.retention.words}",
        "data_categories": [each.category.key],
        "data_uses": sorted({purpose.key for purpose in each.purposes}),
        "data_subjects": [each.subject.key],
    }


def system() -> Manifest:
    """Return the system: one privacy declaration for each purpose of each declaration."""
    return {
        "fides_key": KEY,
        "name": f"Conclave on {settings.INSTANCE.host}",
        "description": "Online meetings, end-to-end encrypted",
        "system_type": "Service",
        "legal_name": settings.OPERATOR.name,
        "privacy_policy": f"{settings.INSTANCE.site_origin}/privacy/",
        "dataset_references": [f"{KEY}_database"],
        "privacy_declarations": [
            _privacy_declaration(each, purpose) for each in register.personal() for purpose in each.purposes
        ],
    }


def _privacy_declaration(each: Personal, purpose: Purpose) -> Manifest:
    others = [recipient for recipient in each.recipients if recipient is not Recipient.NOBODY]
    return {
        "name": f"{each.what} ({each.source})",
        "data_categories": [each.category.key],
        "data_use": purpose.key,
        "data_subjects": [each.subject.key],
        "dataset_references": [f"{KEY}_database"] if each.models() else [],
        "features": ["the web site" if each.source is Source.SITE else "software that people's own devices run"],
        "legal_basis_for_processing": each.basis.key,
        "flexible_legal_basis_for_processing": False,
        "retention_period": each.retention.words,
        "data_shared_with_third_parties": bool(others),
        "third_parties": "; ".join(others) or None,
    }
