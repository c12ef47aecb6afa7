"""`python -m bench.voice`: how long a voice takes from mouth to ear on loopback; exit 1 when it takes too long.

Alice's microphone is a track that speaks a short tone every second and knows when; Bob listens between the product's
last audio node and the loudspeaker. Counted are capture, framing, Opus, sealing, relay, opening, playout delay and the
browser's own output delay; not counted are the sound card and the browser's echo cancellation.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import Browser, Page, async_playwright, expect

from bench.browser import FLAGS, PAGES, find_browser
from bench.product import Site, enter, meet_now, serve_product, sign_up

MAX_MEDIAN_MS = 120.0  # ITU-T G.114: up to 150 ms nobody notices; the sound card takes the rest
SPOKEN_S = 30.0
MAX_DELAY_MS = 900.0  # less than from one tone to the next: a later one belongs to another
MIN_HEARD_SHARE = 0.95  # of the tones, else it was quick because it lost them
STEP_TIMEOUT_MS = 20_000
OUTPUT_FLAGS = ("--use-fake-device-for-media-stream",)  # a loudspeaker that takes its time like a real one


@dataclass(frozen=True, slots=True)
class Heard:
    """The delays of all tones that were heard, and how many were spoken."""

    delays_ms: list[float]
    spoken: int

    @property
    def median_ms(self) -> float:
        """The middle delay."""
        return statistics.median(self.delays_ms)

    @property
    def p95_ms(self) -> float:
        """The delay that 95 of 100 tones keep."""
        return statistics.quantiles(self.delays_ms, n=20)[-1]

    @property
    def is_good(self) -> bool:
        """Whether it was quick, and lost hardly anything."""
        return self.median_ms <= MAX_MEDIAN_MS and len(self.delays_ms) >= MIN_HEARD_SHARE * self.spoken


def main() -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.voice", description=__doc__)
    parser.add_argument("--seconds", type=float, default=SPOKEN_S, help="how long alice speaks")
    heard = asyncio.run(measure(seconds=parser.parse_args().seconds))
    figures = {"median_ms": round(heard.median_ms, 1), "p95_ms": round(heard.p95_ms, 1)}
    print(json.dumps({**figures, "heard": len(heard.delays_ms), "spoken": heard.spoken, "target_ms": MAX_MEDIAN_MS}))
    return 0 if heard.is_good else 1


async def measure(*, seconds: float) -> Heard:
    """Let alice speak to bob for a while."""
    async with serve_product() as site, _open_pages() as (alice, bob):
        await _meet(site, alice, bob)
        await alice.get_by_role("button", name="Unmute", exact=True).click()
        await bob.wait_for_function("heard.length > 0", timeout=STEP_TIMEOUT_MS)
        await bob.wait_for_timeout(seconds * 1000)
        spoken, heard = await alice.evaluate("spoken"), await bob.evaluate("heard")
    # The first ones came before anybody was listening, the last may be on their way.
    spoken = [at_ms for at_ms in spoken if heard[0] - MAX_DELAY_MS < at_ms < heard[-1]]
    return Heard(_delays(spoken, heard), len(spoken))


def _delays(spoken: list[float], heard: list[float]) -> list[float]:
    """Return for every tone that was heard how long it took."""
    firsts = (next((at_ms - begun_ms for at_ms in heard if at_ms > begun_ms), MAX_DELAY_MS) for begun_ms in spoken)
    return [delay_ms for delay_ms in firsts if delay_ms < MAX_DELAY_MS]


async def _meet(site: Site, alice: Page, bob: Page) -> None:
    await sign_up(alice, site)
    link = await meet_now(alice, site)
    await (
        alice.get_by_role("button", name="Start meeting")
        .or_(alice.get_by_role("link", name="Start meeting"))
        .first.click()
    )
    await enter(alice, "Alice")
    await bob.goto(link)
    await enter(bob, "Bob")
    await expect(bob.get_by_role("status").first).to_contain_text("encrypted", timeout=STEP_TIMEOUT_MS)


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
    return await context.new_page()


if __name__ == "__main__":
    sys.exit(main())
