"""Wayland: uinput, the kernel's own way. By the documentation, and not run on a desktop yet (docs/helper.md).

The kernel knows keys and no characters: text is typed on a keyboard taken for a US one, and what that lacks is refused.
It knows no pointer either, so nobody can tell whether it was moved by hand.
"""

from __future__ import annotations

import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from conclave.control import Button, Clipboard, Event, Key, Move, Reason, Scope, Text, Wheel
from conclave.helper.injection import InjectionError, Unavailable
from conclave.helper.injection.keys import KEYS, LIFTED_FOR_TEXT
from conclave.helper.injection.notches import Notches
from conclave.helper.messages import Surface, System

DEVICE = Path("/dev/uinput")
SETTLE_S = 0.3
"""Until the compositor has taken up the new device."""
ABSOLUTE_MAX = 65_535
_EV_SYN, _EV_KEY, _EV_REL, _EV_ABS = 0, 1, 2, 3
_WHEEL, _HWHEEL, _WHEEL_HI_RES, _HWHEEL_HI_RES = 8, 6, 11, 12
_BUTTONS = {"left": 0x110, "right": 0x111, "middle": 0x112, "back": 0x116, "forward": 0x115}
_SET_EVENT, _SET_KEY, _SET_REL, _SET_ABS = 0x40045564, 0x40045565, 0x40045566, 0x40045567
_CREATE, _ABS_SETUP, _SETUP = 0x5501, 0x401C5504, 0x405C5503
_BUS_VIRTUAL = 6
_EVENT = struct.Struct("llHHi")

