"""What the viewer's window saw: the raw sightings and their figures."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, Worker

from bench.browser import PAGES

FIRST_PICTURE_TIMEOUT_MS = 20_000
MAX_SKEW_MS = 1.0  # clocks of two pages that differ by more would show in the figures


class NotMeasurable(Exception):
    """What was measured cannot be trusted, and why."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """Pictures seen in one place: delays since they were made, and how many a second."""

    delays_ms: list[float]
    seconds: float

    @property
    def median_ms(self) -> float:
        """The middle delay."""
        return statistics.median(self.delays_ms)

    @property
    def p95_ms(self) -> float:
        """The delay that 95 of 100 pictures keep."""
        return statistics.quantiles(self.delays_ms, n=20)[-1]

    @property
    def fps(self) -> float:
        """Different pictures seen in a second."""
        return len(self.delays_ms) / self.seconds


@dataclass(frozen=True, slots=True)
class Received:
    """What came over the network so far, as the browser counts it."""

    total_bytes: int
    codec: str


@dataclass(frozen=True, slots=True)
class Seen:
    """All that the viewer's window saw since `reset`: on the page, in the drawing worker, by the video's callback."""

    page: Sighting
    drawn: Sighting | None
    callback: Sighting | None
    unreadable: int


def hook_workers(page: Page) -> None:
    """From now on, let every worker of `page` say which picture it has drawn, and when."""
    hook = (PAGES / "picture.js").read_text() + (PAGES / "drawn.js").read_text()

    async def install(worker: Worker) -> None:
        try:
            await worker.evaluate(f"() => {{ {hook} }}")
        except PlaywrightError as error:
            if page.is_closed() or "closed" in str(error):
                return  # the worker was gone first
            raise

    page.on("worker", install)


async def join_time_ms(page: Page) -> float:
    """Wait for the first picture and return the time since the click that began it."""
    return float(await page.evaluate("timeoutMs => meter.joined(timeoutMs)", FIRST_PICTURE_TIMEOUT_MS))


async def look(page: Page, *, seconds: float) -> Seen:
    """Look at the pictures for a while."""
    await page.evaluate("meter.reset()")
    await page.wait_for_timeout(seconds * 1000)
    result = await page.evaluate("meter.result()")
    lists: dict[str, list[dict[str, Any]]] = result["seen"]
    sightings = {place: _sighting(seen, seconds) for place, seen in lists.items()}
    if sightings["page"] is None:
        raise NotMeasurable(f"no readable picture in {seconds} s ({result['unreadable']} unreadable)")
    return Seen(sightings["page"], sightings["drawn"], sightings["callback"], result["unreadable"])


async def check_clocks(*pages: Page) -> None:
    """Refuse to measure between pages whose clocks differ."""
    skews = [float(await page.evaluate("meter.skewMs()")) for page in pages]
    if max(skews) - min(skews) > MAX_SKEW_MS:
        raise NotMeasurable(f"the windows' clocks differ by {max(skews) - min(skews):.1f} ms")


def _sighting(seen: list[dict[str, Any]], seconds: float) -> Sighting | None:
    if len(seen) < 2:  # nothing to take a quantile of
        return None
    return Sighting([float(one["delayMs"]) for one in seen], seconds)
