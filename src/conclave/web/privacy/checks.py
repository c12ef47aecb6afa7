"""Django's system checks of the register: the site does not start with a field that nobody has declared."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register

from conclave.web.privacy import register as privacy_register


@register("privacy")
def check_register(**_scope: Any) -> list[CheckMessage]:
    """Refuse undeclared fields, declarations of nothing, and contradictions."""
    faults = [
        (
            "E001",
            "is not declared in any personal_data.py",
            privacy_register.undeclared(privacy_register.model_places()),
        ),
        ("E002", "is declared but does not exist", privacy_register.declared_in_vain()),
        ("E003", "is declared twice", privacy_register.declared_twice()),
    ]
    return [
        Error(f"{place} {fault}.", id=f"privacy.{number}")
        for number, fault, places in faults
        for place in sorted(places)
    ]