_SYMBOLS = {"Minus": "-_", "Equal": "=+", "BracketLeft": "[{", "BracketRight": "]}", "Backslash": "\\|"} | {
    "Semicolon": ";:",
    "Quote": "'\"",
    "Backquote": "`~",
    "Comma": ",<",
    "Period": ".>",
    "Slash": "/?",
}
_US = [(f"Key{each}", each.lower() + each) for each in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
_US += [(f"Digit{digit}", digit + shifted) for digit, shifted in zip("1234567890", "!@#$%^&*()", strict=True)]
_US += [*_SYMBOLS.items(), ("Space", " ")]
CHARACTERS = {each: (code, bool(at)) for code, both in _US for at, each in enumerate(both)}
"""What a US keyboard types: on which key, and whether with Shift."""


class UinputInjector:
    """One virtual keyboard and one virtual tablet."""

    system: System = "wayland"
    scope = (Scope.MOUSE, Scope.KEYBOARD)

    def __init__(
        self, device: IO[bytes] | None = None, *, setup: Callable[[int, int, bytes | int], None] | None = None
    ):
        try:
            self._device = device or DEVICE.open("wb", buffering=0)
        except OSError as error:
            raise Unavailable(f"{DEVICE}: {error.strerror}; docs/helper.md says how to allow it") from error
        self._setup = setup or _ioctl
        self._create()
        self._has_surface = False
        self._down: dict[str, int] = {}
        self._notches = Notches()

    def locate(self, surface: Surface) -> bool:
        """Take the one monitor there is: where several are, nothing here tells which is shared."""
        self._has_surface = surface.kind == "monitor" and _connected_monitors() == 1
        return self._has_surface

    def inject(self, event: Event) -> None:
        """Do what an event says; raises `InjectionError`."""
        match event:
            case Move(x=x, y=y):
                self._write(*self._point(x, y))
            case Button(x=x, y=y, button=button, down=down):
                self._write(*self._point(x, y))
                self._hold(button, _BUTTONS[button], down=down)
            case Wheel(x=x, y=y, dx=dx, dy=dy):
                across, turned = self._notches.turn(dx, dy)
                turns = [(_HWHEEL_HI_RES, dx), (_WHEEL_HI_RES, -dy), (_HWHEEL, across), (_WHEEL, -turned)]
                self._write(*self._point(x, y), *((_EV_REL, code, value) for code, value in turns if value))
            case Key(code=code, key=key, down=down):
                by_meaning = CHARACTERS.get(key.lower(), (code, False))[0]
                self._hold(code, KEYS[by_meaning].evdev, down=down)
            case Text(text=text):
                self._type(text)
            case Clipboard():
                raise InjectionError(Reason.BUSY)

    def release(self) -> None:
        """Let go of what is down."""
        while self._down:
            self._write((_EV_KEY, self._down.popitem()[1], 0))

    def sweep(self) -> None:
        """Nothing to do: the kernel lets go of a device's keys when its program ends, however it ends."""

    def was_moved_by_hand(self) -> bool:
        """Nobody can tell."""
        return False

    def read_copied(self) -> str | None:
        """Nothing: the clipboard is not offered here."""
        return None

    def watch_hotkey(self, pressed: Callable[[], None]) -> bool:  # noqa: ARG002
        """Not possible: keys belong to the compositor."""
        return False

    def close(self) -> None:
        """Let go of everything; the kernel takes the device away."""
        self.release()
        self._device.close()

    def _create(self) -> None:
        for kind in (_EV_KEY, _EV_REL, _EV_ABS):
            self._setup(self._device.fileno(), _SET_EVENT, kind)
        for code in [*(each.evdev for each in KEYS.values()), *_BUTTONS.values()]:
            self._setup(self._device.fileno(), _SET_KEY, code)
        for code in (_WHEEL, _HWHEEL, _WHEEL_HI_RES, _HWHEEL_HI_RES):
            self._setup(self._device.fileno(), _SET_REL, code)
        for axis in (0, 1):
            self._setup(self._device.fileno(), _SET_ABS, axis)
            limits = struct.pack("Hxx6i", axis, 0, 0, ABSOLUTE_MAX, 0, 0, 0)
            self._setup(self._device.fileno(), _ABS_SETUP, limits)
        named = struct.pack("4H80sI", _BUS_VIRTUAL, 0, 0, 1, b"Conclave Helper", 0)
        self._setup(self._device.fileno(), _SETUP, named)
        self._setup(self._device.fileno(), _CREATE, 0)
        time.sleep(SETTLE_S)

    def _point(self, x: float, y: float) -> list[tuple[int, int, int]]:
        if not self._has_surface:
            raise InjectionError(Reason.SURFACE)
        return [(_EV_ABS, 0, round(x * ABSOLUTE_MAX)), (_EV_ABS, 1, round(y * ABSOLUTE_MAX))]

    def _hold(self, name: str, code: int, *, down: bool) -> None:
        if down and name not in self._down:
            self._down[name] = code
            self._write((_EV_KEY, code, 1))
        elif not down and (held := self._down.pop(name, None)) is not None:
            self._write((_EV_KEY, held, 0))

    def _type(self, text: str) -> None:
        """Type what a US keyboard has; raises `InjectionError` before the first character if it lacks one."""
        if any(each not in CHARACTERS for each in text):
            raise InjectionError(Reason.BUSY)
        lifted = [code for name, code in self._down.items() if name in (*LIFTED_FOR_TEXT, "ShiftLeft", "ShiftRight")]
        shift = KEYS["ShiftLeft"].evdev
        self._write(*((_EV_KEY, code, 0) for code in lifted))
        for name, needs_shift in (CHARACTERS[each] for each in text):
            code = KEYS[name].evdev
            for step in [(shift, 1)] * needs_shift + [(code, 1), (code, 0)] + [(shift, 0)] * needs_shift:
                self._write((_EV_KEY, *step))
        self._write(*((_EV_KEY, code, 1) for code in lifted))

    def _write(self, *events: tuple[int, int, int]) -> None:
        if not events:
            return
        try:
            self._device.write(b"".join(_EVENT.pack(0, 0, *each) for each in (*events, (_EV_SYN, 0, 0))))
        except OSError as error:
            raise InjectionError(Reason.BUSY) from error


def _connected_monitors() -> int:
    return sum(each.read_text("ascii").strip() == "connected" for each in Path("/sys/class/drm").glob("card*-*/status"))


def _ioctl(device: int, request: int, value: bytes | int) -> None:
    if sys.platform == "linux":
        import fcntl

        fcntl.ioctl(device, request, value)
