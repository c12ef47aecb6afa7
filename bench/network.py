"""A shared screen on bad networks, beside direct peer connections through the same proxy: `python -m bench.network`.

Both bad networks, on the sender's leg and on the viewer's, and how long full quality takes after a narrow link widens.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from bench import glass
from bench.browser import Windows, keep_to_udp, open_windows, start_screen
from bench.delays import p95
from bench.machine import describe
from bench.measure import BITS_PER_BYTE, System
from bench.names import LABELS, LEGS, LIKE_FOR_LIKE, PEER, SENDERS_LEG, VIEWERS_LEG
from bench.peer import Peer, serve_pages
from bench.product import Product, free_port, serve_product, sign_up
from bench.shaper import CLEAR, LOSSY, NARROW, NOWHERE, Conditions, Shaper
from bench.viewer import compare_clocks, hook_workers, join_time_ms

FPS = 30
"""Of the test picture: its counter says when it was made."""
FROZEN_AFTER_S = 0.5
"""A gap between two pictures that a person takes for a standstill; what is longer counts as frozen."""
WARM_UP_S = 5.0
COUNTERS = 2**16
NETWORKS = {"5 % loss, 75 ms each way": LOSSY, "1 Mbit/s, 20 ms, 300 ms queue": NARROW}
WIDE = Conditions(delay_ms=20)
LOOK_AT_RECOVERY_S = 20
STEP_S = 0.5
FULL = 0.9
"""Of the rate that is reached in the end: so much counts as full quality."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How a screen looked on the glass for a while."""

    median_ms: float
    p95_ms: float
    fps: float
    frozen_s_per_min: float
    kbit_s: float


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to look at what."""

    seconds: float
    systems: tuple[str, ...] = (PEER, LIKE_FOR_LIKE, *LEGS)
    recovering: tuple[str, ...] = LEGS
    """Whose recovery from a narrow link is looked at."""


@dataclass(slots=True)
class Found:
    """By network and system how the screen looked; by system how many seconds full quality took."""

    looks: dict[str, dict[str, Figures]] = field(default_factory=dict)
    recoveries_s: dict[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return it all in JSON's own terms."""
        looks = {net: {name: asdict(one) for name, one in rows.items()} for net, rows in self.looks.items()}
        return {"networks": looks, "recoveries_s": self.recoveries_s}


@dataclass(frozen=True, slots=True)
class Ours:
    """Our own pages; one leg is bad, between presenter and relay or between relay and viewer."""

    system: Product
    shaper: Shaper
    is_senders: bool

    @asynccontextmanager
    async def run(self, windows: Windows, conditions: Conditions) -> AsyncIterator[System]:
        """Have a picture on the viewer's page, over a network with these conditions."""
        self.shaper.next_flows = conditions if self.is_senders else CLEAR
        async with self.system.meeting(windows):
            self.shaper.next_flows = CLEAR if self.is_senders else conditions
            await self.system.join(windows)
            await join_time_ms(windows.viewer)
            yield self.system
            await self.system.leave(windows)


@dataclass(frozen=True, slots=True)
class Direct:
    """A direct peer connection: the one path between the two is bad."""

    system: Peer
    shaper: Shaper

    @asynccontextmanager
    async def run(self, windows: Windows, conditions: Conditions) -> AsyncIterator[System]:
        """Have a picture on the viewer's page, over a network with these conditions."""
        self.shaper.server = NOWHERE
        self.shaper.next_flows = conditions
        async with self.system.meeting(windows):
            await self.system.join(windows)
            await join_time_ms(windows.viewer)
            yield self.system
            await self.system.leave(windows)


def main() -> None:
    """Measure, print a row at a time, and write them all as JSON if a file is given."""
    parser = argparse.ArgumentParser(prog="python -m bench.network", description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, help="to look at each system on each network")
    parser.add_argument("--only", default="", help="systems whose name contains this")
    parser.add_argument("--json", type=Path, help="file for all figures")
    options = parser.parse_args()
    chosen = tuple(name for name in (PEER, LIKE_FOR_LIKE, *LEGS) if options.only in LABELS[name])
    found = asyncio.run(measure(Plan(options.seconds, chosen, recovering=chosen)))
    if options.json is not None:
        told = {"machine": describe("Chromium"), "seconds": options.seconds, **found.as_json()}
        options.json.write_text(json.dumps(told, indent=1) + "\n")


async def measure(plan: Plan) -> Found:
    """Look at each system on each network in turn, and print a row of each."""
    found = Found()
    async with _systems() as (windows, systems):
        for network, conditions in NETWORKS.items():
            print(f"\n{network:32} median    p95   fps  frozen s/min  kbit/s")
            rows = found.looks[network] = {}
            for name in plan.systems:
                rows[name] = await _look(systems[name], windows, conditions, plan.seconds)
                print(_row(LABELS[name], rows[name]), flush=True)
        print("\nfrom 1 Mbit/s to a wide link         full quality after")
        for name in plan.recovering:
            found.recoveries_s[name] = await _recover(systems[name], windows)
            print(f"  {LABELS[name]:34} {found.recoveries_s[name]:5.1f} s", flush=True)
    return found


