"""The bad network of our measurements does what it says."""

from __future__ import annotations

import random
import socket

from bench.shaper import CLEAR, Conditions, Direction, Shaper

PACKET_BYTES = 1222  # 10,000 bits with its headers


def chance() -> random.Random:
    return random.Random(7)  # noqa: S311 - a network is no secret


def sent(conditions: Conditions, *, every_s: float, packets: int = 2000) -> list[float | None]:
    """How long each of many packets takes; None for one that is lost."""
    way = Direction(conditions, chance())
    times_s = [number * every_s for number in range(packets)]
    out_s = [way.arrive(PACKET_BYTES, now_s=at_s) for at_s in times_s]
    return [None if out is None else out - at for at, out in zip(times_s, out_s, strict=True)]


def test_a_clear_network_is_as_if_it_were_not_there() -> None:
    assert set(sent(CLEAR, every_s=0.001)) == {0.0}


def test_loss_and_delay() -> None:
    delays_s = sent(Conditions(loss=0.05, delay_ms=75), every_s=0.001)
    assert 60 < delays_s.count(None) < 140
    assert all(round(delay_s, 9) == 0.075 for delay_s in delays_s if delay_s is not None)


def test_the_same_seed_loses_the_same_packets() -> None:
    lossy = Conditions(loss=0.05)
    assert sent(lossy, every_s=0.001) == sent(lossy, every_s=0.001)


def test_jitter_delays_and_never_overtakes() -> None:
    way = Direction(Conditions(jitter_ms=30), chance())
    out_s = [way.arrive(PACKET_BYTES, now_s=number / 1000) for number in range(1000)]
    arrived_s = [at_s for at_s in out_s if at_s is not None]
    assert arrived_s == sorted(arrived_s)
    assert max(at_s - number / 1000 for number, at_s in enumerate(arrived_s)) <= 0.031


def test_a_narrow_link_carries_its_rate_and_drops_what_would_wait_too_long() -> None:
    delays_s = sent(Conditions(rate_bps=1_000_000, queue_ms=300), every_s=0.005)  # twice what it carries
    passed_s = [delay_s for delay_s in delays_s if delay_s is not None]
    assert 0.48 < len(passed_s) / len(delays_s) < 0.55
    assert max(passed_s) < 0.311


def test_packets_go_through_it_both_ways_and_flows_differ() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        with Shaper(server.getsockname()) as shaper, _client() as first, _client() as second:
            assert _echo(first, shaper.port, server) == b"ping"
            shaper.next_flows = Conditions(loss=1.0)
            second.sendto(b"lost", ("127.0.0.1", shaper.port))
            assert _echo(first, shaper.port, server) == b"ping"
            assert [flow.up.dropped for flow in shaper.flows] == [0, 1]


def _client() -> socket.socket:
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.settimeout(5)
    return client


def _echo(client: socket.socket, port: int, server: socket.socket) -> bytes:
    server.settimeout(5)
    client.sendto(b"ping", ("127.0.0.1", port))
    data, there = server.recvfrom(100)
    server.sendto(data, there)
    return client.recv(100)
