"""Our own system: a fresh installation, and two people who use its pages as they are."""

from __future__ import annotations

import asyncio
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from playwright.async_api import Locator, Page, expect

from bench.browser import Windows
from bench.viewer import Received

READY_TIMEOUT_S = 90.0
STOP_TIMEOUT_S = 20.0
STEP_TIMEOUT_MS = 20_000
EMAIL = "alice@example.org"
PASSWORD = "correct horse battery staple 7"  # noqa: S105  (of an account that lives as long as the measurement)
INVITATION = re.compile(r"/j/\d{3}-\d{3}-\d{3}#([a-z]+-){5}[a-z]+$")


@dataclass(frozen=True, slots=True)
class Site:
    """A running installation."""

    origin: str
    data: Path
    live_port: int


@dataclass(slots=True)
class Product:
    """A meeting on our own pages: alice presents, bob looks."""

    site: Site
    source: Literal["captureStream", "generator", "pages"] = "generator"
    link: str = ""

    @asynccontextmanager
    async def meeting(self, windows: Windows) -> AsyncIterator[None]:
        """Let alice make a meeting, enter it and share the test picture; she ends it afterwards."""
        page = windows.presenter
        self.link = await meet_now(page, self.site)
        await _button_or_link(page, "Start meeting").click()
        await enter(page, "Alice")
        await page.evaluate("source => picture.use(source)", self.source)
        await page.get_by_role("button", name="Share screen").click()
        await expect(page.get_by_role("button", name="Stop sharing").first).to_be_visible(timeout=STEP_TIMEOUT_MS)
        try:
            yield
        finally:
            await page.goto("about:blank")

    async def join(self, windows: Windows) -> None:
        """Let bob open the link, say his name and click on Join."""
        await windows.viewer.goto(self.link)
        await enter(windows.viewer, "Bob")

    async def leave(self, windows: Windows) -> None:
        """Let bob leave."""
        await windows.viewer.get_by_role("button", name="Leave").click()
        await expect(windows.viewer.get_by_role("button", name="Leave")).to_be_hidden(timeout=STEP_TIMEOUT_MS)
        await windows.viewer.goto("about:blank")

    async def received(self, windows: Windows) -> Received:
        """Return what bob's decoder has been given so far."""
        received = (await windows.viewer.evaluate("meter.result()"))["received"]
        return Received(total_bytes=received["bytes"], codec=str(received["codec"]))


@asynccontextmanager
async def serve_product(*, live_port: int | None = None, relay_url: str | None = None) -> AsyncIterator[Site]:
    """Start `conclave serve` on free ports with a folder of its own; browsers look for the relay at `relay_url`."""
    with TemporaryDirectory(prefix="conclave-bench-") as folder:
        port, live_port = free_port(), live_port or free_port()
        command = [sys.executable, "-m", "conclave", "serve", "--data", folder]
        command += ["--port", str(port), "--live-port", str(live_port)]
        command += ["--relay-url", relay_url] if relay_url else []
        log = Path(folder) / "bench.log"
        with log.open("wb") as errors:
            process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, stderr=errors)
        try:
            await _wait_until_ready(process, log)
            yield Site(f"http://localhost:{port}", Path(folder), live_port)
        finally:
            if process.returncode is None:
                process.terminate()
            await asyncio.wait_for(process.wait(), STOP_TIMEOUT_S)


async def sign_up(page: Page, site: Site) -> None:
    """Create alice's account by the forms, and follow the mailed link."""
    await page.goto(f"{site.origin}/accounts/signup/")
    for label, text in {"First name": "Alice", "Last name": "Example", "Email": EMAIL}.items():
        await page.get_by_label(label).fill(text)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("checkbox").first.check()
    await page.get_by_role("button", name="Create account").click()
    await page.wait_for_load_state()
    await page.goto(f"{site.origin}/outbox/")
    mailed = page.locator(".letter-text a").first
    await mailed.click(timeout=STEP_TIMEOUT_MS)
    confirm = page.get_by_role("button", name="Confirm")
    if await confirm.count():
        await confirm.click()
    if not await page.get_by_role("button", name="Sign out").count():
        await _sign_in(page, site)


async def _sign_in(page: Page, site: Site) -> None:
    await page.goto(f"{site.origin}/accounts/login/")
    await page.get_by_label("Email").fill(EMAIL)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url("**/meetings/**")


async def meet_now(page: Page, site: Site) -> str:
    """Return the invitation link of a new meeting, words included."""
    await page.goto(f"{site.origin}/meetings/")
    await _button_or_link(page, "Meet now").click()
    link = page.get_by_label("Invitation link")
    await expect(link).to_have_value(INVITATION, timeout=STEP_TIMEOUT_MS)
    return await link.input_value()


def _button_or_link(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name).or_(page.get_by_role("link", name=name)).first


async def enter(page: Page, name: str) -> None:
    """Join from the door."""
    await page.get_by_label("Your name").fill(name)
    await page.get_by_role("button", name="Join", exact=True).click()
    await expect(page.get_by_role("button", name="Leave")).to_be_visible(timeout=STEP_TIMEOUT_MS)


async def _wait_until_ready(process: asyncio.subprocess.Process, log: Path) -> None:
    assert process.stdout is not None
    async with asyncio.timeout(READY_TIMEOUT_S):
        while line := await process.stdout.readline():
            if line.startswith(b"ready "):
                return
    raise RuntimeError(f"conclave serve did not start: {_end_of(log)}")


def _end_of(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:]


def free_port() -> int:
    """Return a port that is free for TCP now; the relay takes the same number for UDP."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])
