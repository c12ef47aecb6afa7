"""The jobs of erasing."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django_tasks import task

from conclave.web.rights import erasure


@task()
def erase(erasure_id: str) -> None:
    """Erase a person, or go on with it."""
    erasure.run(erasure_id=erasure_id, now=timezone.now())


@task()
def erase_unfinished() -> None:
    """Go on with erasures that were cut off or found something left."""
    erasure.run_unfinished(now=timezone.now())


PERIODIC = ((erase_unfinished, timedelta(hours=1)),)
