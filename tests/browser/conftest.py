"""Real Chromium, a real server process, a real X screen."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, ViewportSize, sync_playwright

from tests.browser.cast import Person
from tests.browser.screens import Screen
from tests.browser.server import Server

FLAGS = [
    "--no-sandbox",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    "--auto-select-desktop-capture-source=Entire screen",
]

WIDE: ViewportSize = {"width": 960, "height": 640}
SMALL: ViewportSize = {"width": 640, "height": 480}  # leaves room on the presenter's screen for what is shown

Invite = Callable[..., Person]


def find_chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    raise AssertionError("no Chromium on the path: run `make test-browser`, which installs it where it can")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def presenter_screen() -> Iterator[Screen]:
    """The screen of whoever presents; what is on it is shared."""
    screen = Screen.start()
    yield screen
    screen.stop()


@pytest.fixture(scope="session")
def viewer_screen() -> Iterator[Screen]:
    """The screen of everyone else, so that no hall of mirrors is shared."""
    screen = Screen.start()
    yield screen
    screen.stop()


def launch(playwright: Playwright, screen: Screen) -> Browser:
    return playwright.chromium.launch(
        executable_path=find_chromium(),
        headless=False,
        args=FLAGS,
        ignore_default_args=["--mute-audio"],
        env={"DISPLAY": screen.name, "LANG": "C.UTF-8", "HOME": str(Path.home())},
    )


@pytest.fixture(scope="session")
def presenter_browser(playwright: Playwright, presenter_screen: Screen) -> Iterator[Browser]:
    browser = launch(playwright, presenter_screen)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def viewer_browser(playwright: Playwright, viewer_screen: Screen) -> Iterator[Browser]:
    browser = launch(playwright, viewer_screen)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server.start(tmp_path_factory.mktemp("instance"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def organizer_state(server: Server, viewer_browser: Browser) -> dict[str, object]:
    """Alice's signed-in browser storage: she signs up once, by the forms."""
    context = viewer_browser.new_context()
    alice = Person("Alice", context.new_page(), server)
    alice.sign_up()
    assert alice.faults == []
    state = context.storage_state()
    context.close()
    return dict(state)


@pytest.fixture
def invite(server: Server, presenter_browser: Browser, viewer_browser: Browser) -> Iterator[Invite]:
    """Give somebody a fresh browser window; what their console complained of fails the test."""
    contexts: list[BrowserContext] = []
    people: list[Person] = []

    def invite(name: str, *, presents: bool = False, on: Server = server, **options: object) -> Person:
        browser = presenter_browser if presents else viewer_browser
        context = browser.new_context(viewport=SMALL if presents else WIDE, **options)  # type: ignore[arg-type]
        contexts.append(context)
        people.append(Person(name, context.new_page(), on))
        return people[-1]

    yield invite
    faults = [fault for person in people for fault in person.faults]
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def alice(invite: Invite, organizer_state: dict[str, object]) -> Person:
    """Alice, signed in."""
    return invite("Alice", storage_state=organizer_state)
