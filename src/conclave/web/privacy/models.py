from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

SHA256_HEX_CHARACTERS = 64


class PublishedText(models.Model):
    """A text that people agreed to, kept word for word under its hash."""

    version = models.CharField(max_length=SHA256_HEX_CHARACTERS, primary_key=True)
    html = models.TextField()
    first_agreed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.version


class Agreement(models.Model):
    """Who agreed to which versions of policy and terms, and when."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="agreements")
    policy = models.ForeignKey(PublishedText, on_delete=models.PROTECT, related_name="+")
    terms = models.ForeignKey(PublishedText, on_delete=models.PROTECT, related_name="+")
    agreed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-agreed_at"]

    def __str__(self) -> str:
        return f"agreement {self.pk}"
