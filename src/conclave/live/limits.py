"""How much one peer may ask for, without clocks or sockets."""

from __future__ import annotations

import ipaddress
from collections import Counter

COMMANDS_PER_S = 30.0
"""Chat, key-frame requests and commits of an honest client stay below ten."""
COMMANDS_BURST = 120.0
"""What an honest client sends when it comes back after a pause."""
MAX_WAITING_PER_ADDRESS = 64
"""An office behind one address enters within seconds; whoever only connects does not take the places of all."""
KNOCKS_PER_S = 1.0
"""From one address: an office is seen within a minute or two, and nobody keeps an organizer busy with knocks."""
KNOCKS_BURST = 64.0
"""An office behind one address that comes at the full hour."""
MAX_KNOCKING_ADDRESSES = 10_000
"""Whom the node remembers; who has not knocked for a minute is like new anyway."""
_SITE_BITS = 64
"""Of an IPv6 address, what an ordinary subscriber is given; the rest is theirs to vary."""


class TokenBucket:
    """Lets `burst` through at once, and then `per_s`."""

    def __init__(self, *, per_s: float, burst: float, now: float) -> None:
        self._per_s = per_s
        self._burst = burst
        self._tokens = burst
        self._at = now

    def take(self, *, now: float) -> bool:
        """Return whether one more is allowed at `now`."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._per_s)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class AddressBuckets:
    """A token bucket for each address, as long as it is one of the last `limit` that took from theirs."""

    def __init__(self, *, per_s: float, burst: float, limit: int) -> None:
        self._per_s = per_s
        self._burst = burst
        self._limit = limit
        self._buckets: dict[str, TokenBucket] = {}

    def take(self, address: str, *, now: float) -> bool:
        """Return whether one more is allowed to an address at `now`."""
        bucket = self._buckets.pop(address, None) or TokenBucket(per_s=self._per_s, burst=self._burst, now=now)
        self._buckets[address] = bucket
        if len(self._buckets) > self._limit:
            del self._buckets[next(iter(self._buckets))]
        return bucket.take(now=now)


class Doorway:
    """Counts connections that have not entered a room yet, by the address they come from."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting: Counter[str] = Counter()

    def arrive(self, address: str) -> bool:
        """Count a connection in, or return False when too many wait already."""
        if self._waiting[address] >= self._limit:
            return False
        self._waiting[address] += 1
        return True

    def pass_on(self, address: str) -> None:
        """Count a connection out: it entered or is gone."""
        self._waiting[address] -= 1
        if not self._waiting[address]:
            del self._waiting[address]


def subscriber(address: str) -> str:
    """Return whom to count an address as: itself, or its /64 in IPv6."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, _SITE_BITS), strict=False))
