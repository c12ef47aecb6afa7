"""The clipboard of X11: what we hold we hand to whoever pastes; what others copy we look at (ICCCM, section 2)."""

from __future__ import annotations

import os
import select
import threading
from typing import Any

from Xlib import X, Xatom
from Xlib.display import Display
from Xlib.error import ConnectionClosedError, XError
from Xlib.protocol import event as events

from conclave.control import MAX_CLIPBOARD_CHARACTERS

_MAX_WORDS = MAX_CLIPBOARD_CHARACTERS
"""Of 4 bytes: as many as the longest text takes in UTF-8."""


class X11Clipboard:
    """Serves and watches CLIPBOARD, in a thread with a connection of its own."""

    def __init__(self, display_name: str) -> None:
        self._display = Display(display_name)
        self._window = self._display.screen().root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
        atom = self._display.intern_atom
        self._clipboard, self._utf8, self._targets = atom("CLIPBOARD"), atom("UTF8_STRING"), atom("TARGETS")
        self._property = atom("_CONCLAVE_HELPER_COPIED")
        self._lock = threading.Lock()
        self._to_hold: str | None = None
        self._held = ""
        self._copied: str | None = None
        self._wake_reader, self._wake_writer = os.pipe()
        self._watch()
        self._thread = threading.Thread(target=self._run, name="clipboard", daemon=True)
        self._thread.start()

    def write(self, text: str) -> None:
        """Hold a text for whoever pastes."""
        with self._lock:
            self._to_hold = text
        os.write(self._wake_writer, b"w")

    def take_copied(self) -> str | None:
        """Return what somebody else has copied since the last call."""
        with self._lock:
            copied, self._copied = self._copied, None
        return copied

    def close(self) -> None:
        """End the thread."""
        os.write(self._wake_writer, b"q")
        self._thread.join(1)
        self._display.close()
        os.close(self._wake_reader)
        os.close(self._wake_writer)

    def _watch(self) -> None:
        if not self._display.has_extension("XFIXES"):
            return
        self._display.xfixes_query_version()
        self._display.xfixes_select_selection_input(self._window, self._clipboard, 1)
        self._display.flush()

    def _run(self) -> None:
        try:
            while True:
                while self._display.pending_events():
                    self._handle(self._display.next_event())
                ready, _, _ = select.select([self._display.fileno(), self._wake_reader], [], [])
                if self._wake_reader in ready and not self._hold(os.read(self._wake_reader, 64)):
                    return
        except (ConnectionClosedError, OSError, ValueError):
            return

    def _hold(self, woken: bytes) -> bool:
        if b"q" in woken:
            return False
        with self._lock:
            self._held, self._to_hold = self._to_hold or self._held, None
        self._window.set_selection_owner(self._clipboard, X.CurrentTime)
        self._display.flush()
        return True

    def _handle(self, event: Any) -> None:
        if event.type == X.SelectionRequest:
            self._hand_over(event)
        elif event.type == X.SelectionNotify:
            self._take_over(event)
        elif event.__class__.__name__ in ("SetSelectionOwnerNotify", "SelectionNotify") and self._is_foreign(event):
            self._window.convert_selection(self._clipboard, self._utf8, self._property, X.CurrentTime)
            self._display.flush()

    def _is_foreign(self, event: Any) -> bool:
        owner = getattr(event, "owner", None)
        return owner not in (None, X.NONE) and getattr(owner, "id", owner) != self._window.id

    def _hand_over(self, event: Any) -> None:
        """Answer one program that pastes."""
        where = event.property or event.target
        try:
            if event.target == self._targets:
                event.requestor.change_property(where, Xatom.ATOM, 32, [self._targets, self._utf8])
            elif event.target == self._utf8:
                event.requestor.change_property(where, self._utf8, 8, self._held.encode())
            else:
                where = X.NONE
            told = events.SelectionNotify(
                time=event.time,
                requestor=event.requestor,
                selection=event.selection,
                target=event.target,
                property=where,
            )
            event.requestor.send_event(told)
            self._display.flush()
        except XError:
            return

    def _take_over(self, event: Any) -> None:
        if event.property == X.NONE:
            return
        found = self._window.get_property(self._property, X.AnyPropertyType, 0, _MAX_WORDS, True)  # noqa: FBT003
        if found is None or found.property_type != self._utf8 or found.bytes_after:
            return
        text = clean_copied(bytes(found.value).decode("utf-8", "replace"))
        with self._lock:
            self._copied = text or None


def clean_copied(text: str) -> str:
    """Return a copied text as it may be sent, or nothing if it is too long."""
    kept = "".join(each for each in text.replace("\r\n", "\n") if each in "\n\t" or each.isprintable() or each > "\x9f")
    return kept if len(kept) <= MAX_CLIPBOARD_CHARACTERS else ""
