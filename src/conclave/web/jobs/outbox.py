"""The outbox of a trial installation: mail as files, for the page /outbox/."""

from __future__ import annotations

import email
import email.policy
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

KEPT = timedelta(days=7)
SHOWN = 100  # newest; a trial has no use for more on one page
OWNER_ONLY_FILE = 0o600


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail, as people read it."""

    to: str
    subject: str
    text: str
    written_at: datetime


class OutboxBackend(BaseEmailBackend):
    """Writes each mail to a file named by its id, so that sending it twice leaves one."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for mail in email_messages:
            message = mail.message()
            name = str(message["Message-ID"]).strip("<>").partition("@")[0]
            _write(settings.INSTANCE.outbox / f"{name}.eml", message.as_bytes())
        return len(email_messages)


def letters() -> list[Letter]:
    """Return the newest letters, newest first."""
    files = sorted(settings.INSTANCE.outbox.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
    return [_read(file) for file in files[:SHOWN]]


def forget_old(*, now: datetime) -> None:
    """Delete letters older than `KEPT`."""
    for file in settings.INSTANCE.outbox.glob("*.eml"):
        if _written_at(file) < now - KEPT:
            file.unlink(missing_ok=True)


def forget_letters_to(addresses: Sequence[str]) -> None:
    """Delete the letters to a person."""
    for file in settings.INSTANCE.outbox.glob("*.eml"):
        if _read(file).to.casefold() in addresses:
            file.unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    draft = path.with_suffix(".draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY_FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    draft.replace(path)


def _read(file: Path) -> Letter:
    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    body = message.get_body(("plain",))
    return Letter(
        to=str(message["To"]),
        subject=str(message["Subject"]),
        text=body.get_content() if body else "",
        written_at=_written_at(file),
    )


def _written_at(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, tz=UTC)
