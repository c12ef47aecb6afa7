"""Keys and text on X11. Whatever the layout lacks is typed with borrowed key codes.

A key code without any symbol is given the wanted one, pressed, and given back at the end. Programs learn of the change
by a message of their own, and read the layout as it is by the time they come to it: so a key pressed too soon gives the
symbol of before, and one whose symbol is changed too soon afterwards gives the one to come. Hence the two waits.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from Xlib import X, Xatom
from Xlib.display import Display
from Xlib.ext import xtest

from conclave.control import Key
from conclave.helper.injection.keys import KEYS, LIFTED_FOR_TEXT

POOL_KEYS = 24
"""Key codes borrowed at most; a layout leaves about so many."""
PACE_S = 0.012
"""From a change to the key: less loses characters in xterm and GTK; measured."""
REUSE_S = 0.3
"""From the key to the next change: a program that a busy computer keeps waiting may be so late."""
EVDEV_OFFSET = 8
_MAX_KEYCODE = 255
_UNICODE = 0x0100_0000
_LATIN_1 = (range(0x20, 0x7F), range(0xA0, 0x100))
_EURO, _EURO_KEYSYM = "€", 0x20AC
_SHIFT_KEYSYM, _CAPS_LOCK = KEYS["ShiftLeft"].keysym, "CapsLock"
_BORROWED = "_CONCLAVE_HELPER_KEYS"
"""A property of the root window: which key codes are borrowed, for whoever comes after a crash."""


class Keyboard:
    """Presses keys and types text on one display."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._root = display.screen().root
        self._first = display.display.info.min_keycode
        self._property = display.intern_atom(_BORROWED)
        self._down: dict[str, int] = {}
        self._give_back()
        self._read_mapping()
        empty = [code for code, symbols in self._symbols.items() if not any(symbols)]
        self._pool = empty[-POOL_KEYS:]
        self._lent: dict[str, int] = {}
        """The least recently used first."""
        self._used_at: dict[int, float] = {}

    def press(self, event: Key) -> None:
        """Press or let go of one key; repetitions are the server's."""
        if not event.down:
            self._fake(X.KeyRelease, self._down.pop(event.code, None))
        elif event.code not in self._down:
            self._follow_mapping()
            self._down[event.code] = keycode = self._find_key(event)
            self._fake(X.KeyPress, keycode)
        self._display.sync()

    def type(self, text: str) -> None:
        """Type text as it stands, whatever modifiers are held."""
        self._follow_mapping()
        lifted = [code for each in LIFTED_FOR_TEXT if (code := self._down.get(each)) is not None]
        mask = self._root.query_pointer().mask
        has_caps_lock = bool(mask & X.LockMask)
        for code in lifted:
            self._fake(X.KeyRelease, code)
        if has_caps_lock:
            self._tap(self._by_name(_CAPS_LOCK))
        for run in self._runs(text):
            self._type_run(run, group=mask >> 13 & 3, has_shift=bool(mask & X.ShiftMask))
        if has_caps_lock:
            self._tap(self._by_name(_CAPS_LOCK))
        for code in lifted:
            self._fake(X.KeyPress, code)
        self._display.flush()

    def release(self) -> None:
        """Let go of every key that is down."""
        while self._down:
            self._fake(X.KeyRelease, self._down.popitem()[1])
        self._display.flush()

    def sweep(self) -> None:
        """Let go of every key that is down on this display, whoever pressed it."""
        for at, bits in enumerate(self._display.query_keymap()):
            for bit in range(8):
                if bits >> bit & 1:
                    self._fake(X.KeyRelease, 8 * at + bit)
        self._display.sync()

    def close(self) -> None:
        """Let go, and give the borrowed key codes back."""
        self.release()
        self._give_back()
        self._display.sync()

    # --- text ---

    def _runs(self, text: str) -> Iterator[str]:
        """Cut text so that no run needs more borrowed keys than there are."""
        run, strange = "", set[str]()
        for character in text:
            is_strange = self._level(character, 0) is None
            if is_strange and character not in strange and len(strange) == len(self._pool):
                yield run
                run, strange = "", set()
            run += character
            if is_strange:
                strange.add(character)
        yield run

    def _type_run(self, run: str, *, group: int, has_shift: bool) -> None:
        plain = {each: found for each in run if (found := self._level(each, group)) is not None}
        if has_shift:
            plain = {each: found for each, found in plain.items() if found[1]}
        self._borrow([each for each in dict.fromkeys(run) if each not in plain])
        shift = self._by_name("ShiftLeft")
        for character in run:
            if character not in plain:
                keycode = self._lent[character]
                self._tap(keycode)
                self._used_at[keycode] = time.monotonic()
            else:
                keycode, needs_shift = plain[character]
                holds_shift = needs_shift and not has_shift
                if holds_shift:
                    self._fake(X.KeyPress, shift)
                self._tap(keycode)
                if holds_shift:
                    self._fake(X.KeyRelease, shift)
        self._display.sync()

    def _borrow(self, characters: list[str]) -> None:
        """Give each character a key code of its own."""
        missing = [each for each in characters if each not in self._lent]
        for each in characters:
            if each in self._lent:
                self._lent[each] = self._lent.pop(each)
        if not missing:
            return
        for each in missing:
            free = [code for code in self._pool if code not in self._lent.values()]
            keycode = free[0] if free else self._lent.pop(next(iter(self._lent)))
            _wait_until(self._used_at.get(keycode, 0.0) + REUSE_S)
            self._lent[each] = keycode
            self._display.change_keyboard_mapping(keycode, [(keysym_of(each),) * 2])
        self._root.change_property(self._property, Xatom.CARDINAL, 32, list(self._lent.values()))
        self._display.sync()
        _wait_until(time.monotonic() + PACE_S)

    def _give_back(self) -> None:
        """Take the symbols off every borrowed key code, those of an earlier run too."""
        borrowed = self._root.get_full_property(self._property, Xatom.CARDINAL)
        for keycode in borrowed.value if borrowed else ():
            if self._first <= keycode <= _MAX_KEYCODE:
                self._display.change_keyboard_mapping(keycode, [(X.NoSymbol,)])
        self._root.delete_property(self._property)
        self._display.sync()

    # --- the layout ---

    def _read_mapping(self) -> None:
        count = self._display.display.info.max_keycode - self._first + 1
        rows = self._display.get_keyboard_mapping(self._first, count)
        self._symbols: dict[int, tuple[int, ...]] = {self._first + at: tuple(row) for at, row in enumerate(rows)}

    def _follow_mapping(self) -> None:
        """Read the layout again when somebody else has changed it."""
        is_stale = False
        while self._display.pending_events():
            event = self._display.next_event()
            if event.type == X.MappingNotify and event.request == X.MappingKeyboard:
                is_stale |= event.first_keycode not in self._pool or event.count > POOL_KEYS
        if is_stale:
            self._lent.clear()
            self._read_mapping()

    def _level(self, character: str, group: int) -> tuple[int, bool] | None:
        """Return the key code that gives a character in the layout in use, and whether that takes Shift."""
        wanted = keysym_of(character)
        for level in (0, 1):
            for keycode, symbols in self._symbols.items():
                at = 2 * group + level
                if at < len(symbols) and symbols[at] == wanted and keycode not in self._pool:
                    return keycode, bool(level)
        return None

    def _find_key(self, event: Key) -> int:
        group = self._root.query_pointer().mask >> 13 & 3
        if event.key:
            found = self._level(event.key.lower(), group) or self._level(event.key, group)
            if found is not None:
                return found[0]
        return self._by_name(event.code)

    def _by_name(self, code: str) -> int:
        position = KEYS[code]
        if position.keysym is not None:
            for keycode, symbols in self._symbols.items():
                if symbols and symbols[0] == position.keysym:
                    return keycode
        return position.evdev + EVDEV_OFFSET

    def _tap(self, keycode: int | None) -> None:
        self._fake(X.KeyPress, keycode)
        self._fake(X.KeyRelease, keycode)

    def _fake(self, kind: int, keycode: int | None) -> None:
        if keycode is not None and self._first <= keycode <= _MAX_KEYCODE:
            xtest.fake_input(self._display, kind, keycode)


def keysym_of(character: str) -> int:
    """Return the X11 keysym that types a character (X protocol, appendix A)."""
    point = ord(character)
    if any(point in each for each in _LATIN_1):
        return point
    return _EURO_KEYSYM if character == _EURO else _UNICODE | point


def _wait_until(when: float) -> None:
    time.sleep(max(0.0, when - time.monotonic()))
