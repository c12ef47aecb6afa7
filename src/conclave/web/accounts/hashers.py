"""Password hashing that cannot be used to exhaust the server's memory."""

from __future__ import annotations

import threading

from django.contrib.auth.hashers import Argon2PasswordHasher

HASHES_AT_ONCE = 2  # 64 MiB each; further sign-ins wait their turn for some 100 ms
_turn = threading.BoundedSemaphore(HASHES_AT_ONCE)


class BoundedArgon2(Argon2PasswordHasher):
    """Argon2id as RFC 9106, section 4, recommends it where memory is limited."""

    time_cost = 3
    memory_cost = 65_536  # KiB
    parallelism = 4

    def encode(self, password: str, salt: str) -> str:
        with _turn:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _turn:
            return super().verify(password, encoded)
