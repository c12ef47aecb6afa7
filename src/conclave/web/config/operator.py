"""Who runs this installation and how it sends mail: what only the operator can say, by environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from conclave.instance import LOOPBACK_HOSTS, Instance

SMTP_TIMEOUT_S = 15  # well below the lease of a job, so that a silent server cannot make two workers send
MAIL_AGREEMENT = "CONCLAVE_MAIL_AGREEMENT"
OPTIONAL = ("phone", "address", "care", "authority")
SMTP_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class Operator:
    """Whom people deal with; shown in the policy and used as the sender of mail."""

    name: str
    contact: str
    phone: str = ""
    address: str = ""
    care: str = ""
    """Where people get help with their account and meetings, if that is not `contact`."""
    authority: str = "the data protection authority where you live"
    """To whom people turn who are not content with the operator's answer."""

    @classmethod
    def from_environment(cls, instance: Instance, environment: Mapping[str, str] = os.environ) -> Operator:
        """Return what the environment says, or a trial's stand-ins; raise `ImproperlyConfigured` in earnest use."""
        contact = environment.get("CONCLAVE_CONTACT", "")
        if not contact and not instance.is_local:
            raise ImproperlyConfigured("Set CONCLAVE_CONTACT to the address people can write to about their data.")
        name = environment.get("CONCLAVE_OPERATOR", "")
        trial = "whoever started this trial installation" if instance.is_local else instance.host
        more = {key: text for key in OPTIONAL if (text := environment.get(f"CONCLAVE_{key.upper()}"))}
        return cls(name=name or trial, contact=contact or "conclave@localhost", **more)


def agreements(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return what the operator has agreed with each processor, by its key in the register; nothing goes to others."""
    return {"mail": environment.get(MAIL_AGREEMENT, "")}


def mail_settings(instance: Instance, environment: Mapping[str, str] = os.environ) -> dict[str, object]:
    """Return Django's mail settings: files on a trial installation, otherwise encrypted SMTP."""
    if instance.is_local:
        return {"EMAIL_BACKEND": "conclave.web.jobs.outbox.OutboxBackend"}
    url = urlsplit(environment.get("CONCLAVE_SMTP_URL", ""))
    if url.scheme not in SMTP_PORTS or not url.hostname:
        raise ImproperlyConfigured(
            "Set CONCLAVE_SMTP_URL to the mail server, such as smtp+tls://user:password@mail.example.org:587."
        )
    if url.scheme == "smtp" and url.hostname not in LOOPBACK_HOSTS:
        raise ImproperlyConfigured("CONCLAVE_SMTP_URL must encrypt: use smtp+tls:// or smtps://.")
    if url.hostname not in LOOPBACK_HOSTS and not agreements(environment)["mail"]:
        raise ImproperlyConfigured(
            f"Set {MAIL_AGREEMENT} to your agreement with whoever runs {url.hostname}, such as "
            "'DPA of 12 January 2026', or to 'own' if that is you."
        )
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": url.hostname,
        "EMAIL_PORT": url.port or SMTP_PORTS[url.scheme],
        "EMAIL_HOST_USER": unquote(url.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
        "EMAIL_USE_TLS": url.scheme == "smtp+tls",
        "EMAIL_USE_SSL": url.scheme == "smtps",
        "EMAIL_TIMEOUT": SMTP_TIMEOUT_S,
    }
