"""Windows: SendInput. Monitors only, no clipboard. Written by the documentation, and not run yet (docs/helper.md)."""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Callable
from ctypes import wintypes
from typing import Any

from conclave.control import Button, Clipboard, Event, Key, Move, Reason, Scope, Text, Wheel
from conclave.helper.injection import InjectionError, Unavailable
from conclave.helper.injection.area import Area, find_area
from conclave.helper.injection.keys import KEYS, LIFTED_FOR_TEXT
from conclave.helper.messages import Surface, System

HAND_PX = 2
_MOUSE, _KEYBOARD = 0, 1
_MOVE = 0x0001 | 0x4000 | 0x8000  # MOVE, VIRTUALDESK, ABSOLUTE
_WHEEL, _HWHEEL = 0x0800, 0x1000
_EXTENDED, _UP, _UNICODE, _SCANCODE = 1, 2, 4, 8
_BUTTONS = {"left": (2, 4, 0), "right": (8, 16, 0), "middle": (32, 64, 0)} | {
    "back": (128, 256, 1),
    "forward": (128, 256, 2),
}
"""Flags for down and up, and which of the X buttons."""
_VIRTUAL_SCREEN = (76, 77, 78, 79)
"""SM_XVIRTUALSCREEN, SM_YVIRTUALSCREEN, SM_CXVIRTUALSCREEN, SM_CYVIRTUALSCREEN."""
_PER_MONITOR_AWARE_V2 = -4
_MOD_ALT_CONTROL_NOREPEAT, _VK_END, _WM_HOTKEY = 0x4003, 0x23, 0x0312
_SWEPT = {"ShiftLeft": 0xA0, "ShiftRight": 0xA1, "ControlLeft": 0xA2, "ControlRight": 0xA3} | {
    "AltLeft": 0xA4,
    "AltRight": 0xA5,
    "MetaLeft": 0x5B,
    "MetaRight": 0x5C,
}
"""Keys that do harm when they stay down, as virtual keys; others end with their next press."""


class _MouseInput(ctypes.Structure):
    _fields_ = (
        ("dx", ctypes.c_int32),
        ("dy", ctypes.c_int32),
        ("mouseData", ctypes.c_uint32),
        ("dwFlags", ctypes.c_uint32),
        ("time", ctypes.c_uint32),
        ("dwExtraInfo", ctypes.c_size_t),
    )


class _KeyInput(ctypes.Structure):
    _fields_ = (
        ("wVk", ctypes.c_uint16),
        ("wScan", ctypes.c_uint16),
        ("dwFlags", ctypes.c_uint32),
        ("time", ctypes.c_uint32),
        ("dwExtraInfo", ctypes.c_size_t),
    )


class _Union(ctypes.Union):
    _fields_ = (("mi", _MouseInput), ("ki", _KeyInput))


class Input(ctypes.Structure):
    """INPUT of winuser.h."""

    _fields_ = (("type", ctypes.c_uint32), ("u", _Union))


