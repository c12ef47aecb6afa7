from __future__ import annotations

from django.db import models

from conclave.web.vault.seal import KEY_ID_BYTES

KEY_ID_CHARACTERS = 2 * KEY_ID_BYTES


class KeyCheck(models.Model):
    """A known text, sealed with one of the data keys: it tells the right file of keys from a wrong one."""

    key_id = models.CharField(max_length=KEY_ID_CHARACTERS, primary_key=True)
    proof = models.TextField()
    # Nothing is sealed with it any more since then; it stays a while for what was being written at that moment.
    retired_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.key_id
