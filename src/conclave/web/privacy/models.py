from __future__ import annotations

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
