"""What we promise of a live process under many people, and whether this run kept it."""

from __future__ import annotations

import statistics
from typing import Any

from bench.targets import Target

MAX_CORES = 1.0  # of a small server; twenty-five people, one screen, three voices, nine cameras
MIN_SHARE = 0.99  # of the objects must come, else it was quick because it lost them
MAX_JOIN_MS = 1500  # of the last of twenty-five, to the first picture
MAX_GAP_MS = 250  # what a viewer hardly sees, on a machine that the crowd keeps busy
MAX_REKEY_MS = 1000  # until nobody sends anything that who left could open
MAX_START_RATIO = 1.2  # a share that starts costs hardly more than one that goes on
MAX_ENTRANCE_S = 45  # of two hundred, whose two hundred clients share two cores here; each has its own elsewhere


def judge(found: dict[str, Any]) -> list[Target]:
    """Hold every figure against its limit."""
    meeting, start, entrance = found["meeting"], found["start"], found["entrance"]
    expected = meeting["objects_expected_a_second"]
    came = [*meeting["objects_counted_a_second"], *meeting["objects_opened_a_second"]]
    peak = max(start["live_cpu_in_the_seconds_of_the_start"])
    ratio = peak / statistics.mean(start["live_cpu_while_shared"])
    people, viewers, crowd = meeting["people"], start["people"], entrance["people"]
    return [
        Target(f"live process, {people} people", meeting["live_cpu_s_per_s"], MAX_CORES, "cores"),
        Target(f"objects that come, {people} people", min(came) / expected, MIN_SHARE, is_minimum=True),
        Target(f"join of the {people}th, to picture", meeting["join_to_picture_ms"], MAX_JOIN_MS, "ms"),
        Target(f"longest gap of a screen, {people} people", meeting["max_screen_gap_ms"], MAX_GAP_MS, "ms"),
        Target(
            f"new keys after a departure, {people} people", meeting["rekeyed_after_departure_ms"], MAX_REKEY_MS, "ms"
        ),
        Target(f"load as a share starts, {viewers} viewers", ratio, MAX_START_RATIO),
        Target("longest gap of a voice as it starts", start["max_voice_gap_at_the_start_ms"], MAX_GAP_MS, "ms"),
        Target(f"entrance of {crowd} people", entrance["all_have_keys_after_s"], MAX_ENTRANCE_S, "s"),
    ]
