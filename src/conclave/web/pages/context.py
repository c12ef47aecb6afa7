from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def site(_request: HttpRequest) -> dict[str, object]:
    """What every page may name: who runs this installation, and whether it is a trial."""
    return {"operator": settings.OPERATOR, "is_local": settings.INSTANCE.is_local}
