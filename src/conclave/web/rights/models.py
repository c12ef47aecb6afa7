from __future__ import annotations

from django.conf import settings
from django.db import models

from conclave.web.gate.models import MAX_EMAIL_CHARACTERS, MAX_WORDS_CHARACTERS
from conclave.web.vault.fields import SealedEmailField, SealedField

ID_CHARACTERS = 32
MAX_EMAILS_CHARACTERS = 4000  # of all addresses of one account, as JSON
MAX_STEP_CHARACTERS = 10


class Erasure(models.Model):
    """Somebody's wish to be erased, and how far it has come. In the end nothing in it leads to them."""

    id = models.CharField(max_length=ID_CHARACTERS, primary_key=True)
    account_number = models.BigIntegerField(null=True)
    emails = SealedField(max_length=MAX_EMAILS_CHARACTERS, blank=True, default="")
    step = models.CharField(max_length=MAX_STEP_CHARACTERS)
    # Where something of them was found when it should have been gone: names of places, for the operator.
    found = models.TextField(blank=True, default="")
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"erasure {self.pk}"


class LegalCase(models.Model):
    """That an authority asked for something about a person, why it may, what it asked for, and what became of it."""

    class Basis(models.TextChoices):
        LAW = "law", "required by law"
        ORDER = "order", "order of a court"
        PROCESS = "process", "legal process served"
        RIGHTS = "rights", "to protect rights in a judicial proceeding"

    id = models.CharField(max_length=ID_CHARACTERS, primary_key=True)
    about = SealedEmailField(max_length=MAX_EMAIL_CHARACTERS, blank=True, default="")
    # Addresses change hands; whoever was meant when the case was opened is meant.
    account = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    authority = models.CharField(max_length=MAX_WORDS_CHARACTERS)
    basis = models.CharField(max_length=MAX_STEP_CHARACTERS, choices=Basis.choices)
    reference = models.CharField(max_length=MAX_WORDS_CHARACTERS)
    # Models of the register, one a line: no more than these is handed out.
    scope = models.TextField()
    opened_by = models.CharField(max_length=MAX_WORDS_CHARACTERS)
    opened_at = models.DateTimeField()
    handed_out_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"legal case {self.pk}"
