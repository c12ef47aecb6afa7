"""What the viewer's window saw: the raw sightings and their figures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, Worker

from bench import glass
from bench.browser import PAGES
from bench.delays import Delays

FIRST_PICTURE_TIMEOUT_MS = 20_000
MAX_SKEW_MS = 1.0  # clocks of two pages that differ by more would show in the figures


class NotMeasurable(Exception):
    """What was measured cannot be trusted, and why."""


@dataclass(frozen=True, slots=True)
class Sighting(Delays):
    """Pictures seen in one place: delays since they were made, and how many a second."""

    seconds: float

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
    """The pictures that came on the glass, and where a worker draws, when it had drawn them."""

    glass: Sighting
    drawn: Sighting | None


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


async def look(page: Page, framebuffer: Path, *, seconds: float, clock_ms: float) -> Seen:
    """Look at the glass for a while; `clock_ms`: how far the pages' clock is behind the computer's."""
    place = await page.evaluate("meter.strip()")
    if place is None:
        raise NotMeasurable("the page shows no picture")
    await page.evaluate("meter.reset()")
    seen = await glass.look(framebuffer, glass.strip_of(place), seconds=seconds, clock_ms=clock_ms)
    drawn: list[dict[str, Any]] = (await page.evaluate("meter.result()"))["drawn"]
    on_glass = _sighting([sight.delay_ms for sight in seen], seconds)
    if on_glass is None:
        raise NotMeasurable(f"no readable picture in {seconds} s")
    return Seen(on_glass, _sighting([float(one["delayMs"]) for one in drawn], seconds))


async def compare_clocks(*pages: Page) -> float:
    """Return how far the pages' clocks are behind the computer's, in ms; refuse when they differ among themselves."""
    skews = [float(await page.evaluate("meter.skewMs()")) for page in pages]
    if max(skews) - min(skews) > MAX_SKEW_MS:
        raise NotMeasurable(f"the windows' clocks differ by {max(skews) - min(skews):.1f} ms")
    return skews[0]


def _sighting(delays_ms: list[float], seconds: float) -> Sighting | None:
    # Of fewer there is nothing to take a quantile of.
    return Sighting(delays_ms, seconds) if len(delays_ms) > 1 else None
