"""Somebody else writes in the presenter's editor: real browsers, a real helper, a real screen, a file on disk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import expect

from tests.browser.cast import PICTURE_TIMEOUT_MS, Person
from tests.browser.conftest import Invite
from tests.browser.helper import THINK_S, Helper
from tests.browser.screens import SIZE, Screen
from tests.browser.server import Server, WaitFor

WIDTH, HEIGHT = (int(part) for part in SIZE.split("x")[:2])
COPY = {"permissions": ["clipboard-read", "clipboard-write"]}


@dataclass
class Editor:
    """The presenter's editor, and where it is on their screen."""

    process: subprocess.Popen[str]
    file: Path
    left: int
    top: int
    line: int

    def at(self, line: int, x: int = 2) -> tuple[float, float]:
        """The middle of a line, counted from 0, as fractions of the screen."""
        return (self.left + x) / WIDTH, (self.top + (line + 0.5) * self.line) / HEIGHT

    def holds(self, text: str) -> None:
        WaitFor(lambda: self.file.exists() and self.file.read_text(encoding="utf-8") == text, timeout_s=10)()


@pytest.fixture
def editor(presenter_screen: Screen, tmp_path: Path) -> Iterator[Editor]:
    file = tmp_path / "shared.txt"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.browser.editor", str(file)],
        env={**os.environ, "DISPLAY": presenter_screen.name},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process:
        yield Editor(process, file, **json.loads(process.stdout.readline()))
        process.terminate()


@pytest.fixture
def helper(presenter_screen: Screen, tmp_path: Path) -> Iterator[Helper]:
    running = Helper.start(presenter_screen, tmp_path / "helper.log")
    yield running
    running.stop()


def point(viewer: Person, place: tuple[float, float]) -> tuple[float, float]:
    """Where a place of Bob's screen is in the viewer's window."""
    box = viewer.picture_of("Bob").bounding_box()
    assert box is not None
    return box["x"] + place[0] * box["width"], box["y"] + place[1] * box["height"]


def click(viewer: Person, place: tuple[float, float]) -> None:
    viewer.page.mouse.click(*point(viewer, place))


def begin(bob: Person, carol: Person, editor: Editor) -> None:
    """Carol clicks into the editor, and it comes to the front."""
    click(carol, editor.at(0))
    expect(carol.page.get_by_text("Press Esc twice to let go.")).to_be_visible()
    WaitFor(lambda: bob.page.evaluate("!document.hasFocus()"))()


def drag(viewer: Person, start: tuple[float, float], end: tuple[float, float]) -> None:
    mouse = viewer.page.mouse
    mouse.move(*point(viewer, start))
    mouse.down()
    mouse.move(*point(viewer, end), steps=8)
    mouse.up()


def meet(alice: Person, invite: Invite) -> tuple[Person, Person]:
    """Bob shares his screen, and Carol sees it."""
    link = alice.meet_now()
    alice.start_meeting()
    bob, carol = invite("Bob", presents=True, **COPY), invite("Carol", **COPY)
    for person in (bob, carol):
        person.open(link)
        person.join()
    # A test's pages believe that they have the focus, all of them at once; this one shall know.
    bob.page.context.new_cdp_session(bob.page).send("Emulation.setFocusEmulationEnabled", {"enabled": False})
    bob.share_screen()
    expect(carol.picture_of("Bob")).to_be_visible(timeout=PICTURE_TIMEOUT_MS)
    return bob, carol


def hand_over(bob: Person, controller: Person, helper: Helper, *, code: bool = True) -> None:
    """From the request to the moment when both see that it is granted."""
    controller.button("Request control").click()
    toast = bob.page.get_by_role("region", name="Somebody asks for control")
    expect(toast).to_contain_text(f"{controller.name} asks to control your computer")
    toast.get_by_role("button", name="Give control").click()
    dialog = bob.page.get_by_role("dialog", name=f"Give control to {controller.name}")
    dialog.get_by_label("can paste text here").check()
    dialog.get_by_label("gets the text that is copied here").check()
    dialog.get_by_role("button", name="Give control").click()
    if code:
        dialog.get_by_label("Code that Conclave Helper shows").fill(helper.code)
        dialog.get_by_role("button", name="Connect").click()
    expect(dialog).to_contain_text("Now press Allow in Conclave Helper")
    WaitFor(lambda: helper.said(f"{controller.name} wants to control your computer"))()
    words = WaitFor(lambda: helper.said(f"Words of {controller.name}"))().rsplit(": ", 1)[1]
    expect(dialog).to_contain_text(words)
    expect(controller.page.get_by_text(f"Your words: {words}")).to_be_visible()
    time.sleep(THINK_S)  # the helper takes no answer that was given before anybody could read its question
    helper.answer("allow")
    expect(bob.page.get_by_role("status").filter(has_text=f"{controller.name} controls your computer")).to_be_visible()
    expect(controller.page.locator(".control-state")).to_contain_text("You control Bob's computer")


