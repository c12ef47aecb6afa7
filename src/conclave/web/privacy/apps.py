from __future__ import annotations

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "conclave.web.privacy"
    label = "privacy"

    def ready(self) -> None:
        from conclave.web.privacy import checks  # noqa: F401  # importing registers the check
