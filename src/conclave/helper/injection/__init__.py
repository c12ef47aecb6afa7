"""What moves mouse and keyboard, one module for each system, behind one interface."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from conclave.control import Event, Reason, Scope
from conclave.helper.messages import Surface, System


class InjectionError(Exception):
    """The system did not do it; `reason` is what the page is told."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Unavailable(Exception):
    """This system lets nobody inject, for the reason given in words for its person."""


class Injector(Protocol):
    """Mouse, keyboard and clipboard of this computer. Used by one thread."""

    @property
    def system(self) -> System:
        """Which system it is."""

    @property
    def scope(self) -> tuple[Scope, ...]:
        """What can be done here."""

    def locate(self, surface: Surface) -> bool:
        """Find the shared surface: fractions are of it from now on. False, if it is not to be found."""

    def inject(self, event: Event) -> None:
        """Do what an event says; raises `InjectionError`."""

    def release(self) -> None:
        """Let go of every key and button that was pressed here."""

    def sweep(self) -> None:
        """Clear what an earlier run left behind, keys and buttons above all."""

    def was_moved_by_hand(self) -> bool:
        """Whether the pointer is elsewhere than at the last look, and not moved from here."""

    def read_copied(self) -> str | None:
        """Return what was copied since the last look, if it is text of a length that may be sent."""

    def watch_hotkey(self, pressed: Callable[[], None]) -> bool:
        """Call `pressed`, from any thread, when Ctrl+Alt+End is; False if that is not possible."""

    def close(self) -> None:
        """Let go of everything."""
