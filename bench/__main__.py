"""`make bench`: measure, print the table, write NAME.json and NAME.png to bench/results; exit 1 on a missed target."""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import load_targets, network, plot, sharpness, voice
from bench.browser import open_windows, start_screen
from bench.bundle import script_bytes
from bench.machine import describe
from bench.measure import Plan, Runs, System, measure
from bench.names import LEGS, LIKE_FOR_LIKE, OURS, OURS_CAPTURED, PEER
from bench.peer import Peer, serve_pages
from bench.product import Product, serve_product, sign_up
from bench.report import Results, table, write_json
from bench.targets import Rest, judge
from bench.viewer import hook_workers

RESULTS = Path(__file__).parent / "results"
FULL = Plan(runs=5, joins_per_run=2, look_s=5.0)
QUICK = Plan(runs=1, joins_per_run=2, look_s=4.0)
NETWORK_FULL = network.Plan(seconds=20.0)
NETWORK_QUICK = network.Plan(seconds=8.0, systems=(LIKE_FOR_LIKE, *LEGS), recovering=())
VOICE_FULL = voice.Plan(seconds=30.0, lossy_s=60.0)
VOICE_QUICK = voice.Plan(seconds=8.0, lossy_s=10.0)
SHARPNESS_FULL = sharpness.Plan(turns=5, still_s=10.0)
SHARPNESS_QUICK = sharpness.Plan(turns=2, still_s=4.0)
RELAY_FULL = ("--viewers", "1", "10", "50", "--seconds", "8", "--rooms", "1000")
RELAY_QUICK = ("--viewers", "1", "10", "--seconds", "4", "--rooms", "200")


def main() -> int:
    """Return the exit code."""
    options = _parser().parse_args()
    results = asyncio.run(_measure(is_quick=options.quick))
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{options.name}.json"
    write_json(results, path)
    plot.draw(results, path.with_suffix(".png"))
    print(table(results))
    print(f"\nWritten: {path}, {path.with_suffix('.png').name}")
    return 0 if all(target.is_met for target in results.targets) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short run of everything, about six minutes")
    parser.add_argument("--name", default=f"{datetime.now(UTC):%Y-%m-%d-%H%M}", help="of the result files")
    return parser


async def _measure(*, is_quick: bool) -> Results:
    plan = QUICK if is_quick else FULL
    machine, runs = await _screens(plan)
    relay = _alone("bench.relay_load", *(RELAY_QUICK if is_quick else RELAY_FULL))
    load = _alone("bench.load", *(["--quick"] if is_quick else []))
    rest = Rest(
        await network.measure(NETWORK_QUICK if is_quick else NETWORK_FULL),
        await voice.measure(VOICE_QUICK if is_quick else VOICE_FULL),
        await sharpness.measure(SHARPNESS_QUICK if is_quick else SHARPNESS_FULL),
    )
    scripts = script_bytes()
    targets = [*judge(runs, relay, scripts, rest), *load_targets.judge(load)]
    return Results(machine, plan, runs, relay, load, scripts, rest, targets)


async def _screens(plan: Plan) -> tuple[dict[str, Any], dict[str, Runs]]:
    with start_screen() as screen:
        async with serve_product() as site, serve_pages() as origin, open_windows(screen) as windows:
            machine = describe(f"Chromium {windows.browser.version}")
            hook_workers(windows.viewer)
            await sign_up(windows.presenter, site)
            systems: dict[str, System] = {
                OURS: Product(site),
                PEER: Peer(origin, source="captureStream", sink="video"),
                LIKE_FOR_LIKE: Peer(origin, source="generator", sink="worker"),
                OURS_CAPTURED: Product(site, source="captureStream"),
            }
            return machine, await measure(systems, windows, plan)


def _alone(module: str, *arguments: str) -> dict[str, Any]:
    """Measure in a process of its own, with nothing else running."""
    command = [sys.executable, "-m", module, *arguments]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    found: dict[str, Any] = json.loads(output)
    return found


if __name__ == "__main__":
    sys.exit(main())