@asynccontextmanager
async def _systems() -> AsyncIterator[tuple[Windows, dict[str, Ours | Direct]]]:
    """Have everything running, ours and the peers' pages, each behind a bad network of its own."""
    async with AsyncExitStack() as stack:
        screen = stack.enter_context(start_screen())
        live_port = free_port()
        ours, theirs = stack.enter_context(Shaper(("127.0.0.1", live_port))), stack.enter_context(Shaper())
        relay_url = f"https://127.0.0.1:{ours.port}"
        site = await stack.enter_async_context(serve_product(live_port=live_port, relay_url=relay_url))
        origin = await stack.enter_async_context(serve_pages(theirs))
        windows = await stack.enter_async_context(open_windows(screen))
        hook_workers(windows.viewer)
        for page in (windows.presenter, windows.viewer):
            keep_to_udp(page)
        await sign_up(windows.presenter, site)
        yield (
            windows,
            {
                PEER: Direct(Peer(origin, source="captureStream", sink="video"), theirs),
                LIKE_FOR_LIKE: Direct(Peer(origin, source="generator", sink="worker"), theirs),
                VIEWERS_LEG: Ours(Product(site), ours, is_senders=False),
                SENDERS_LEG: Ours(Product(site), ours, is_senders=True),
            },
        )


def _row(name: str, figures: Figures) -> str:
    delays = f"{figures.median_ms:6.0f} {figures.p95_ms:6.0f} {figures.fps:5.1f}"
    return f"  {name:30} {delays} {figures.frozen_s_per_min:13.1f} {figures.kbit_s:7.0f}"


async def _look(way: Ours | Direct, windows: Windows, conditions: Conditions, seconds: float) -> Figures:
    async with way.run(windows, conditions) as system:
        clock_ms = await compare_clocks(windows.presenter, windows.viewer)
        await windows.viewer.wait_for_timeout(WARM_UP_S * 1000)
        strip = glass.strip_of(await windows.viewer.evaluate("meter.strip()"))
        before = (await system.received(windows)).total_bytes
        seen = await glass.look(windows.screen.framebuffer, strip, seconds=seconds, clock_ms=clock_ms)
        after = (await system.received(windows)).total_bytes
        bad = [flow for flow in way.shaper.flows if flow.up.conditions == conditions]
        carried_bytes = sum(flow.up.carried_bytes + flow.down.carried_bytes for flow in bad[-1:])
        assert carried_bytes >= after - before, "not over the bad network"
    return _figures(seen, seconds=seconds, size_bytes=after - before)


def _figures(seen: list[glass.Sight], *, seconds: float, size_bytes: int) -> Figures:
    delays = [sight.delay_ms for sight in seen]
    return Figures(
        median_ms=statistics.median(delays),
        p95_ms=p95(delays),
        fps=len(seen) / seconds,
        frozen_s_per_min=_frozen_s(seen, seconds=seconds) * 60 / seconds,
        kbit_s=size_bytes * BITS_PER_BYTE / 1000 / seconds,
    )


def _frozen_s(seen: list[glass.Sight], *, seconds: float) -> float:
    """Return how long nothing new was seen, beyond `FROZEN_AFTER_S` each time."""
    turns, times_s, before = 0, [], 0
    for sight in seen:
        turns += sight.counter < before - COUNTERS // 2
        before = sight.counter
        times_s.append((turns * COUNTERS + sight.counter) / FPS + sight.delay_ms / 1000)
    gaps_s = [later - earlier for earlier, later in pairwise(times_s)]
    gaps_s.append(seconds - sum(gaps_s))
    return sum(gap_s - FROZEN_AFTER_S for gap_s in gaps_s if gap_s > FROZEN_AFTER_S)


async def _recover(way: Ours | Direct, windows: Windows) -> float:
    """Return how long after a narrow link has become wide what comes is what comes in the end."""
    async with way.run(windows, NARROW) as system:
        await windows.viewer.wait_for_timeout(3 * WARM_UP_S * 1000)
        for flow in way.shaper.flows:
            if flow.up.conditions == NARROW:
                flow.change(WIDE)
        totals = [(await system.received(windows)).total_bytes]
        for _ in range(int(LOOK_AT_RECOVERY_S / STEP_S)):
            await windows.viewer.wait_for_timeout(STEP_S * 1000)
            totals.append((await system.received(windows)).total_bytes)
    steps = [later - earlier for earlier, later in pairwise(totals)]
    rates = [statistics.fmean(steps[at : at + 4]) for at in range(len(steps) - 4)]
    full = statistics.fmean(steps[-10:])
    return STEP_S * next((at for at, rate in enumerate(rates) if rate >= FULL * full), len(rates))


if __name__ == "__main__":
    main()
