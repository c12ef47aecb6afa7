"""Where allauth meets our own ways: mail goes through the job worker, addresses of pages are the instance's."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from conclave.web.accounts.models import Account
from conclave.web.jobs.actions import post

TOLD = ("account/email/email_changed", "account/email/password_changed", "account/email/password_reset")
"""What somebody else may have done: its owner hears of it by mail."""


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # the base class has no type information
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue the mail; the answer to the person takes as long for an unknown address as for a known one."""
        subject = " ".join(render_to_string(f"{template_prefix}_subject.txt", context).split())
        text = render_to_string(f"{template_prefix}_message.txt", {"email": email, **context}).strip() + "\n"
        kind = template_prefix.rpartition("/")[2]
        post(kind=kind, to=email, subject=subject, text=text, now=timezone.now())

    def send_notification_mail(
        self,
        template_prefix: str,
        user: Account,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell of a change, without the network address and browser that it came from."""
        if template_prefix in TOLD:
            self.send_mail(
                template_prefix, email or user.email, {"contact": settings.OPERATOR.contact, **(context or {})}
            )

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002  # allauth passes it
        return reverse("account")
