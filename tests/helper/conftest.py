"""A real X display of our own, and a window on it that tells what reaches it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from Xlib import X
from Xlib.display import Display

from conclave.helper.injection.x11 import X11Injector
from conclave.helper.messages import Surface
from tests.browser.screens import Screen

WHOLE = Surface("monitor", "", 1280, 800)
_MASK = (
    X.KeyPressMask
    | X.KeyReleaseMask
    | X.ButtonPressMask
    | X.ButtonReleaseMask
    | X.PointerMotionMask
    | X.FocusChangeMask
)


class Witness:
    """A window over the whole screen that has the focus and keeps what it gets."""

    def __init__(self, screen: Screen) -> None:
        self.display = Display(screen.name)
        root = self.display.screen().root
        self.window = root.create_window(0, 0, 1280, 800, 0, X.CopyFromParent, override_redirect=True, event_mask=_MASK)
        self.window.map()
        self.window.set_input_focus(X.RevertToParent, X.CurrentTime)
        self.display.sync()
        self.drain()

    def drain(self) -> list[Any]:
        """Return what has come since the last time."""
        self.display.sync()
        events = []
        while self.display.pending_events():
            event = self.display.next_event()
            if event.type == X.MappingNotify:
                self.display.refresh_keyboard_mapping(event)
            else:
                events.append(event)
        return events

    def keys(self) -> list[str]:
        """Return the keys that went down (+) and up (-), by their first keysym."""
        signs = {X.KeyPress: "+", X.KeyRelease: "-"}
        events = [event for event in self.drain() if event.type in signs]
        return [f"{signs[each.type]}{self.display.keycode_to_keysym(each.detail, 0):x}" for each in events]

    def close(self) -> None:
        self.display.close()


def eventually(is_so: Any, *, within_s: float = 5.0) -> None:
    """Wait until something is so; other processes need their time."""
    end = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.01)


@pytest.fixture(scope="session")
def screen() -> Iterator[Screen]:
    shown = Screen.start()
    keeper = Display(shown.name)  # an X server begins anew when the last client leaves
    yield shown
    keeper.close()
    shown.stop()


@pytest.fixture
def injector(screen: Screen) -> Iterator[X11Injector]:
    made = X11Injector(screen.name)
    assert made.locate(WHOLE)
    yield made
    made.close()


@pytest.fixture
def witness(screen: Screen) -> Iterator[Witness]:
    seen = Witness(screen)
    yield seen
    seen.close()
