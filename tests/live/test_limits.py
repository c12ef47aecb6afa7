"""Limits and waits of the live plane, without sockets."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conclave.live.backoff import Backoff
from conclave.live.limits import Doorway, TokenBucket, subscriber


def test_a_burst_passes_and_then_so_many_a_second() -> None:
    bucket = TokenBucket(per_s=2.0, burst=3.0, now=0.0)
    assert [bucket.take(now=0.0) for _ in range(4)] == [True, True, True, False]
    assert not bucket.take(now=0.4)
    assert bucket.take(now=0.5)
    assert [bucket.take(now=99.0) for _ in range(4)] == [True, True, True, False]


@given(st.lists(st.floats(0, 0.5), min_size=1, max_size=200))
def test_no_pace_gets_more_than_the_limit(pauses_s: list[float]) -> None:
    bucket, now, taken = TokenBucket(per_s=30.0, burst=120.0, now=0.0), 0.0, 0
    for pause_s in pauses_s:
        now += pause_s
        taken += bucket.take(now=now)
    assert taken <= 120 + 30 * now + 1e-6


def test_the_doorway_counts_by_address_and_forgets() -> None:
    doorway = Doorway(2)
    assert [doorway.arrive("a"), doorway.arrive("a"), doorway.arrive("a"), doorway.arrive("b")] == [
        True,
        True,
        False,
        True,
    ]
    doorway.pass_on("a")
    assert doorway.arrive("a")
    for address in ("a", "a", "b"):
        doorway.pass_on(address)
    assert not doorway._waiting


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_an_ipv6_subscriber_is_their_whole_network(address: str, counted_as: str) -> None:
    assert subscriber(address) == counted_as


@given(st.integers(0, 2**32))
def test_waits_grow_to_the_cap_and_start_again(seed: int) -> None:
    backoff = Backoff(first_s=1.0, cap_s=5.0, uniform=Random(seed).uniform)  # noqa: S311  # seeded
    for longest_s in (1.0, 2.0, 4.0, 5.0, 5.0):
        assert longest_s / 2 <= backoff.next_s() <= longest_s
    backoff.reset()
    assert backoff.next_s() <= 1.0
