"""Seals what lies in the database (docs/adr/0027): the only module of the servers that opens anything.

What it opens was sealed here, with keys that the site made for itself. Meetings are sealed in browsers, with keys that
no server ever has.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SECRET_BYTES = 32
KEY_ID_BYTES = 4
NONCE_BYTES = 12  # NIST SP 800-38D, section 8.2.2: drawn at random, for at most 2**32 values under one key
SIV_KEY_BYTES = 64  # RFC 5297: two keys of 256 bits


class CannotUnseal(Exception):
    """A value was not sealed with a key at hand, for this place: it is not shown, not even in part."""


@dataclass(frozen=True, slots=True)
class DataKey:
    """One secret of the installation, and the public id that what it sealed begins with."""

    id: str
    secret: bytes

    def __repr__(self) -> str:
        return f"DataKey({self.id}, ***)"

    @classmethod
    def draw(cls) -> DataKey:
        return cls(id=secrets.token_hex(KEY_ID_BYTES), secret=secrets.token_bytes(SECRET_BYTES))


class Keyring:
    """The keys at hand; the newest, which is the last, seals."""

    def __init__(self, keys: Sequence[DataKey]) -> None:
        self.keys = tuple(keys)
        self._ciphers = {key.id: _Ciphers(key) for key in keys}

    @property
    def newest(self) -> DataKey:
        return self.keys[-1]

    def seal(self, text: str, *, place: str) -> str:
        """Return `text` sealed for one column, differently each time (AES-256-GCM)."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = self._ciphers[self.newest.id].gcm.encrypt(nonce, text.encode(), place.encode())
        return f"{self.newest.id}.{(nonce + sealed).hex()}"

    def unseal(self, sealed: str, *, place: str) -> str:
        """Return what `seal` was given; raise `CannotUnseal` for anything else, or for another place."""
        ciphers, data = self._taken_apart(sealed)
        try:
            return ciphers.gcm.decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], place.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise CannotUnseal from error

    def tokens(self, text: str, *, place: str) -> list[str]:
        """Return `text` sealed alike each time, to be looked up (AES-256-SIV): once for each key, newest first."""
        return [self._token(key, text, place) for key in reversed(self.keys)]

    def untoken(self, token: str, *, place: str) -> str:
        """Return what `tokens` was given; raise `CannotUnseal` for anything else, or for another place."""
        ciphers, data = self._taken_apart(token)
        try:
            return ciphers.siv.decrypt(data, [place.encode()]).decode()
        except (InvalidTag, ValueError) as error:
            raise CannotUnseal from error

    def _token(self, key: DataKey, text: str, place: str) -> str:
        return f"{key.id}.{self._ciphers[key.id].siv.encrypt(text.encode(), [place.encode()]).hex()}"

    def _taken_apart(self, sealed: str) -> tuple[_Ciphers, bytes]:
        key_id, _, data = sealed.partition(".")
        if key_id not in self._ciphers:
            raise CannotUnseal
        try:
            return self._ciphers[key_id], bytes.fromhex(data)
        except ValueError as error:
            raise CannotUnseal from error


class _Ciphers:
    def __init__(self, key: DataKey) -> None:
        self._key = key

    @cached_property
    def gcm(self) -> AESGCM:
        return AESGCM(self._derived(b"conclave data gcm", SECRET_BYTES))

    @cached_property
    def siv(self) -> AESSIV:
        return AESSIV(self._derived(b"conclave data siv", SIV_KEY_BYTES))

    def _derived(self, label: bytes, length: int) -> bytes:
        return HKDF(algorithm=SHA256(), length=length, salt=None, info=label).derive(self._key.secret)
