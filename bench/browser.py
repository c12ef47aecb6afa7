"""One Chromium with two windows side by side on a screen of its own, for every system the same."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import Browser, BrowserContext, Page, Worker, async_playwright
from playwright.async_api import Error as PlaywrightError

PAGES = Path(__file__).parent / "pages"
WINDOW_PX = (1400, 1020)  # shows 1280x720 and the meeting's own controls without scrolling
BROWSER_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
    # Without it the peers would have to resolve each other's .local names first: this favours them.
    "--disable-features=WebRtcHideLocalIpsWithMdns",
)


ONLY_UDP = """() => {
  const Open = WebSocket;
  globalThis.WebSocket = class extends Open {
    constructor(url, protocol) {
      if (protocol === "conclave.relay.1") throw new DOMException("this way is not measured", "NetworkError");
      super(url, protocol);
    }
  };
}"""
"""For a page's workers: TCP does not pass a bad network of ours, so media over a WebSocket would show nothing."""


class NoBrowser(Exception):
    """There is no Chromium on this computer."""


@dataclass(frozen=True, slots=True)
class Screen:
    """An X server: its name, and the file that holds its pixels."""

    display: str
    framebuffer: Path


@dataclass(frozen=True, slots=True)
class Windows:
    """Two people's windows of one browser: separate sessions, both visible the whole time."""

    screen: Screen
    browser: Browser
    presenter: Page
    viewer: Page


def find_browser() -> str:
    """Return the path of Chromium: $CHROMIUM, or the first on the path."""
    candidates = (os.environ.get("CHROMIUM"), *map(shutil.which, BROWSER_NAMES))
    path = next((path for path in candidates if path), None)
    if path is None:
        raise NoBrowser(f"no browser found: put one of {', '.join(BROWSER_NAMES)} on the path or set CHROMIUM")
    return path


@contextmanager
def start_screen() -> Iterator[Screen]:
    """Start an X server as wide as two windows."""
    width, height = 2 * WINDOW_PX[0], WINDOW_PX[1]
    read_end, write_end = os.pipe()
    with TemporaryDirectory(prefix="conclave-bench-screen-") as folder:
        command = ["Xvfb", "-displayfd", str(write_end), "-screen", "0", f"{width}x{height}x24", "-fbdir", folder]
        server = subprocess.Popen([*command, "-nolisten", "tcp"], pass_fds=[write_end], stderr=subprocess.DEVNULL)
        os.close(write_end)
        try:
            with os.fdopen(read_end) as numbers:
                display = f":{numbers.readline().strip()}"
            yield Screen(display, Path(folder) / "Xvfb_screen0")
        finally:
            server.terminate()
            server.wait()


def keep_to_udp(page: Page) -> None:
    """From now on, let no worker of `page` reach the relay by a WebSocket."""

    async def install(worker: Worker) -> None:
        with suppress(PlaywrightError):  # it was gone first
            await worker.evaluate(ONLY_UDP)

    page.on("worker", install)


@asynccontextmanager
async def open_windows(screen: Screen) -> AsyncIterator[Windows]:
    """Start Chromium, not headless, with two windows beside each other."""
    flags = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    environment: dict[str, str | float | bool] = {**os.environ, "DISPLAY": screen.display}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            headless=False, executable_path=find_browser(), args=flags, env=environment
        )
        try:
            left = await _open_window(browser, left_px=0)
            right = await _open_window(browser, left_px=WINDOW_PX[0])
            yield Windows(screen, browser, presenter=left, viewer=right)
        finally:
            await browser.close()


async def _open_window(browser: Browser, *, left_px: int) -> Page:
    context = await browser.new_context(no_viewport=True)
    for script in ("picture.js", "meter.js", "glue.js"):
        await context.add_init_script(path=PAGES / script)
    page = await context.new_page()
    await _place(context, page, left_px=left_px)
    return page


async def _place(context: BrowserContext, page: Page, *, left_px: int) -> None:
    devtools = await context.new_cdp_session(page)
    window = await devtools.send("Browser.getWindowForTarget")
    bounds = {"left": left_px, "top": 0, "width": WINDOW_PX[0], "height": WINDOW_PX[1]}
    await devtools.send("Browser.setWindowBounds", {"windowId": window["windowId"], "bounds": bounds})
    await devtools.detach()