class WindowsInjector:
    """Mouse and keyboard of one Windows session."""

    system: System = "windows"
    scope = (Scope.MOUSE, Scope.KEYBOARD)

    def __init__(self, user32: Any = None) -> None:
        self._user32 = user32 or _load()
        self._user32.SetProcessDpiAwarenessContext(ctypes.c_void_p(_PER_MONITOR_AWARE_V2))
        self._area: Area | None = None
        self._down: dict[str, Input] = {}
        """What would let go of each key and button that is down."""
        self._at: tuple[int, int] | None = None

    def locate(self, surface: Surface) -> bool:
        """Find a monitor, by its size if there are several."""
        areas = dict(enumerate(self._monitors()))
        is_monitor = surface.kind == "monitor"
        self._area = find_area(areas, named=None, width=surface.width, height=surface.height) if is_monitor else None
        return self._area is not None

    def inject(self, event: Event) -> None:
        """Do what an event says; raises `InjectionError`."""
        self._send(self._inputs(event))
        if isinstance(event, Move | Button | Wheel):
            self._at = self._pointer()

    def release(self) -> None:
        """Let go of what is down."""
        held, self._down = list(self._down.values()), {}
        self._send(held)

    def sweep(self) -> None:
        """Let go of modifiers that are down."""
        stuck = [code for code, virtual in _SWEPT.items() if self._user32.GetAsyncKeyState(virtual) & 0x8000]
        self._send([_by_place(code, down=False) for code in stuck])

    def was_moved_by_hand(self) -> bool:
        """Whether the pointer is not where it was at the last look or where we put it since."""
        before, self._at = self._at, self._pointer()
        return before is not None and max(abs(a - b) for a, b in zip(before, self._at, strict=True)) > HAND_PX

    def read_copied(self) -> str | None:
        """Nothing: the clipboard is not offered here."""
        return None

    def watch_hotkey(self, pressed: Callable[[], None]) -> bool:
        """Watch in a thread: hotkeys come to the thread that has registered them."""
        registered: list[bool] = []
        ready = threading.Event()

        def watch() -> None:
            is_ours = self._user32.RegisterHotKey(None, 1, _MOD_ALT_CONTROL_NOREPEAT, _VK_END)
            registered.append(bool(is_ours))
            ready.set()
            message = wintypes.MSG()
            while is_ours and self._user32.GetMessageW(ctypes.byref(message), None, 0, 0) > 0:
                if message.message == _WM_HOTKEY:
                    pressed()

        threading.Thread(target=watch, name="hotkey", daemon=True).start()
        ready.wait()
        return registered[0]

    def close(self) -> None:
        """Let go of everything."""
        self.release()

    # --- what is sent ---

    def _inputs(self, event: Event) -> list[Input]:
        match event:
            case Move(x=x, y=y):
                return [self._move(x, y)]
            case Button():
                return self._click(event)
            case Wheel(x=x, y=y, dx=dx, dy=dy):
                turns = [(_HWHEEL, dx)] * (dx != 0) + [(_WHEEL, -dy)] * (dy != 0)
                return [self._move(x, y), *(_mouse(flags, data=data) for flags, data in turns)]
            case Key():
                return self._press(event)
            case Text(text=text):
                lifted = [self._down[code] for code in LIFTED_FOR_TEXT if code in self._down]
                pressed_again = [_by_place(code, down=True) for code in LIFTED_FOR_TEXT if code in self._down]
                return [*lifted, *_typed(text), *pressed_again]
            case Clipboard():
                raise InjectionError(Reason.BUSY)

    def _click(self, event: Button) -> list[Input]:
        down, up, data = _BUTTONS[event.button]
        if event.down:
            self._down[event.button] = _mouse(up, data=data)
            return [self._move(event.x, event.y), _mouse(down, data=data)]
        release = self._down.pop(event.button, None)
        return [] if release is None else [self._move(event.x, event.y), release]

    def _press(self, event: Key) -> list[Input]:
        if not event.down:
            release = self._down.pop(event.code, None)
            return [] if release is None else [release]
        # Going down again is a repetition: Windows leaves that to the keyboard.
        virtual = self._user32.VkKeyScanW(ord(event.key)) if len(event.key.encode("utf-16-le")) == 2 else -1
        if virtual & 0xFFFF in (0xFFFF, 0):
            self._down[event.code] = _by_place(event.code, down=False)
            return [_by_place(event.code, down=True)]
        self._down[event.code] = _key(virtual & 0xFF, 0, _UP)
        return [_key(virtual & 0xFF, 0, 0)]

    def _move(self, x: float, y: float) -> Input:
        if self._area is None:
            raise InjectionError(Reason.SURFACE)
        left, top, width, height = (self._user32.GetSystemMetrics(each) for each in _VIRTUAL_SCREEN)
        at_x, at_y = self._area.place(x, y)
        return _mouse(_MOVE, _normal(at_x - left, width), _normal(at_y - top, height))

    def _send(self, inputs: list[Input]) -> None:
        if not inputs:
            return
        array = (Input * len(inputs))(*inputs)
        # Less than all means that a window of more privilege, or the lock screen, is in front.
        if self._user32.SendInput(len(inputs), array, ctypes.sizeof(Input)) != len(inputs):
            raise InjectionError(Reason.BUSY)

    # --- what there is ---

    def _pointer(self) -> tuple[int, int]:
        point = wintypes.POINT()
        self._user32.GetCursorPos(ctypes.byref(point))
        return point.x, point.y

    def _monitors(self) -> list[Area]:
        found: list[Area] = []

        def take(_monitor: int, _context: int, rectangle: Any, _data: int) -> int:
            edges = rectangle.contents
            found.append(Area(edges.left, edges.top, edges.right - edges.left, edges.bottom - edges.top))
            return 1

        self._user32.EnumDisplayMonitors(None, None, _monitor_procedure(take), 0)
        return found


def _load() -> Any:
    if sys.platform == "win32":
        return ctypes.WinDLL("user32", use_last_error=True)
    raise Unavailable("this is not Windows")


def _monitor_procedure(take: Callable[[int, int, Any, int], int]) -> Any:
    make = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)
    rectangle = ctypes.POINTER(wintypes.RECT)
    return make(ctypes.c_int, wintypes.HMONITOR, wintypes.HDC, rectangle, wintypes.LPARAM)(take)


def _normal(pixel: int, pixels: int) -> int:
    """Return a place of the virtual screen in 65,535ths, rounded so that Windows comes back to the same pixel."""
    return (pixel * 65_536 + 32_768) // max(1, pixels)


def _mouse(flags: int, dx: int = 0, dy: int = 0, *, data: int = 0) -> Input:
    return Input(_MOUSE, _Union(mi=_MouseInput(dx, dy, data & 0xFFFF_FFFF, flags, 0, 0)))


def _key(virtual: int, scan: int, flags: int) -> Input:
    return Input(_KEYBOARD, _Union(ki=_KeyInput(virtual, scan, flags, 0, 0)))


def _by_place(code: str, *, down: bool) -> Input:
    scan = KEYS[code].scan
    extended = _EXTENDED if scan > 0xFF else 0
    return _key(0, scan & 0xFF, _SCANCODE | extended | (0 if down else _UP))


def _typed(text: str) -> list[Input]:
    """Return what types a text: UTF-16, as characters and not as keys."""
    units = memoryview(text.encode("utf-16-le")).cast("H")
    return [_key(0, unit, _UNICODE | up) for unit in units for up in (0, _UP)]
