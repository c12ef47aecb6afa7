"""The screen share of each system in turn, several times over, in the same two windows."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

import psutil
from playwright.async_api import Error as PlaywrightError

from bench.browser import Windows
from bench.viewer import NotMeasurable, Received, Seen, compare_clocks, join_time_ms, look

BITS_PER_BYTE = 8


class System(Protocol):
    """A way to share a screen between the two windows."""

    def meeting(self, windows: Windows) -> AbstractAsyncContextManager[None]:
        """Have somebody present for as long as the context lasts."""

    async def join(self, windows: Windows) -> None:
        """Let the viewer click on Join."""

    async def leave(self, windows: Windows) -> None:
        """Let the viewer go."""

    async def received(self, windows: Windows) -> Received:
        """Return what the viewer has received so far."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how often to look."""

    runs: int
    joins_per_run: int
    look_s: float
    warm_up_s: float = 3.0  # a peer connection needs it to find its bitrate
    pause_s: float = 1.0  # between leaving and joining again, so that each join meets a settled meeting


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one system."""

    seen: Seen
    join_times_ms: list[float]
    kbit_s: float
    codec: str
    cpu_busy: float
    """The share of the whole computer's processors that was busy meanwhile: 1.0 is all of them."""


@dataclass(slots=True)
class Runs:
    """All runs of one system, and why others failed."""

    good: list[Run] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def middle(self, place: str, figure: str) -> float | None:
        """Return the median over the runs of a figure of what was seen in `place`."""
        sightings = [getattr(run.seen, place) for run in self.good]
        values = [getattr(sighting, figure) for sighting in sightings if sighting is not None]
        return statistics.median(values) if values else None

    @property
    def join_times_ms(self) -> list[float]:
        """Every join of every run."""
        return [time_ms for run in self.good for time_ms in run.join_times_ms]


async def measure(systems: Mapping[str, System], windows: Windows, plan: Plan) -> dict[str, Runs]:
    """Run all systems interleaved, each round beginning with another one, so that drift hits all alike."""
    results = {name: Runs() for name in systems}
    for name in _order(list(systems), plan.runs):
        try:
            results[name].good.append(await _run(systems[name], windows, plan))
        except (NotMeasurable, PlaywrightError, AssertionError) as error:
            results[name].failures.append(str(error).splitlines()[0])
            await windows.viewer.goto("about:blank")
    return results


def _order(names: list[str], rounds: int) -> Iterator[str]:
    for number in range(rounds):
        first = number % len(names)
        yield from names[first:] + names[:first]


async def _run(system: System, windows: Windows, plan: Plan) -> Run:
    async with system.meeting(windows):
        joins = [await _join(system, windows)]
        clock_ms = await compare_clocks(windows.presenter, windows.viewer)
        await windows.viewer.wait_for_timeout(plan.warm_up_s * 1000)
        before = await system.received(windows)
        psutil.cpu_percent()  # begins the interval that the next call reports
        framebuffer = windows.screen.framebuffer
        seen = await look(windows.viewer, framebuffer, seconds=plan.look_s, clock_ms=clock_ms)
        cpu_busy = psutil.cpu_percent() / 100
        after = await system.received(windows)
        await system.leave(windows)
        for _ in range(plan.joins_per_run - 1):
            await windows.viewer.wait_for_timeout(plan.pause_s * 1000)
            joins.append(await _join(system, windows))
            await system.leave(windows)
    kbit_s = (after.total_bytes - before.total_bytes) * BITS_PER_BYTE / 1000 / plan.look_s
    return Run(seen, joins, kbit_s, after.codec, cpu_busy)


async def _join(system: System, windows: Windows) -> float:
    await system.join(windows)
    return await join_time_ms(windows.viewer)
