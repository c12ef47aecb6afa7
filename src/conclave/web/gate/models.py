from __future__ import annotations

from typing import ClassVar

from django.db import models

from conclave.web.vault.fields import SealedEmailField

MAX_EMAIL_CHARACTERS = 254  # RFC 5321
MAX_WORDS_CHARACTERS = 200
MAX_REFERENCE_CHARACTERS = 64


class Disclosure(models.Model):
    """That something about a person was given to somebody: to whom, what of it, and what for."""

    about = SealedEmailField(max_length=MAX_EMAIL_CHARACTERS)
    recipient = models.CharField(max_length=MAX_WORDS_CHARACTERS)
    purpose = models.CharField(max_length=MAX_WORDS_CHARACTERS)
    # Names of places of the register, one a line; never what was in them.
    places = models.TextField()
    # What it belongs to, a mail for instance: trying again is not giving it twice.
    reference = models.CharField(max_length=MAX_REFERENCE_CHARACTERS)
    given_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["recipient", "reference"], name="one_disclosure_a_reference")
        ]

    def __str__(self) -> str:
        return f"disclosure {self.pk}"
