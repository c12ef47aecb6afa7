"""macOS: CGEvent. Monitors only, no clipboard, no hotkey. By the documentation, and not run yet (docs/helper.md)."""

from __future__ import annotations

import ctypes
import re
import sys
from collections.abc import Callable
from ctypes import c_bool, c_double, c_int32, c_int64, c_uint16, c_uint32, c_uint64, c_ulong, c_void_p
from typing import Any

from conclave.control import Button, Clipboard, Event, Key, Move, Reason, Scope, Text, Wheel
from conclave.helper.injection import InjectionError, Unavailable
from conclave.helper.injection.area import Area, find_area
from conclave.helper.injection.keys import KEYS
from conclave.helper.messages import Surface, System

HAND_PT = 2
PIXELS_A_NOTCH = 40
"""As far as a notch moves a page in Safari."""
MAX_DISPLAYS = 16
_HID_TAP, _PIXELS, _CLICK_STATE = 0, 0, 1
_MOVED = 5
_BUTTONS = {"left": (0, 1, 2, 6), "right": (1, 3, 4, 7), "middle": (2, 25, 26, 27)} | {
    "back": (3, 25, 26, 27),
    "forward": (4, 25, 26, 27),
}
"""CGMouseButton, and the types of events for down, up and dragged."""
_FLAGS = {"Shift": 0x20000, "Control": 0x40000, "Alt": 0x80000, "Meta": 0x100000}
_SCREEN_ID = re.compile(r"\Ascreen:(\d+):")
_FRAMEWORK = "/System/Library/Frameworks/ApplicationServices.framework/ApplicationServices"


class Point(ctypes.Structure):
    """CGPoint."""

    _fields_ = (("x", c_double), ("y", c_double))


class Rectangle(ctypes.Structure):
    """CGRect."""

    _fields_ = (("x", c_double), ("y", c_double), ("width", c_double), ("height", c_double))


_SIGNATURES: dict[str, tuple[Any, list[Any]]] = {
    "AXIsProcessTrusted": (c_bool, []),
    "CFRelease": (None, [c_void_p]),
    "CGDisplayBounds": (Rectangle, [c_uint32]),
    "CGEventCreate": (c_void_p, [c_void_p]),
    "CGEventCreateKeyboardEvent": (c_void_p, [c_void_p, c_uint16, c_bool]),
    "CGEventCreateMouseEvent": (c_void_p, [c_void_p, c_uint32, Point, c_uint32]),
    "CGEventCreateScrollWheelEvent2": (c_void_p, [c_void_p, c_uint32, c_uint32, c_int32, c_int32, c_int32]),
    "CGEventGetLocation": (Point, [c_void_p]),
    "CGEventKeyboardSetUnicodeString": (None, [c_void_p, c_ulong, c_void_p]),
    "CGEventPost": (None, [c_uint32, c_void_p]),
    "CGEventSetFlags": (None, [c_void_p, c_uint64]),
    "CGEventSetIntegerValueField": (None, [c_void_p, c_uint32, c_int64]),
    "CGEventSourceKeyState": (c_bool, [c_int32, c_uint16]),
    "CGGetActiveDisplayList": (c_int32, [c_uint32, c_void_p, c_void_p]),
}


