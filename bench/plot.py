"""The figures as one picture."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from bench.names import LABELS
from bench.report import Results
from bench.targets import MAX_JOIN_MS, MAX_RELAY_CPU_S_PER_GB, RELAY_VIEWERS, Target

INK, SOFT, OURS_INK, PEER_INK, LIMIT_INK = "#1c2430", "#8a94a3", "#0b5e78", "#b5651d", "#a3202c"
MOST_SHOWN = 2.0  # times what is allowed; a bar that would be longer is cut, its figure says how much
STYLE: dict[Any, Any] = {
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def draw(results: Results, path: Path) -> None:
    """Write the picture: delay, join, relay, bad networks, voice, targets."""
    with plt.rc_context(STYLE):
        figure = plt.figure(figsize=(16, 11), layout="constrained")
        grid = figure.add_gridspec(3, 2, width_ratios=(1.1, 1))
        _delay(figure.add_subplot(grid[0, 0]), results)
        _networks(figure.add_subplot(grid[1, 0]), results)
        halves = grid[2, 0].subgridspec(1, 2)
        _join(figure.add_subplot(halves[0]), results)
        _relay(figure.add_subplot(halves[1]), results)
        _targets(figure.add_subplot(grid[:, 1]), results)
        machine = results.machine
        figure.suptitle(
            f"Screen share, 1280x720 text at 30 fps, H.264 · {machine['browser']} · "
            f"{machine['processors']} processors · commit {machine['commit']}",
            x=0.01,
            ha="left",
        )
        figure.savefig(path, dpi=130)
        plt.close(figure)


def _delay(axes: Axes, results: Results) -> None:
    """Median to 95th percentile per system, as seen on the glass and when drawn."""
    rows = [(name, place) for name in results.runs for place in ("glass", "drawn")]
    rows = [(name, place) for name, place in rows if results.runs[name].middle(place, "median_ms") is not None]
    for at, (name, place) in enumerate(rows):
        runs = results.runs[name]
        median, p95 = runs.middle(place, "median_ms") or 0.0, runs.middle(place, "p95_ms") or 0.0
        axes.plot([median, p95], [at, at], color=_ink(name), linewidth=2, alpha=0.5)
        axes.plot(median, at, "o", color=_ink(name), markersize=8)
        axes.plot(p95, at, "|", color=_ink(name), markersize=12)
        axes.annotate(f"{median:.0f} / {p95:.0f}", (p95, at), xytext=(8, 0), textcoords="offset points", va="center")
    axes.set_yticks(range(len(rows)), [f"{LABELS[name]}, {_PLACES[place]}" for name, place in rows])
    axes.set(title="Glass to glass: median (dot) and 95th percentile (bar)", xlabel="milliseconds")
    axes.margins(x=0.12)
    _from_zero(axes)
    axes.invert_yaxis()


def _networks(axes: Axes, results: Results) -> None:
    """Median to 95th percentile on each bad network, and pictures a second."""
    looks = results.rest.networks.looks
    rows = [(net, name, one) for net, found in looks.items() for name, one in found.items()]
    for at, (_, name, one) in enumerate(rows):
        axes.plot([one.median_ms, one.p95_ms], [at, at], color=_ink(name), linewidth=2, alpha=0.5)
        axes.plot(one.median_ms, at, "o", color=_ink(name), markersize=8)
        axes.plot(one.p95_ms, at, "|", color=_ink(name), markersize=12)
        told = f"{one.median_ms:.0f} / {one.p95_ms:.0f}, {one.fps:.0f} fps"
        axes.annotate(told, (one.p95_ms, at), xytext=(8, 0), textcoords="offset points", va="center")
    axes.set_yticks(range(len(rows)), [f"{LABELS[name]}, {net.split(',')[0]}" for net, name, _ in rows])
    axes.set(title="Bad networks: median (dot) and 95th percentile (bar)", xlabel="milliseconds")
    axes.margins(x=0.2)
    _from_zero(axes)
    axes.invert_yaxis()


_PLACES = {"glass": "on the glass", "drawn": "drawn"}


def _join(axes: Axes, results: Results) -> None:
    """Every join as a dot, their median as a line."""
    names = [name for name, runs in results.runs.items() if runs.join_times_ms]
    for at, name in enumerate(names):
        times = results.runs[name].join_times_ms
        median = statistics.median(times)
        axes.plot(times, [at] * len(times), "o", color=_ink(name), alpha=0.35, markersize=6, markeredgewidth=0)
        axes.plot([median, median], [at - 0.3, at + 0.3], color=_ink(name), linewidth=2.5)
        axes.annotate(f"{median:.0f}", (median, at - 0.33), ha="center", va="bottom")
    axes.axvline(MAX_JOIN_MS, color=LIMIT_INK, linewidth=1, linestyle="--")
    axes.set_yticks(range(len(names)), [LABELS[name] for name in names])
    axes.set_ylim(len(names) - 0.4, -0.8)
    axes.set(title=f"Join, click to picture (target: {MAX_JOIN_MS} ms)", xlabel="milliseconds")
    _from_zero(axes)


def _relay(axes: Axes, results: Results) -> None:
    loads = results.relay["loads"]
    costs = [load["cpu_seconds_per_gigabyte"] for load in loads]
    axes.plot(range(len(loads)), costs, "o-", color=OURS_INK)
    for at, cost in enumerate(costs):
        axes.annotate(f"{cost:.0f}", (at, cost), xytext=(0, 8), textcoords="offset points", ha="center")
    axes.axhline(MAX_RELAY_CPU_S_PER_GB, color=LIMIT_INK, linewidth=1, linestyle="--")
    axes.set_xticks(range(len(loads)), [str(load["viewers"]) for load in loads])
    axes.set_ylim(0, max([*costs, MAX_RELAY_CPU_S_PER_GB]) * 1.2)
    axes.set_xlim(-0.3, len(loads) - 0.7)
    title = f"Relay (target: at most {MAX_RELAY_CPU_S_PER_GB} at {RELAY_VIEWERS} viewers)"
    axes.set(title=title, xlabel="viewers", ylabel="CPU seconds per gigabyte forwarded")


def _targets(axes: Axes, results: Results) -> None:
    """Each figure as a share of what is allowed: left of the line is met."""
    for at, target in enumerate(results.targets):
        share = _share(target)
        axes.barh(at, share, color=OURS_INK if target.is_met else LIMIT_INK, height=0.55)
        said = "not measured" if target.value is None else f"{target.value:.{target.digits}f} {target.unit}".strip()
        verdict = f"{said}, {'met' if target.is_met else 'MISSED'}"
        on_white = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}  # the limit's line runs behind it
        axes.annotate(
            verdict, (share, at), xytext=(6, 0), textcoords="offset points", va="center", bbox=on_white, zorder=3
        )
    axes.axvline(1, color=LIMIT_INK, linewidth=1, linestyle="--")
    axes.set_yticks(range(len(results.targets)), [target.name for target in results.targets])
    axes.set_xlim(0, MOST_SHOWN * 1.5)
    axes.set(title="Targets", xlabel="share of what is allowed")
    axes.invert_yaxis()


def _share(target: Target) -> float:
    if not target.value:
        return 0.0
    share = target.limit / target.value if target.is_minimum else target.value / target.limit
    return min(share, MOST_SHOWN)


def _ink(name: str) -> str:
    return OURS_INK if name.startswith("ours") else PEER_INK


def _from_zero(axes: Axes) -> None:
    axes.set_xlim(left=0)
    axes.grid(axis="x", color=SOFT, alpha=0.2)
