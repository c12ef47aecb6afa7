from __future__ import annotations

import hashlib
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse

SHA256_HEX_CHARACTERS = 64
SALT_HEX_CHARACTERS = 32  # 128 bits: nobody finds an account by trying its number
MAX_PAGE_CHARACTERS = 200


class PublishedText(models.Model):
    """A text that was published, kept word for word and for ever."""

    class Kind(models.TextChoices):
        POLICY = "policy", "Privacy policy"
        TERMS = "terms", "Terms of service"

    version = models.CharField(max_length=SHA256_HEX_CHARACTERS, primary_key=True)
    kind = models.CharField(max_length=6, choices=Kind.choices)
    number = models.PositiveIntegerField()
    html = models.TextField()
    published_at = models.DateTimeField()
    # What the register said when a policy was published, to tell what a later one means for data of before.
    facts = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["kind", "-number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "number"], name="one_text_a_number")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, version {self.number}"

    def get_absolute_url(self) -> str:
        """The page of this version."""
        return reverse(f"privacy:{self.kind}_version", args=[self.number])

    @staticmethod
    def version_of(kind: str, number: int, html: str) -> str:
        """Return the hash that names a version: of what it is, of its number, and of its text."""
        return hashlib.sha256(f"{kind} {number}\n{html}".encode()).hexdigest()


class LedgerIsAppendOnly(Exception):
    """Rows of the ledger are neither changed nor deleted; only the way to the person is taken away."""


class Agreement(models.Model):
    """One row of the ledger of consent: what an account agreed to, when, and on which page (privacy.ledger).

    The rows are a chain: `digest` is a hash of the row and of the digest before it. It covers the account only as
    `who`, a salted hash; without `account` and `salt` nothing leads from the row to anybody.
    """

    class Act(models.TextChoices):
        AGREED = "agreed", "agreed to"
        KEPT = "kept", "did not agree to"

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="agreements"
    )
    salt = models.CharField(max_length=SALT_HEX_CHARACTERS, blank=True)
    who = models.CharField(max_length=SHA256_HEX_CHARACTERS)
    act = models.CharField(max_length=6, choices=Act.choices)
    policy = models.ForeignKey(PublishedText, on_delete=models.PROTECT, related_name="+")
    terms = models.ForeignKey(PublishedText, on_delete=models.PROTECT, related_name="+")
    agreed_at = models.DateTimeField()
    page = models.CharField(max_length=MAX_PAGE_CHARACTERS)
    previous = models.CharField(max_length=SHA256_HEX_CHARACTERS, blank=True)
    digest = models.CharField(max_length=SHA256_HEX_CHARACTERS, unique=True)

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"agreement {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise LedgerIsAppendOnly
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        raise LedgerIsAppendOnly


class LedgerEnd(models.Model):
    """Where the ledger ends: kept apart, so that rows missing at its end are noticed, too."""

    digest = models.CharField(max_length=SHA256_HEX_CHARACTERS)
    rows = models.PositiveBigIntegerField()

    def __str__(self) -> str:
        return f"{self.rows} rows"


class Change(models.Model):
    """What a version of the policy changes for data that was held before it; there is at most one for each version."""

    class Kind(models.TextChoices):
        USE = "use"  # held data is to be used or given in a new way: each person is asked
        NOTICE = "notice"  # anything else of substance: shown on the site

    policy = models.OneToOneField(PublishedText, on_delete=models.PROTECT, related_name="change")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    # For USE: `[place, "purpose" or "recipient", name]`, as privacy.changes reads them.
    uses = models.JSONField(default=list)
    opened_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-opened_at"]

    def __str__(self) -> str:
        return f"change {self.pk}"


class Choice(models.Model):
    """What one account was told of a change, and what it answered."""

    class Answer(models.TextChoices):
        AGREE = "agree", "Agree"
        KEEP = "keep", "Keep as it was"
        SEEN = "seen", "Seen"  # of a notice, which asks nothing

    change = models.ForeignKey(Change, on_delete=models.CASCADE, related_name="choices")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="choices")
    told_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=5, choices=Answer.choices, blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-change__opened_at"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["change", "account"], name="one_choice_a_change")]

    def __str__(self) -> str:
        return f"choice {self.pk}"