def press(person: Person, *keys: str) -> None:
    for key in keys:
        person.page.keyboard.press(key)


PARAGRAPH = "Café, 你好: 100 € für Straße und Fluß."


@pytest.mark.requirement(2)
@pytest.mark.requirement(11)
def test_an_attendee_writes_in_the_presenters_editor(
    alice: Person, invite: Invite, editor: Editor, helper: Helper
) -> None:
    bob, carol = meet(alice, invite)
    hand_over(bob, carol, helper)

    begin(bob, carol, editor)
    keyboard = carol.page.keyboard
    keyboard.type(PARAGRAPH)
    press(carol, "Enter", "Control+s")
    editor.holds(f"{PARAGRAPH}\n")

    for number in range(2, 5):
        keyboard.type(f"Line {number}")
        press(carol, "Enter")
    press(carol, "Control+s")
    editor.holds(f"{PARAGRAPH}\nLine 2\nLine 3\nLine 4\n")

    # The second line is selected by drag, cut, and pasted at the end.
    drag(carol, editor.at(1, 0), editor.at(2, 0))
    press(carol, "Control+x", "Control+End", "Control+v", "Control+s")
    editor.holds(f"{PARAGRAPH}\nLine 3\nLine 4\nLine 2\n")

    # Long enough to be scrolled: what is clicked afterwards is no longer the first line.
    for number in range(30):
        keyboard.type(f"{number}")
        press(carol, "Enter")
    press(carol, "Control+Home")
    carol.page.mouse.move(*point(carol, editor.at(5)))
    carol.page.mouse.wheel(0, 400)
    click(carol, editor.at(0, 0))
    keyboard.type(">")
    press(carol, "Control+s")
    WaitFor(lambda: ">" in editor.file.read_text(encoding="utf-8"))()
    marked = next(at for at, line in enumerate(editor.file.read_text(encoding="utf-8").splitlines()) if ">" in line)
    assert marked > 3

    # Twice Escape gives the keyboard back to Carol's own page.
    press(carol, "Escape", "Escape")
    expect(carol.page.get_by_text("Click the picture to point and type.")).to_be_visible()


@pytest.mark.requirement(2)
def test_after_stop_nothing_is_injected_with_the_network_cut_or_back(
    alice: Person, invite: Invite, editor: Editor, helper: Helper, server: Server
) -> None:
    bob, carol = meet(alice, invite)
    hand_over(bob, carol, helper)
    begin(bob, carol, editor)
    carol.page.keyboard.type("before")
    press(carol, "Control+s")
    editor.holds("before")

    with cut(server):
        carol.page.keyboard.type(" after")
        press(carol, "Control+s")
        bob.button("Stop control").click()
        WaitFor(lambda: helper.said("Nobody controls this computer any more"))()
        expect(bob.page.get_by_role("status").filter(has_text="controls your computer")).to_have_count(0)
    expect(carol.page.get_by_text("Bob has taken control back.").first).to_be_visible(timeout=15_000)
    assert editor.file.read_text(encoding="utf-8") == "before"

    # Control passes on, and comes back, without another code.
    hand_over(bob, carol, helper, code=False)
    begin(bob, carol, editor)
    press(carol, "End")
    carol.page.keyboard.type(".")
    press(carol, "Control+s")
    editor.holds("before.")


@contextmanager
def cut(server: Server) -> Iterator[None]:
    """No server answers or forwards anything meanwhile."""
    processes = [psutil.Process(server.process.pid)]
    processes += processes[0].children(recursive=True)
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()