class MacInjector:
    """Mouse and keyboard of one login session."""

    system: System = "macos"
    scope = (Scope.MOUSE, Scope.KEYBOARD)

    def __init__(self, graphics: Any = None) -> None:
        self._graphics = graphics or _load()
        if not self._graphics.AXIsProcessTrusted():
            raise Unavailable("allow it under System Settings, Privacy & Security, Accessibility, and start it again")
        self._area: Area | None = None
        self._keys: set[str] = set()
        self._buttons: list[str] = []
        self._at: tuple[int, int] | None = None

    def locate(self, surface: Surface) -> bool:
        """Find a display by its id, else by its size."""
        named = _SCREEN_ID.match(surface.label)
        number = int(named[1]) if named else None
        is_monitor = surface.kind == "monitor"
        size = {"width": surface.width, "height": surface.height}
        self._area = find_area(self._displays(), named=number, **size) if is_monitor else None
        return self._area is not None

    def inject(self, event: Event) -> None:
        """Do what an event says; raises `InjectionError`."""
        match event:
            case Move(x=x, y=y):
                self._move(x, y)
            case Button():
                self._click(event)
            case Wheel(x=x, y=y, dx=dx, dy=dy):
                self._move(x, y)
                across, down = (round(each * PIXELS_A_NOTCH / 120) for each in (dx, dy))
                self._post(self._graphics.CGEventCreateScrollWheelEvent2(None, _PIXELS, 2, -down, -across, 0))
            case Key():
                self._press(event)
            case Text(text=text):
                self._type(text)
            case Clipboard():
                raise InjectionError(Reason.BUSY)

    def release(self) -> None:
        """Let go of what is down."""
        for code in sorted(self._keys):
            self._keys.discard(code)
            self._key(code, down=False)
        x, y = self._at or (0, 0)
        while self._buttons:
            number, _, up, _ = _BUTTONS[self._buttons.pop()]
            self._post(self._graphics.CGEventCreateMouseEvent(None, up, Point(x, y), number))

    def sweep(self) -> None:
        """Let go of modifiers that are down."""
        for code in [f"{name}{side}" for name in _FLAGS for side in ("Left", "Right")]:
            if self._graphics.CGEventSourceKeyState(1, KEYS[code].mac):
                self._key(code, down=False)

    def was_moved_by_hand(self) -> bool:
        """Whether the pointer is not where it was at the last look or where we put it since."""
        before, self._at = self._at, self._pointer()
        return before is not None and max(abs(a - b) for a, b in zip(before, self._at, strict=True)) > HAND_PT

    def read_copied(self) -> str | None:
        """Nothing: the clipboard is not offered here."""
        return None

    def watch_hotkey(self, pressed: Callable[[], None]) -> bool:  # noqa: ARG002
        """Not possible yet: it takes an application's event loop."""
        return False

    def close(self) -> None:
        """Let go of everything."""
        self.release()

    # --- what is posted ---

    def _move(self, x: float, y: float) -> None:
        number, _, _, dragged = _BUTTONS[self._buttons[-1]] if self._buttons else (0, 0, 0, _MOVED)
        self._post(self._graphics.CGEventCreateMouseEvent(None, dragged, Point(*self._place(x, y)), number))

    def _click(self, event: Button) -> None:
        number, down, up, _ = _BUTTONS[event.button]
        if not event.down and event.button not in self._buttons:
            return
        place = Point(*self._place(event.x, event.y))
        if event.down:
            self._buttons.append(event.button)
        else:
            self._buttons.remove(event.button)
        made = self._graphics.CGEventCreateMouseEvent(None, down if event.down else up, place, number)
        self._graphics.CGEventSetIntegerValueField(made, _CLICK_STATE, 1)
        self._post(made)

    def _press(self, event: Key) -> None:
        if not event.down and event.code not in self._keys:
            return
        (self._keys.add if event.down else self._keys.discard)(event.code)
        self._key(event.code, down=event.down)

    def _key(self, code: str, *, down: bool) -> None:
        number = KEYS[code].mac
        if number is None:
            raise InjectionError(Reason.BUSY)
        made = self._graphics.CGEventCreateKeyboardEvent(None, number, down)
        held = {name for name in _FLAGS for each in self._keys if each.startswith(name)}
        self._graphics.CGEventSetFlags(made, sum(_FLAGS[name] for name in held))
        self._post(made)

    def _type(self, text: str) -> None:
        encoded = text.encode("utf-16-le")
        units = (c_uint16 * (len(encoded) // 2)).from_buffer_copy(encoded)
        for down in (True, False):
            made = self._graphics.CGEventCreateKeyboardEvent(None, 0, down)
            self._graphics.CGEventSetFlags(made, 0)
            self._graphics.CGEventKeyboardSetUnicodeString(made, len(units), units)
            self._post(made)

    def _post(self, made: Any) -> None:
        if not made:
            raise InjectionError(Reason.BUSY)
        self._graphics.CGEventPost(_HID_TAP, made)
        self._graphics.CFRelease(made)

    # --- what there is ---

    def _place(self, x: float, y: float) -> tuple[int, int]:
        if self._area is None:
            raise InjectionError(Reason.SURFACE)
        self._at = self._area.place(x, y)
        return self._at

    def _pointer(self) -> tuple[int, int]:
        made = self._graphics.CGEventCreate(None)
        point = self._graphics.CGEventGetLocation(made)
        self._graphics.CFRelease(made)
        return round(point.x), round(point.y)

    def _displays(self) -> dict[int, Area]:
        ids, count = (c_uint32 * MAX_DISPLAYS)(), c_uint32()
        self._graphics.CGGetActiveDisplayList(MAX_DISPLAYS, ids, ctypes.byref(count))
        bounds = {each: self._graphics.CGDisplayBounds(each) for each in ids[: count.value]}
        return {each: Area(int(b.x), int(b.y), int(b.width), int(b.height)) for each, b in bounds.items()}


def _load() -> Any:
    if sys.platform == "darwin":
        graphics = ctypes.CDLL(_FRAMEWORK)
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(graphics, name)
            function.restype, function.argtypes = result, arguments
        return graphics
    raise Unavailable("this is not macOS")
