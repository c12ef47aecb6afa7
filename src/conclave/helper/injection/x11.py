"""X11: XTEST for mouse and keys, RandR for monitors."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from Xlib import X, Xatom
from Xlib.display import Display
from Xlib.error import BadDrawable, BadWindow, DisplayError, XError
from Xlib.ext import xtest

from conclave.control import Button, Clipboard, Event, Key, Move, Reason, Scope, Text, Wheel
from conclave.helper.injection import InjectionError, Unavailable
from conclave.helper.injection.area import Area, find_area
from conclave.helper.injection.notches import Notches
from conclave.helper.injection.x11_clipboard import X11Clipboard
from conclave.helper.injection.x11_hotkey import watch_hotkey
from conclave.helper.injection.x11_keyboard import Keyboard
from conclave.helper.messages import Surface, System

BUTTONS = {"left": 1, "middle": 2, "right": 3, "back": 8, "forward": 9}
_WHEEL = {"up": 4, "down": 5, "left": 6, "right": 7}
HAND_PX = 2
"""A pointer that is further away than that from where we put it was moved by somebody else."""
_SCREEN_ID = re.compile(r"\Ascreen:(\d+):")
_WINDOW_ID = re.compile(r"\Awindow:(\d+):")
"""What Chromium puts into the label of a captured surface: the monitor's name as an atom, the window's id."""


class X11Injector:
    """Mouse, keyboard and clipboard of one X display."""

    system: System = "x11"
    scope = tuple(Scope)

    def __init__(self, name: str | None = None) -> None:
        try:
            self._display = Display(name)
        except (DisplayError, OSError) as error:
            raise Unavailable(f"no X display can be opened: {error}") from error
        if not self._display.has_extension("XTEST"):
            raise Unavailable("this X display has no XTEST extension")
        self._name = self._display.get_display_name()
        self._display.set_error_handler(_overlook)
        self._root = self._display.screen().root
        self._keyboard = Keyboard(self._display)
        self._clipboard = X11Clipboard(self._name)
        self._notches = Notches()
        self._buttons: set[int] = set()
        self._find: Callable[[], Area] | None = None
        self._window: int | None = None
        self._at: tuple[int, int] | None = None
        self._end_hotkey: Callable[[], None] | None = None

    def locate(self, surface: Surface) -> bool:
        """Find a monitor or a window by the id in its label, else by what can be told of it."""
        self._find, self._window = None, None
        if surface.kind == "monitor":
            area = self._find_monitor(surface)
            self._find = None if area is None else lambda: area
        elif surface.kind == "window":
            self._window = self._find_window(surface)
            self._find = self._window_area if self._window is not None else None
        return self._find is not None

    def inject(self, event: Event) -> None:
        """Do what an event says; raises `InjectionError`."""
        try:
            match event:
                case Move(x=x, y=y):
                    self._point(x, y)
                case Button(x=x, y=y):
                    self._click(event)
                case Wheel(x=x, y=y):
                    self._point(x, y)
                    self._roll(event)
                case Key():
                    self._keyboard.press(event)
                case Text(text=text):
                    self._keyboard.type(text)
                case Clipboard(text=text):
                    self._clipboard.write(text)
        except XError as error:
            raise InjectionError(Reason.BUSY) from error

    def release(self) -> None:
        """Let go of what is down."""
        for button in self._buttons:
            xtest.fake_input(self._display, X.ButtonRelease, button)
        self._buttons.clear()
        self._keyboard.release()

    def sweep(self) -> None:
        """Let go of every key and button of this display."""
        for button in BUTTONS.values():
            xtest.fake_input(self._display, X.ButtonRelease, button)
        self._keyboard.sweep()

    def was_moved_by_hand(self) -> bool:
        """Whether the pointer is not where it was at the last look or where we put it since."""
        before, self._at = self._at, self._pointer()
        return before is not None and max(abs(a - b) for a, b in zip(before, self._at, strict=True)) > HAND_PX

    def read_copied(self) -> str | None:
        """Return what was copied since the last look."""
        return self._clipboard.take_copied()

    def watch_hotkey(self, pressed: Callable[[], None]) -> bool:
        """Watch for the hotkey on a connection of its own."""
        self._end_hotkey = watch_hotkey(self._name, pressed)
        return self._end_hotkey is not None

    def close(self) -> None:
        """Let go of everything."""
        self.release()
        if self._end_hotkey is not None:
            self._end_hotkey()
        self._keyboard.close()
        self._clipboard.close()
        self._display.close()

    # --- the pointer ---

    def _click(self, event: Button) -> None:
        number = BUTTONS[event.button]
        if event.down:
            self._point(event.x, event.y)
            self._buttons.add(number)
            xtest.fake_input(self._display, X.ButtonPress, number)
        elif number in self._buttons:
            self._buttons.discard(number)
            if self._find is not None:
                self._move(*self._find().place(event.x, event.y))
            xtest.fake_input(self._display, X.ButtonRelease, number)
        self._display.sync()

    def _roll(self, event: Wheel) -> None:
        across, down = self._notches.turn(event.dx, event.dy)
        for number, notches in ((_WHEEL["right"], across), (_WHEEL["left"], -across)):
            self._turn(number, notches)
        for number, notches in ((_WHEEL["down"], down), (_WHEEL["up"], -down)):
            self._turn(number, notches)
        self._display.flush()

    def _turn(self, button: int, notches: int) -> None:
        for _ in range(notches):
            xtest.fake_input(self._display, X.ButtonPress, button)
            xtest.fake_input(self._display, X.ButtonRelease, button)

    def _point(self, x: float, y: float) -> None:
        """Move the pointer to a place of the surface; raises `InjectionError` when something else is there."""
        if self._find is None:
            raise InjectionError(Reason.SURFACE)
        place = self._find().place(x, y)
        if self._window is not None and not self._buttons and self._top_at(*place) != self._top_of(self._window):
            raise InjectionError(Reason.SURFACE)
        self._move(*place)

    def _move(self, x: int, y: int) -> None:
        xtest.fake_input(self._display, X.MotionNotify, x=x, y=y)
        self._at = self._pointer()

    def _pointer(self) -> tuple[int, int]:
        found = self._root.query_pointer()
        return found.root_x, found.root_y

    # --- the surface ---

    def _find_monitor(self, surface: Surface) -> Area | None:
        monitors: list[Any] = self._root.xrandr_get_monitors().monitors
        areas = {each.name: Area(each.x, each.y, each.width_in_pixels, each.height_in_pixels) for each in monitors}
        named = _SCREEN_ID.match(surface.label)
        number = int(named[1]) if named else None
        return find_area(areas, named=number, width=surface.width, height=surface.height)

    def _find_window(self, surface: Surface) -> int | None:
        named = _WINDOW_ID.match(surface.label)
        window = int(named[1]) if named is not None else self._find_title(surface.label)
        try:
            if window is not None:
                self._display.create_resource_object("window", window).get_attributes()
        except (BadWindow, BadDrawable):
            return None
        return window

    def _find_title(self, title: str) -> int | None:
        """Return the one window with a title, if there is exactly one."""
        listed = self._root.get_full_property(self._display.intern_atom("_NET_CLIENT_LIST"), Xatom.WINDOW)
        windows = [self._display.create_resource_object("window", each) for each in (listed.value if listed else ())]
        name = self._display.intern_atom("_NET_WM_NAME")
        alike = []
        for window in windows:
            found = window.get_full_property(name, X.AnyPropertyType)
            if found and bytes(found.value).decode("utf-8", "replace") == title:
                alike.append(window.id)
        return alike[0] if len(alike) == 1 else None

    def _window_area(self) -> Area:
        window = self._display.create_resource_object("window", self._window or X.NONE)
        try:
            size = window.get_geometry()
            corner = self._root.translate_coords(window, 0, 0)
        except (BadWindow, BadDrawable) as error:
            raise InjectionError(Reason.SURFACE) from error
        return Area(corner.x, corner.y, size.width, size.height)

    def _top_at(self, x: int, y: int) -> int:
        """Return the child of the root that is seen at a place."""
        child = self._root.translate_coords(self._root, x, y).child
        return child.id if child else X.NONE

    def _top_of(self, window: int) -> int:
        """Return the child of the root that a window is in: its frame, or itself."""
        current = self._display.create_resource_object("window", window)
        while (parent := current.query_tree().parent) and parent.id != self._root.id:
            current = parent
        return current.id


def _overlook(_error: XError, _request: object) -> None:
    """Errors of requests without an answer; the default prints them."""
