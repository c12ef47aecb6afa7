from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone

from conclave.web.accounts.zones import UTC
from conclave.web.vault.fields import SealedEmailField, SealedField

MAX_EMAIL_CHARACTERS = 254  # RFC 5321
MAX_NAME_CHARACTERS = 60
MAX_ZONE_CHARACTERS = 64


class AccountManager(BaseUserManager["Account"]):
    def get_by_natural_key(self, username: str | None) -> Account:
        return self.get(email=(username or "").lower())

    def create_user(self, *, email: str, password: str, **fields: Any) -> Account:
        account = self.model(email=email.lower(), **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account


class Account(AbstractBaseUser):
    """A person who can sign in."""

    email = SealedEmailField(max_length=MAX_EMAIL_CHARACTERS, unique=True)
    first_name = SealedField(max_length=MAX_NAME_CHARACTERS)
    last_name = SealedField(max_length=MAX_NAME_CHARACTERS)
    time_zone = models.CharField(max_length=MAX_ZONE_CHARACTERS, default=UTC)
    created_at = models.DateTimeField(default=timezone.now)
    is_active = models.BooleanField(default=True)

    objects: ClassVar = AccountManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["first_name", "last_name"]

    def __str__(self) -> str:
        return f"account {self.pk}"

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    def get_full_name(self) -> str:
        return self.full_name
