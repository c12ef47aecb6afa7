"""The keys of a keyboard by the names of UI Events, as each system counts them. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Position:
    """Where a key is: what Linux, Windows and macOS call it, and X11's keysym where the place alone is not enough."""

    evdev: int
    """linux/input-event-codes.h; X11 adds 8."""
    scan: int
    """Set 1 as Windows has it; 0xE000 marks an extended key."""
    mac: int | None
    """HIToolbox's virtual key code; None where Apple's keyboards have no such key."""
    keysym: int | None
    """Of keys that give no character: found by what they mean, wherever the layout has put them."""


# name evdev scan mac keysym, in hexadecimal; "-" for none.
_TABLE = """
Escape 01 01 35 ff1b|Digit1 02 02 12 -|Digit2 03 03 13 -|Digit3 04 04 14 -|Digit4 05 05 15 -|Digit5 06 06 17 -
Digit6 07 07 16 -|Digit7 08 08 1a -|Digit8 09 09 1c -|Digit9 0a 0a 19 -|Digit0 0b 0b 1d -|Minus 0c 0c 1b -
Equal 0d 0d 18 -|Backspace 0e 0e 33 ff08|Tab 0f 0f 30 ff09|KeyQ 10 10 0c -|KeyW 11 11 0d -|KeyE 12 12 0e -
KeyR 13 13 0f -|KeyT 14 14 11 -|KeyY 15 15 10 -|KeyU 16 16 20 -|KeyI 17 17 22 -|KeyO 18 18 1f -|KeyP 19 19 23 -
BracketLeft 1a 1a 21 -|BracketRight 1b 1b 1e -|Enter 1c 1c 24 ff0d|ControlLeft 1d 1d 3b ffe3|KeyA 1e 1e 00 -
KeyS 1f 1f 01 -|KeyD 20 20 02 -|KeyF 21 21 03 -|KeyG 22 22 05 -|KeyH 23 23 04 -|KeyJ 24 24 26 -|KeyK 25 25 28 -
KeyL 26 26 25 -|Semicolon 27 27 29 -|Quote 28 28 27 -|Backquote 29 29 32 -|ShiftLeft 2a 2a 38 ffe1
Backslash 2b 2b 2a -|KeyZ 2c 2c 06 -|KeyX 2d 2d 07 -|KeyC 2e 2e 08 -|KeyV 2f 2f 09 -|KeyB 30 30 0b -
KeyN 31 31 2d -|KeyM 32 32 2e -|Comma 33 33 2b -|Period 34 34 2f -|Slash 35 35 2c -|ShiftRight 36 36 3c ffe2
NumpadMultiply 37 37 43 ffaa|AltLeft 38 38 3a ffe9|Space 39 39 31 -|CapsLock 3a 3a 39 ffe5|F1 3b 3b 7a ffbe
F2 3c 3c 78 ffbf|F3 3d 3d 63 ffc0|F4 3e 3e 76 ffc1|F5 3f 3f 60 ffc2|F6 40 40 61 ffc3|F7 41 41 62 ffc4
F8 42 42 64 ffc5|F9 43 43 65 ffc6|F10 44 44 6d ffc7|NumLock 45 e045 47 ff7f|ScrollLock 46 46 - ff14
Numpad7 47 47 59 -|Numpad8 48 48 5b -|Numpad9 49 49 5c -|NumpadSubtract 4a 4a 4e ffad|Numpad4 4b 4b 56 -
Numpad5 4c 4c 57 -|Numpad6 4d 4d 58 -|NumpadAdd 4e 4e 45 ffab|Numpad1 4f 4f 53 -|Numpad2 50 50 54 -
Numpad3 51 51 55 -|Numpad0 52 52 52 -|NumpadDecimal 53 53 41 -|IntlBackslash 56 56 0a -|F11 57 57 67 ffc8
F12 58 58 6f ffc9|IntlRo 59 73 5e -|NumpadEnter 60 e01c 4c ff8d|ControlRight 61 e01d 3e ffe4
NumpadDivide 62 e035 4b ffaf|PrintScreen 63 e037 - ff61|AltRight 64 e038 3d -|Home 66 e047 73 ff50
ArrowUp 67 e048 7e ff52|PageUp 68 e049 74 ff55|ArrowLeft 69 e04b 7b ff51|ArrowRight 6a e04d 7c ff53
End 6b e04f 77 ff57|ArrowDown 6c e050 7d ff54|PageDown 6d e051 79 ff56|Insert 6e e052 72 ff63
Delete 6f e053 75 ffff|NumpadEqual 75 59 51 ffbd|Pause 77 45 - ff13|NumpadComma 79 7e 5f ffac|IntlYen 7c 7d 5d -
MetaLeft 7d e05b 37 ffeb|MetaRight 7e e05c 36 ffec|ContextMenu 7f e05d 6e ff67|F13 b7 64 69 ffca|F14 b8 65 6b ffcb
F15 b9 66 71 ffcc|F16 ba 67 6a ffcd|F17 bb 68 40 ffce|F18 bc 69 4f ffcf|F19 bd 6a 50 ffd0|F20 be 6b 5a ffd1
F21 bf 6c - ffd2|F22 c0 6d - ffd3|F23 c1 6e - ffd4|F24 c2 76 - ffd5
"""


def _read(row: str) -> tuple[str, Position]:
    name, evdev, scan, mac, keysym = row.split()
    optional = [None if text == "-" else int(text, 16) for text in (mac, keysym)]
    return name, Position(int(evdev, 16), int(scan, 16), *optional)


KEYS: dict[str, Position] = dict(_read(row) for line in _TABLE.split("\n") for row in line.split("|") if row)

LIFTED_FOR_TEXT = ("ControlLeft", "ControlRight", "AltLeft", "AltRight", "MetaLeft", "MetaRight")
"""Modifiers with which a character is a shortcut; text is typed without them."""
