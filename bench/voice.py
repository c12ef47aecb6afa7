"""How long a voice takes from mouth to ear, and where it breaks off on a bad network: `python -m bench.voice`.

Alice's microphone is a track that speaks a short tone every second and knows when, or one without a break; Bob listens
between the product's last audio node and the loudspeaker. Counted are capture, framing, Opus, sealing, relay, opening,
playout delay and the browser's own output delay; not counted are the sound card and the browser's echo cancellation.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from playwright.async_api import Browser, Page, async_playwright, expect

from bench.browser import FLAGS, PAGES, find_browser, keep_to_udp
from bench.delays import Delays, p95
from bench.names import LABELS, LEGS, SENDERS_LEG
from bench.product import Site, enter, free_port, meet_now, serve_product, sign_up
from bench.shaper import CLEAR, LOSSY, Conditions, Shaper

MAX_DELAY_MS = 900.0  # less than from one tone to the next: a later one belongs to another
SETTLE_S = 8.0  # the first seconds of speech are what the playout delay is learned from
STEP_TIMEOUT_MS = 20_000
OUTPUT_FLAGS = ("--use-fake-device-for-media-stream",)  # a loudspeaker that takes its time like a real one


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to listen: on loopback, and to each leg of a bad network."""

    seconds: float
    lossy_s: float


@dataclass(frozen=True, slots=True)
class Heard(Delays):
    """The delays of all tones that were heard, and how many were spoken."""

    spoken: int

    @property
    def share(self) -> float:
        """How many of the tones were heard."""
        return len(self.delays_ms) / self.spoken if self.spoken else 0.0


@dataclass(frozen=True, slots=True)
class Unbroken:
    """How an unbroken tone was heard: every silence in it."""

    gaps_ms: list[float]
    seconds: float
    loud_share: float
    """Of the time there was sound."""

    @property
    def p95_gap_ms(self) -> float:
        """What 95 of 100 silences do not exceed."""
        return p95(self.gaps_ms)


@dataclass(slots=True)
class Found:
    """The delays on loopback, and by leg how a voice came over a bad network."""

    heard: Heard
    unbroken: dict[str, Unbroken] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return it all in JSON's own terms."""
        return {"loopback": asdict(self.heard), "lossy": {leg: asdict(one) for leg, one in self.unbroken.items()}}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.voice", description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, help="how long alice speaks on loopback")
    parser.add_argument("--lossy", type=float, default=60.0, help="how long she speaks over each bad leg")
    options = parser.parse_args()
    found = asyncio.run(measure(Plan(options.seconds, options.lossy)))
    heard = found.heard
    print(f"loopback: median {heard.median_ms:.0f} ms, p95 {heard.p95_ms:.0f} ms, heard {100 * heard.share:.0f} %")
    for leg, one in found.unbroken.items():
        longest = max(one.gaps_ms, default=0.0)
        gaps = f"{len(one.gaps_ms)} gaps, p95 {one.p95_gap_ms:.0f} ms, longest {longest:.0f} ms"
        print(f"5 % loss, 75 ms each way, {LABELS[leg]}: {gaps}, sound {100 * one.loud_share:.0f} % of the time")


async def measure(plan: Plan) -> Found:
    """Let alice speak to bob, over a good network and over each bad leg."""
    async with _meeting(CLEAR, CLEAR) as (alice, bob):
        found = Found(await _hear(alice, bob, plan.seconds))
    for leg in LEGS:
        legs = (LOSSY, CLEAR) if leg == SENDERS_LEG else (CLEAR, LOSSY)
        async with _meeting(*legs) as (alice, bob):
            found.unbroken[leg] = await _hear_unbroken(alice, bob, plan.lossy_s)
    return found


async def _hear(alice: Page, bob: Page, seconds: float) -> Heard:
    await bob.wait_for_timeout(seconds * 1000)
    spoken, heard = await alice.evaluate("spoken"), await bob.evaluate("heard")
    # The first ones came before anybody was listening, the last may be on their way.
    spoken = [at_ms for at_ms in spoken if heard[0] - MAX_DELAY_MS < at_ms < heard[-1]]
    return Heard(_delays(spoken, heard), len(spoken))


def _delays(spoken: list[float], heard: list[float]) -> list[float]:
    """Return for every tone that was heard how long it took."""
    firsts = (next((at_ms - begun_ms for at_ms in heard if at_ms > begun_ms), MAX_DELAY_MS) for begun_ms in spoken)
    return [delay_ms for delay_ms in firsts if delay_ms < MAX_DELAY_MS]


async def _hear_unbroken(alice: Page, bob: Page, seconds: float) -> Unbroken:
    await alice.evaluate("isUnbroken = true")
    await bob.wait_for_timeout(SETTLE_S * 1000)
    before = await bob.evaluate("gaps.length = 0, listened()")
    await bob.wait_for_timeout(seconds * 1000)
    after, gaps_ms = await bob.evaluate("listened()"), await bob.evaluate("gaps")
    # A silence that has not ended counts too.
    gaps_ms += [after["quietS"] * 1000] if after["quietS"] * 1000 > MAX_DELAY_MS else []
    return Unbroken(gaps_ms, seconds, (after["loudS"] - before["loudS"]) / seconds)


@asynccontextmanager
async def _meeting(alices: Conditions, bobs: Conditions) -> AsyncIterator[tuple[Page, Page]]:
    """Have alice speak and bob hear her, each behind a network with these conditions."""
    async with AsyncExitStack() as stack:
        live_port = free_port()
        shaper = stack.enter_context(Shaper(("127.0.0.1", live_port)))
        relay_url = f"https://127.0.0.1:{shaper.port}"
        site = await stack.enter_async_context(serve_product(live_port=live_port, relay_url=relay_url))
        alice, bob = await stack.enter_async_context(_open_pages())
        shaper.next_flows = alices
        link = await _begin(site, alice)
        while not shaper.flows:
            await alice.wait_for_timeout(50)
        shaper.next_flows = bobs
        await bob.goto(link)
        await enter(bob, "Bob")
        await expect(bob.get_by_role("status").first).to_contain_text("encrypted", timeout=STEP_TIMEOUT_MS)
        await alice.get_by_role("button", name="Unmute", exact=True).click()
        await bob.wait_for_function("heard.length > 0", timeout=STEP_TIMEOUT_MS)
        yield alice, bob
        dropped = sum(flow.up.dropped + flow.down.dropped for flow in shaper.flows)
        assert dropped or alices == bobs == CLEAR, "not over the bad network"


async def _begin(site: Site, alice: Page) -> str:
    await sign_up(alice, site)
    link = await meet_now(alice, site)
    start = alice.get_by_role("button", name="Start meeting").or_(alice.get_by_role("link", name="Start meeting"))
    await start.first.click()
    await enter(alice, "Alice")
    return link


@asynccontextmanager
async def _open_pages() -> AsyncIterator[tuple[Page, Page]]:
    flags = [*FLAGS, *OUTPUT_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_browser(), args=flags, ignore_default_args=["--mute-audio"]
        )
        try:
            yield await _open_page(browser, "mouth.js"), await _open_page(browser, "ear.js")
        finally:
            await browser.close()


async def _open_page(browser: Browser, script: str) -> Page:
    # Only so may the ear, which is not the product's, be loaded into the audio thread.
    context = await browser.new_context(bypass_csp=True)
    await context.add_init_script(path=PAGES / script)
    page = await context.new_page()
    keep_to_udp(page)
    return page


if __name__ == "__main__":
    main()
