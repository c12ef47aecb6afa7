"""How sharp still text becomes after a change, and what it costs: `python -m bench.sharpness`.

Alice shares pages of coloured text in 1920x1080, which she turns every few seconds; then the last one stands still. A
second after each turn what Bob's page shows is compared with the page itself.
"""

from __future__ import annotations

import asyncio
import base64
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.browser import Windows, open_windows, start_screen
from bench.measure import BITS_PER_BYTE
from bench.product import Product, serve_product, sign_up
from bench.viewer import hook_workers

SETTLE_S = 4.0
LOOK_AFTER_S = 1.0
TURN_EVERY_S = 3.0
WIDTH_PX = 1920
START_TIMEOUT_S = 20.0
# Wang et al., Image quality assessment, 2004: the window, and what keeps quotients from being none.
GAUSSIAN_PX, RADIUS_PX = 1.5, 5
STEADY_MEANS, STEADY_VARIANCES = (0.01 * 255) ** 2, (0.03 * 255) ** 2


@dataclass(frozen=True, slots=True)
class Plan:
    """How many pages to turn, and how long to look at the last one."""

    turns: int
    still_s: float


@dataclass(frozen=True, slots=True)
class Found:
    """The luma's structural similarity a second after each turn, and the rates."""

    similarities: list[float]
    turning_kbit_s: float
    still_kbit_s: float
    codec: str


def main() -> None:
    """Measure and print."""
    found = asyncio.run(measure(Plan(turns=5, still_s=10.0)))
    print("a second after a change, SSIM of the luma:", *(f"{one:.4f}" for one in found.similarities))
    print(
        f"{found.codec}: {found.turning_kbit_s:.0f} kbit/s while pages turn, {found.still_kbit_s:.0f} while one stands"
    )


async def measure(plan: Plan) -> Found:
    """Let alice turn pages for bob."""
    with start_screen() as screen:
        async with serve_product() as site, open_windows(screen) as windows:
            hook_workers(windows.viewer)
            await sign_up(windows.presenter, site)
            product = Product(site, source="pages")
            async with product.meeting(windows):
                await product.join(windows)
                await _see_pages(windows)
                return await _look(product, windows, plan)


async def _look(product: Product, windows: Windows, plan: Plan) -> Found:
    similarities = []
    await _turn(windows, 0, SETTLE_S)
    before = await product.received(windows)
    for number in range(1, plan.turns + 1):
        await _turn(windows, number, LOOK_AFTER_S)
        shot = await windows.viewer.evaluate("meter.shot()")
        similarities.append(_similarity(shot, await windows.presenter.evaluate("picture.page()")))
        await windows.viewer.wait_for_timeout((TURN_EVERY_S - LOOK_AFTER_S) * 1000)
    turned = await product.received(windows)
    await windows.viewer.wait_for_timeout(plan.still_s * 1000)
    stood = await product.received(windows)
    turning, still = turned.total_bytes - before.total_bytes, stood.total_bytes - turned.total_bytes
    return Found(
        similarities,
        turning * BITS_PER_BYTE / 1000 / (plan.turns * TURN_EVERY_S),
        still * BITS_PER_BYTE / 1000 / plan.still_s,
        turned.codec,
    )


async def _see_pages(windows: Windows) -> None:
    async with asyncio.timeout(START_TIMEOUT_S):
        while await windows.viewer.evaluate("meter.shown()?.videoWidth") != WIDTH_PX:
            await _turn(windows, 0, 0.3)  # what was handed over before anybody took it is lost


async def _turn(windows: Windows, number: int, wait_s: float) -> None:
    await windows.presenter.evaluate("number => picture.turn(number)", number)
    await windows.viewer.wait_for_timeout(wait_s * 1000)


def _similarity(one: str, other: str) -> float:
    """Return the structural similarity of the luma of two images, PNG in base64."""
    first, second = (
        np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("L"), float) for png in (one, other)
    )
    return structural_similarity(first, second)


def structural_similarity(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the mean structural similarity of two pictures of 8 bits; 1: they are the same."""
    mean, others_mean = _blur(one), _blur(other)
    variances = _blur(one * one) - mean**2, _blur(other * other) - others_mean**2
    covariance = _blur(one * other) - mean * others_mean
    means = (2 * mean * others_mean + STEADY_MEANS) / (mean**2 + others_mean**2 + STEADY_MEANS)
    return float(np.mean(means * (2 * covariance + STEADY_VARIANCES) / (sum(variances) + STEADY_VARIANCES)))


def _blur(picture: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weighted mean around each pixel whose whole window lies in the picture."""
    weights = np.exp(-0.5 * (np.arange(-RADIUS_PX, RADIUS_PX + 1) / GAUSSIAN_PX) ** 2)
    for _ in range(2):
        size = len(picture) - 2 * RADIUS_PX
        rows = [weight * picture[at : at + size] for at, weight in enumerate(weights / weights.sum())]
        picture = np.sum(rows, axis=0).T
    return picture


if __name__ == "__main__":
    main()
