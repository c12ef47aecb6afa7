from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "conclave.web.accounts"
    label = "accounts"

    def ready(self) -> None:
        from allauth.account.models import EmailAddress

        from conclave.web.vault.fields import ForeignEmailField

        ForeignEmailField.take_over(EmailAddress._meta.get_field("email"))  # noqa: SLF001  # public, but for its name
