"""What the helper shows and asks, whether in a window or in a terminal."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from conclave.control import Scope
from conclave.helper.effects import Controlling, Question


@dataclass(frozen=True, slots=True)
class Contact:
    """How the helper and a page are to find each other, as it stands."""

    code: str | None
    """Eight digits to type into the room; None while a page is connected, and while guessing has been stopped."""
    is_limited: bool
    """Whether guessing has been stopped."""
    origin: str | None
    """Of the page that it is paired with."""


class Person(Protocol):
    """What the person can do."""

    def answer(self, scope: tuple[Scope, ...] | None) -> None:
        """Allow so much, or refuse."""

    def stop(self) -> None:
        """Stop control."""

    def renew_code(self) -> None:
        """Ask for a new code."""


class Ui(Protocol):
    """One way to show and ask. Called from the event loop's thread."""

    def show_contact(self, contact: Contact) -> None:
        """Show the code, or with whom it is paired."""

    def open_question(self, question: Question) -> None:
        """Ask; the answer goes to the person's `answer`."""

    def close_question(self) -> None:
        """Take the question away."""

    def show(self, controlling: Controlling | None, *, seconds: float) -> None:
        """Show who controls, and for how many more seconds at most."""

    async def run(self, person: Person) -> None:
        """Work until the person wants the helper to end."""


def code_text(code: str) -> str:
    """Return a code as it is read best."""
    return f"{code[0]} {code[1:4]} {code[4:]}"


SCOPE_TEXT = {
    Scope.MOUSE: "use the mouse",
    Scope.KEYBOARD: "use the keyboard",
    Scope.PASTE: "put text into the clipboard",
    Scope.COPY: "see text that you copy",
}
"""What each part of a grant lets somebody do."""


def minutes_text(seconds: float) -> str:
    """Return a time in minutes, rounded up."""
    minutes = math.ceil(seconds / 60)
    return "1 minute" if minutes == 1 else f"{minutes} minutes"
