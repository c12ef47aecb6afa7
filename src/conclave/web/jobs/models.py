from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from conclave.web.vault.fields import SealedEmailField, SealedField

MAX_ADDRESS_CHARACTERS = 254  # RFC 5321 allows no more between the angle brackets
MAX_SUBJECT_CHARACTERS = 200
MAX_TEXT_CHARACTERS = 20_000  # four pages; the longest of ours is one
MAX_TASK_NAME_CHARACTERS = 60


class Mail(models.Model):
    """One mail to one person. Recipient and words are wiped as soon as it is sent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Fixed before the first try, so that a mail sent twice by a crash is recognized as one.
    message_id = models.CharField(max_length=MAX_ADDRESS_CHARACTERS, unique=True)
    to = SealedEmailField(max_length=MAX_ADDRESS_CHARACTERS)
    subject = SealedField(max_length=MAX_SUBJECT_CHARACTERS)
    text = SealedField(max_length=MAX_TEXT_CHARACTERS)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return f"mail {self.pk}"


class Schedule(models.Model):
    """When each periodic task is due next."""

    task = models.CharField(max_length=MAX_TASK_NAME_CHARACTERS, primary_key=True)
    due_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.task
