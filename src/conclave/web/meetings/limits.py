"""Rate limits of what anybody can ask without an account. Counters live in memory and are gone after a minute."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.cache import cache
from django.http import HttpRequest

WINDOW_S = 60


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` in a window of `WINDOW_S`."""

    name: str
    count: int

    def is_exceeded(self, who: str) -> bool:
        """Count one more for `who`, and return whether that is too many."""
        key = f"limit:{self.name}:{who}"
        cache.add(key, 0, WINDOW_S)
        try:
            return cache.incr(key) > self.count
        except ValueError:  # it ran out between the two lines
            return False


# A person asks for a ticket before every connection: reloading every two seconds is not a person any more.
TICKETS_PER_PARTICIPANT = Limit("participant-tickets", 30)
# A class or an office may come from one address at the full hour.
TICKETS_PER_ADDRESS = Limit("address-tickets", 300)
# Guessing: among a thousand meetings one address needs three weeks for a hit, and then has a number without words.
UNKNOWN_NUMBERS_PER_ADDRESS = Limit("address-unknown-numbers", 30)


def address(request: HttpRequest) -> str:
    """Return the network address that a request comes from."""
    return str(request.META.get("REMOTE_ADDR", ""))
