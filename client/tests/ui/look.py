"""Take a picture of every screen of the room, and let axe look for what keeps people out.

`make test-ui` builds the harness and runs this; by hand:
`python client/tests/ui/look.py DIR PICTURES [SCENE...]`. Exits with 1 when axe finds something serious.
"""

from __future__ import annotations

import functools
import http.server
import pathlib
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

AXE = pathlib.Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
# A microphone and a loudspeaker of Chromium's own, which a page may use without asking.
FLAGS = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
WIDE, PHONE, SMALL = (1280, 800), (390, 844), (360, 640)
OVER = (
    "left ended removed denied unanswered locked replaced full unverified wrong-words ticket forbidden malformed "
    "unsupported unreachable"
)
DOORS = "join join&mic join-words ended unsupported not-ready invitation invitation-missing invitation-failed"
ROOMS = (
    "connecting alone waiting waiting-alone reconnecting live notice shared starting waiting-key several presenting "
    "presenting&denied shared&panel=chat live&panel=chat reconnecting&panel=chat crowd&panel=people "
    "lobby knock knocks knocks&panel=people locked hands&panel=people guest&panel=people "
    "files&panel=chat live&panel=security waiting&panel=security several&panel=chat "
    "doubts doubts&panel=people doubts&panel=security live&panel=people&removed "
    "cameras&filming cameras&speaker camera-waiting shared-cameras&filming shared-cameras&panel=chat alone&filming "
    "many many&speaker presenting&filming "
    "live&sheet=connection shared&sheet=shortcuts "
    "control-asked control-mine control-held control-request control-request&choosing control-code control-wrong-code "
    "control-connecting control-asking control-refused control-given control-given-held control-seen "
    "speaking&panel=people live&voice=denied live&voice=blocked live&voice=devices"
)
SCENES = [*DOORS.split(), *(f"over-{reason}" for reason in OVER.split()), *ROOMS.split()]


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files without a word."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: str) -> Iterator[str]:
    """Serve the built harness on a free port and yield its address."""
    handler = functools.partial(Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_address[1]}/index.html"
        server.shutdown()


@contextmanager
def opened(browser: Browser, size: tuple[int, int], scheme: str) -> Iterator[Page]:
    """Yield a page in a window of its own, on a phone if it is narrow."""
    phone = size[0] < 480
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
        has_touch=phone,
        is_mobile=phone,
        device_scale_factor=2 if phone else 1,
        locale="en-GB",
        timezone_id="Europe/Berlin",
        reduced_motion="reduce",
    )
    yield context.new_page()
    context.close()


def serious(page: Page) -> list[str]:
    """Return what axe finds serious or critical on the page as it is now."""
    page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate("axe.run()")
    return [
        f"{violation['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


def overflow(page: Page) -> list[str]:
    """Return whether the page must be scrolled sideways, which none should."""
    sideways = page.evaluate("document.documentElement.scrollWidth") - (page.viewport_size or {"width": 0})["width"]
    return [f"sideways by {sideways} px"] if sideways > 0 else []


def look(page: Page, address: str, picture: pathlib.Path) -> list[str]:
    """Show one scene, take its picture and return what is wrong with it."""
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(f"error: {error}"))
    page.on("console", lambda line: faults.append(f"console: {line.text}") if line.type == "error" else None)
    page.goto(address)
    page.locator("h1, #invitation .field, #invitation [role=alert]").first.wait_for()
    page.screenshot(path=picture)
    return [*faults, *serious(page), *overflow(page)]


def main(folder: str, pictures: str, *wanted: str) -> int:
    """Look at all scenes, or at those that are wanted, wide and narrow, light and dark."""
    out = pathlib.Path(pictures)
    out.mkdir(parents=True, exist_ok=True)
    bad = 0
    with sync_playwright() as play, served(folder) as address:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for scene in wanted or SCENES:
            for size, scheme in ((WIDE, "light"), (WIDE, "dark"), (PHONE, "light"), (SMALL, "dark")):
                name = f"{scene.replace('&', '_')}-{size[0]}-{scheme}.png"
                with opened(browser, size, scheme) as page:
                    for fault in look(page, f"{address}?scene={scene}", out / name):
                        bad += 1
                        sys.stdout.write(f"{name}: {fault}\n")
        browser.close()
    sys.stdout.write(f"{bad} faults\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
