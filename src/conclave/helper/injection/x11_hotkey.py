"""The hotkey that stops control, on X11: a grab on the root window."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

from Xlib import XK, X
from Xlib.display import Display
from Xlib.error import CatchError, ConnectionClosedError

_LOCKS = (0, X.LockMask, X.Mod2Mask, X.LockMask | X.Mod2Mask)
"""Caps Lock and Num Lock must not keep it from working."""


def watch_hotkey(display_name: str, pressed: Callable[[], None]) -> Callable[[], None] | None:
    """Call `pressed` from a thread when Ctrl+Alt+End is pressed.

    Return what ends that, or None when another program has the hotkey already.
    """
    display = Display(display_name)
    root = display.screen().root
    keycode = display.keysym_to_keycode(XK.XK_End)
    taken = CatchError()
    for locks in _LOCKS:
        modifiers = X.ControlMask | X.Mod1Mask | locks
        root.grab_key(keycode, modifiers, False, X.GrabModeAsync, X.GrabModeAsync, onerror=taken)  # noqa: FBT003
    display.sync()
    if taken.get_error():
        display.close()
        return None
    threading.Thread(target=_watch, args=(display, pressed), name="hotkey", daemon=True).start()
    return lambda: display.display.socket.shutdown(socket.SHUT_RDWR)  # closing would not wake the thread


def _watch(display: Display, pressed: Callable[[], None]) -> None:
    try:
        while True:
            if display.next_event().type == X.KeyPress:
                pressed()
    except ConnectionClosedError:
        display.display.socket.close()
