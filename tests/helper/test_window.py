"""The helper's window, on a real screen, used by keyboard alone."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from typing import Any

import pytest

from conclave.control import Key, Scope
from conclave.helper.effects import Controlling, Question
from conclave.helper.injection.x11 import X11Injector
from conclave.helper.ui import Contact
from conclave.helper.window import WindowUi, open_window
from tests.browser.screens import Screen
from tests.helper_cast import ORIGIN

QUESTION = Question("Carol", ("cobalt", "relay", "onion", "siren"), ORIGIN, (Scope.MOUSE, Scope.KEYBOARD), 600)


class Bob:
    """What he did."""

    def __init__(self) -> None:
        self.did: list[object] = []

    def answer(self, scope: tuple[Scope, ...] | None) -> None:
        self.did.append(scope)

    def stop(self) -> None:
        self.did.append("stop")

    def renew_code(self) -> None:
        self.did.append("renew")


@pytest.fixture
def window(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> Iterator[WindowUi]:
    monkeypatch.setitem(os.environ, "DISPLAY", screen.name)
    opened = open_window()
    assert opened is not None
    yield opened
    opened._root.destroy()


def use(window: WindowUi, injector: X11Injector, *codes: str, after_s: float = 0.3) -> list[object]:
    """Press keys while the window runs; return what came of it."""

    async def story() -> list[object]:
        bob = Bob()
        running = asyncio.ensure_future(window.run(bob))
        await asyncio.sleep(after_s)  # the question takes no answer in its first second
        for code in codes:
            injector.inject(Key(code, down=True))
            injector.inject(Key(code, down=False))
            await asyncio.sleep(0.12)
        running.cancel()
        return bob.did

    return asyncio.run(story())


def texts(window: WindowUi) -> str:
    """Return all that can be read in the window."""

    def read(widget: Any) -> list[str]:
        own = [str(widget["text"])] if "text" in widget.keys() else []  # noqa: SIM118  # a widget is no dict
        return own + [text for child in widget.winfo_children() for text in read(child)]

    return " ".join(read(window._root))


def test_escape_refuses(window: WindowUi, injector: X11Injector) -> None:
    window.open_question(QUESTION)
    assert use(window, injector, "Escape") == [None]


def test_return_refuses_because_refuse_has_the_focus(window: WindowUi, injector: X11Injector) -> None:
    window.open_question(QUESTION)
    assert use(window, injector, "Enter", after_s=1.3) == [None]


def test_allow_does_not_answer_at_once(window: WindowUi, injector: X11Injector) -> None:
    window.open_question(QUESTION)
    assert use(window, injector, "Tab", "Enter") == []


def test_allow_takes_a_second_and_a_tab(window: WindowUi, injector: X11Injector) -> None:
    window.open_question(QUESTION)
    assert use(window, injector, "Tab", "Enter", after_s=1.3) == [(Scope.MOUSE, Scope.KEYBOARD)]


def test_the_question_tells_everything(window: WindowUi) -> None:
    window.open_question(QUESTION)
    for part in ("Carol wants to control your computer", ORIGIN, "10 minutes", "cobalt relay onion siren", "keyboard"):
        assert part in texts(window)


def test_who_controls_is_shown_and_stopped(window: WindowUi, injector: X11Injector) -> None:
    window.show(Controlling("Carol", QUESTION.words, QUESTION.scope, 0.0, None), seconds=61)
    assert "Carol controls your computer" in texts(window)
    assert "2 minutes left" in texts(window)
    window._come_to_front()
    window._draw()
    assert use(window, injector, "Enter") == ["stop"]


def test_the_code_is_shown_as_it_is_read(window: WindowUi) -> None:
    window.show_contact(Contact("12345678", is_limited=False, origin=None))
    assert "1 234 5678" in texts(window)
    window.show_contact(Contact(None, is_limited=True, origin=None))
    assert "New code" in texts(window)
    window.show_contact(Contact(None, is_limited=False, origin=ORIGIN))
    assert f"Connected with {ORIGIN}" in texts(window)
