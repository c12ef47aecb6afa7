"""New data keys while the site runs: each step can be cut off anywhere and is taken up again by the next run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from conclave.web.vault import columns, keyring
from conclave.web.vault.keyring import KeysUnusable
from conclave.web.vault.models import KeyCheck
from conclave.web.vault.seal import CannotUnseal, DataKey, Keyring

KNOWN_TEXT = "conclave"
PLACE = "vault.KeyCheck.proof"
RETIRED_KEPT = timedelta(hours=1)
"""Nobody writes for so long: what was sealed with the old key at the moment of the change is stored by then."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rotation has come, in values."""

    done: int
    total: int


def check_keys() -> None:
    """Raise `KeysUnusable` unless the file holds every key that the database is sealed with."""
    ring = keyring.current()
    at_hand = {key.id for key in ring.keys}
    for check in KeyCheck.objects.all():
        if check.key_id not in at_hand:
            raise KeysUnusable(
                f"{settings.DATA_KEYS} lacks the key {check.key_id}, with which the database is sealed: "
                "put back the right file"
            )
        if not is_right(ring, check.proof):
            raise KeysUnusable(
                f"{settings.DATA_KEYS} holds another key {check.key_id} than the database is sealed with"
            )
    for key in ring.keys:
        KeyCheck.objects.get_or_create(key_id=key.id, defaults={"proof": Keyring([key]).seal(KNOWN_TEXT, place=PLACE)})


def rotate(*, now: datetime) -> Iterator[Progress]:
    """Seal everything with a new key, or go on where an earlier run was cut off; yield the progress."""
    check_keys()
    ring = _with_new_key(settings.DATA_KEYS)
    check_keys()
    key_id = ring.newest.id
    found = columns.sealed_columns()
    total = sum(columns.count_sealed_otherwise(each, key_id=key_id) for each in found)
    done = 0
    yield Progress(done, total)
    for column in found:
        for count in columns.rewrite(column, key_id=key_id):
            done += count
            yield Progress(done, max(done, total))
    KeyCheck.objects.exclude(key_id=key_id).filter(retired_at=None).update(retired_at=now)


def retire(*, now: datetime) -> list[str]:
    """Drop old keys that nothing is sealed with any more; return their ids."""
    with transaction.atomic():
        ring = keyring.current()
        old = set(KeyCheck.objects.filter(retired_at__lt=now - RETIRED_KEPT).values_list("key_id", flat=True))
        old -= {ring.newest.id}
        if not old or any(
            columns.count_sealed_otherwise(each, key_id=ring.newest.id) for each in columns.sealed_columns()
        ):
            return []
        keyring.write(settings.DATA_KEYS, tuple(key for key in ring.keys if key.id not in old))
        KeyCheck.objects.filter(key_id__in=old).delete()
    return sorted(old)


def is_right(ring: Keyring, proof: str) -> bool:
    """Return whether `ring` holds the key that `proof` was made with."""
    try:
        return ring.unseal(proof, place=PLACE) == KNOWN_TEXT
    except CannotUnseal:
        return False


def _with_new_key(path: Path) -> Keyring:
    """Return the keys with a new one, unless an earlier run has left its new one with work to do."""
    ring = keyring.current()
    is_under_way = KeyCheck.objects.filter(retired_at=None).exclude(key_id=ring.newest.id).exists()
    if not is_under_way:
        keyring.write(path, (*ring.keys, DataKey.draw()))
    return keyring.current()
