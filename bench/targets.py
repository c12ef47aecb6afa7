"""What we promise of the figures, and whether this run kept it."""

from __future__ import annotations

import operator
import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bench import network, sharpness, voice
from bench.measure import Runs
from bench.names import LABELS, LEGS, LIKE_FOR_LIKE, OURS, PEER

MAX_RATIO_TO_PEER = 0.6  # a prototype reached 0.43; less of a lead would not be felt
MAX_RATIO_LIKE_FOR_LIKE = 1.3  # what encryption and a relay may cost over a direct connection
MIN_FPS = 28.5  # 30, of which one in twenty may be late
MAX_JOIN_MS = 600  # what still feels immediate
MAX_RELAY_CPU_S_PER_GB = 45  # at 10 viewers; Janus, which encrypts nothing end to end, needed 52
RELAY_VIEWERS = 10
MIN_RELAY_SHARE = 0.99  # of the objects must arrive, else the relay was quick because it lost them
MAX_SCRIPT_KB = 200
MAX_RATIO_BAD_NETWORK = 1.05  # as good as the direct peer connection; a twentieth is the noise of two runs
MIN_RATIO_FPS = 0.95
MAX_MORE_FROZEN_S = 0.5  # a minute, than the peer: one standstill of a second
MAX_RECOVERY_S = 10  # of full quality, after a narrow link has become wide
MAX_VOICE_MS = 120  # ITU-T G.114: up to 150 ms nobody notices; the sound card takes the rest
MIN_HEARD_SHARE = 0.95  # of the tones, else the voice was quick because it lost them
MAX_VOICE_GAP_MS = 200  # of the silences that a bad network makes, 95 of 100: a syllable
MIN_SIMILARITY = 0.995  # SSIM of the luma: nobody sees a difference in text
MAX_TURNING_KBIT_S = 1300
MAX_STILL_KBIT_S = 20

BYTES_PER_KB = 1000


@dataclass(frozen=True, slots=True)
class Target:
    """One figure and its limit; a figure that could not be had is a miss."""

    name: str
    value: float | None
    limit: float
    unit: str = ""
    is_minimum: bool = False

    @property
    def digits(self) -> int:
        """How many decimals say enough: shares and ratios are small, and some are near 1."""
        if self.unit:
            return 1
        return 2 if self.limit in (MAX_RATIO_TO_PEER, MAX_RATIO_LIKE_FOR_LIKE, MAX_RATIO_BAD_NETWORK) else 3

    @property
    def is_met(self) -> bool:
        """Whether the figure is on the right side of its limit."""
        keeps = operator.ge if self.is_minimum else operator.le
        return self.value is not None and keeps(self.value, self.limit)


@dataclass(frozen=True, slots=True)
class Rest:
    """What is measured apart from the good network."""

    networks: network.Found
    voice: voice.Found
    sharpness: sharpness.Found


def judge(runs: Mapping[str, Runs], relay: dict[str, Any], scripts: dict[str, int], rest: Rest) -> list[Target]:
    """Hold every figure against its limit."""
    joins = runs[OURS].join_times_ms
    load: dict[str, Any] = next((load for load in relay["loads"] if load["viewers"] == RELAY_VIEWERS), {})
    relay_cost = load.get("cpu_seconds_per_gigabyte")
    return [
        Target("delay over peer as built, on the glass", ratio(runs, PEER, "glass"), MAX_RATIO_TO_PEER),
        Target("delay over peer like for like, drawn", ratio(runs, LIKE_FOR_LIKE, "drawn"), MAX_RATIO_LIKE_FOR_LIKE),
        Target("pictures a second", runs[OURS].middle("glass", "fps"), MIN_FPS, "fps", is_minimum=True),
        Target("join, click to picture", statistics.median(joins) if joins else None, MAX_JOIN_MS, "ms"),
        Target(f"relay at {RELAY_VIEWERS} viewers", relay_cost, MAX_RELAY_CPU_S_PER_GB, "CPU-s/GB"),
        Target("objects that the relay delivers", load.get("received_share"), MIN_RELAY_SHARE, is_minimum=True),
        Target("script of the room's page, gzipped", sum(scripts.values()) / BYTES_PER_KB, MAX_SCRIPT_KB, "kB"),
        *_sharpness(rest.sharpness),
        *_voice(rest.voice),
        *_networks(rest.networks),
    ]


def _sharpness(found: sharpness.Found) -> Iterator[Target]:
    worst = min(found.similarities, default=None)
    yield Target("still text, SSIM of luma after 1 s", worst, MIN_SIMILARITY, is_minimum=True)
    yield Target("pages of text, while they turn", found.turning_kbit_s, MAX_TURNING_KBIT_S, "kbit/s")
    yield Target("a page that stands still", found.still_kbit_s, MAX_STILL_KBIT_S, "kbit/s")


def _voice(found: voice.Found) -> Iterator[Target]:
    yield Target("voice, mouth to ear", found.heard.median_ms, MAX_VOICE_MS, "ms")
    yield Target("words that are heard", found.heard.share, MIN_HEARD_SHARE, is_minimum=True)
    for leg, heard in found.unbroken.items():
        gap_ms = heard.p95_gap_ms if heard.loud_share else None
        yield Target(f"voice on 5 % loss, {_leg(leg)}: gaps, p95", gap_ms, MAX_VOICE_GAP_MS, "ms")


def _networks(found: network.Found) -> Iterator[Target]:
    for net, rows in found.looks.items():
        peer = rows[LIKE_FOR_LIKE]
        for leg in (leg for leg in LEGS if leg in rows):
            ours, name = rows[leg], f"{net.split(',')[0]}, {_leg(leg)}"
            yield Target(f"{name}: median over peer", ours.median_ms / peer.median_ms, MAX_RATIO_BAD_NETWORK)
            yield Target(f"{name}: p95 over peer", ours.p95_ms / peer.p95_ms, MAX_RATIO_BAD_NETWORK)
            yield Target(f"{name}: fps over peer", ours.fps / peer.fps, MIN_RATIO_FPS, is_minimum=True)
            most_s = peer.frozen_s_per_min + MAX_MORE_FROZEN_S
            yield Target(f"{name}: frozen a minute", ours.frozen_s_per_min, most_s, "s")
    for leg, seconds in found.recoveries_s.items():
        yield Target(f"full quality on a wide link, {_leg(leg)}", seconds, MAX_RECOVERY_S, "s")


def _leg(name: str) -> str:
    return LABELS[name].removeprefix("Conclave, ")


def ratio(runs: Mapping[str, Runs], other: str, place: str, ours: str = OURS) -> float | None:
    """Return our median delay over the other's, seen in the same place."""
    mine, theirs = (runs[name].middle(place, "median_ms") for name in (ours, other))
    return mine / theirs if mine is not None and theirs else None
