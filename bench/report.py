"""The figures for people (a table) and for programs (JSON)."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.measure import Plan, Runs
from bench.names import LABELS, OURS, OURS_CAPTURED, PEER
from bench.targets import BYTES_PER_KB, Rest, Target, ratio

NOTE = """\
The screen: moving text on a canvas, given to all systems by a replaced getDisplayMedia (captureStream for "peer as
applications build it" and "Conclave, from captureStream", a frame generator for the others). "glass": when its pixels
are on the virtual screen. "drawn": when a worker hands it to the page's element, before the compositor."""


@dataclass(frozen=True, slots=True)
class Results:
    """Everything one run of the bench has found."""

    machine: dict[str, Any]
    plan: Plan
    runs: Mapping[str, Runs]
    relay: dict[str, Any]
    load: dict[str, Any]
    scripts: dict[str, int]
    rest: Rest
    targets: list[Target]


def table(results: Results) -> str:
    """Return the whole report as text."""
    sections = (_head, _screen, _ratios, _networks, _voice, _sharpness, _relay, _targets)
    parts = (section(results) for section in sections)
    return "\n\n".join("\n".join(part) for part in parts)


def write_json(results: Results, path: Path) -> None:
    """Write everything, raw delays included."""
    runs = {
        name: {"label": LABELS[name], "runs": [asdict(run) for run in runs.good], "failures": runs.failures}
        for name, runs in results.runs.items()
    }
    targets = [{**asdict(target), "is_met": target.is_met} for target in results.targets]
    found = {
        "machine": results.machine,
        "plan": asdict(results.plan),
        "systems": runs,
        "relay": results.relay,
        "load": results.load,
        "script_bytes_gzipped": results.scripts,
        **results.rest.networks.as_json(),
        "voice": results.rest.voice.as_json(),
        "sharpness": asdict(results.rest.sharpness),
        "targets": targets,
    }
    path.write_text(json.dumps(_rounded(found), indent=1) + "\n")


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    return [_rounded(inner) for inner in value] if isinstance(value, list) else value


def _head(results: Results) -> Iterator[str]:
    machine, plan = results.machine, results.plan
    yield f"{machine['processors']} x {machine['processor']}, {machine['browser']}, commit {machine['commit']}"
    if machine["changed_files"]:
        yield f"({machine['changed_files']} files differ from the commit)"
    if machine["was_busy"]:
        yield f"WARNING: the computer was busy before (load {machine['load_before']}): the figures say little."
    yield f"{plan.runs} runs of {plan.look_s:g} s of each system, interleaved; figures are medians of runs."
    yield NOTE


def _screen(results: Results) -> Iterator[str]:
    yield "Screen share, 1280x720, 30 fps, text, at most 2.5 Mbit/s"
    yield _row("", "glass ms", "p95 ms", "drawn ms", "p95 ms", "fps", "kbit/s", "join ms", "CPU busy")
    for name, runs in results.runs.items():
        figures = [runs.middle(place, figure) for place in ("glass", "drawn") for figure in ("median_ms", "p95_ms")]
        figures += [runs.middle("glass", "fps"), _middle([run.kbit_s for run in runs.good])]
        joins, busy = _middle(runs.join_times_ms), _middle([100 * run.cpu_busy for run in runs.good])
        cells = [_number(figure) for figure in figures]
        yield _row(LABELS[name], *cells, _number(joins), f"{_number(busy)} %")
    for name, runs in results.runs.items():
        for codec in sorted({run.codec for run in runs.good}):
            yield f"  codec, {LABELS[name]}: {codec}"
        for failure in runs.failures:
            yield f"  FAILED RUN, {LABELS[name]}: {failure}"


def _ratios(results: Results) -> Iterator[str]:
    yield "Delay of Conclave over that of others (ratio of medians)"
    yield _row("", "glass", "drawn")
    for name in results.runs:
        if name not in (OURS, OURS_CAPTURED):
            yield _row(LABELS[name], *(_number(ratio(results.runs, name, place), 2) for place in ("glass", "drawn")))
    same_source = ratio(results.runs, PEER, "glass", ours=OURS_CAPTURED)
    yield _row("peer as built, both from captureStream", _number(same_source, 2))


def _networks(results: Results) -> Iterator[str]:
    found = results.rest.networks
    yield "Screen share on bad networks, once each, on the glass; frozen seconds in a minute"
    for net, rows in found.looks.items():
        yield _row(net, "median ms", "p95 ms", "fps", "kbit/s", "frozen s")
        for name, one in rows.items():
            figures = (one.median_ms, one.p95_ms, one.fps, one.kbit_s, one.frozen_s_per_min)
            yield _row(f"  {LABELS[name]}", *map(_number, figures))
    for name, seconds in found.recoveries_s.items():
        yield f"  full quality after a narrow link has become wide, {LABELS[name]}: {seconds:.1f} s"


def _voice(results: Results) -> Iterator[str]:
    found = results.rest.voice
    yield "Voice, mouth to ear"
    yield _row("", "median ms", "p95 ms", "heard")
    yield _row("loopback", _number(found.heard.median_ms), _number(found.heard.p95_ms), f"{found.heard.share:.0%}")
    yield _row("unbroken, 5 % loss, 75 ms each way", "gaps/min", "p95 ms", "longest", "sound")
    for name, one in found.unbroken.items():
        a_minute, longest = len(one.gaps_ms) * 60 / one.seconds, max(one.gaps_ms, default=0.0)
        cells = (_number(a_minute), _number(one.p95_gap_ms), _number(longest), f"{one.loud_share:.1%}")
        yield _row(f"  {LABELS[name]}", *cells)


def _sharpness(results: Results) -> Iterator[str]:
    found = results.rest.sharpness
    worst = min(found.similarities, default=0.0)
    yield f"Pages of text, 1920x1080, {found.codec}"
    yield f"  SSIM of the luma 1 s after a page was turned, the worst of {len(found.similarities)}: {worst:.4f}"
    yield f"  {found.turning_kbit_s:.0f} kbit/s while pages turn, {found.still_kbit_s:.1f} while one stands still"


def _relay(results: Results) -> Iterator[str]:
    relay = results.relay
    yield f"Relay, {relay['fps']} objects of {relay['object_bytes'] / BYTES_PER_KB:g} kB a second"
    yield _row("", "CPU-s/GB", "CPU/viewer", "arrived")
    for load in relay["loads"]:
        share, arrived = 100 * load["cpu_per_viewer"], 100 * load["received_share"]
        cells = (_number(load["cpu_seconds_per_gigabyte"]), f"{share:.2f} %", f"{arrived:.1f} %")
        yield _row(f"{load['viewers']} viewers", *cells)
    memory_kb = relay["memory_per_empty_room_bytes"] / BYTES_PER_KB
    yield f"  memory per empty room at {relay['rooms']} rooms: {memory_kb:.1f} kB"


def _targets(results: Results) -> Iterator[str]:
    yield "Targets"
    yield _row("", "measured", "target", "", width=50)
    for target in results.targets:
        digits = target.digits
        sign = "at least" if target.is_minimum else "at most"
        limit = f"{sign} {target.limit:g} {target.unit}".strip()
        verdict = "met" if target.is_met else "MISSED"
        yield f"  {target.name:<50}{_number(target.value, digits):>10}   {limit:<22}{verdict}"


def _middle(values: list[float]) -> float | None:
    return statistics.median(values) if values else None


def _number(value: float | None, digits: int = 1) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _row(label: str, *cells: str, width: int = 40) -> str:
    return f"  {label:<{width}}" + "".join(f"{cell:>11}" for cell in cells)
