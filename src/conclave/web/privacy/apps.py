from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils import timezone


class PrivacyConfig(AppConfig):
    name = "conclave.web.privacy"
    label = "privacy"

    def ready(self) -> None:
        from conclave.web.privacy import checks  # noqa: F401  # importing registers the check

        post_migrate.connect(_publish, sender=self)


def _publish(**_signal: object) -> None:
    """Publish what the texts say now, whenever the database was brought up to date: at every start."""
    from conclave.web.privacy import publishing

    publishing.publish(now=timezone.now())
