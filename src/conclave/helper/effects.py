"""What the helper's machine asks of the world around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from conclave.control import Event, Scope
from conclave.helper.messages import HelperMessage, Surface, Why


@dataclass(frozen=True, slots=True)
class Question:
    """What the person is asked."""

    name: str
    words: tuple[str, ...]
    """Of the controller's key."""
    origin: str
    """Of the page that asks."""
    scope: tuple[Scope, ...]
    seconds: int


@dataclass(frozen=True, slots=True)
class Controlling:
    """Who uses this computer now."""

    name: str
    words: tuple[str, ...]
    scope: tuple[Scope, ...]
    until: float
    """By the clock that gives `now`."""
    held: Why | None


@dataclass(frozen=True, slots=True)
class Tell:
    """Send a message to the page."""

    message: HelperMessage


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """Ask the person; the answer comes by `answer`."""

    question: Question


@dataclass(frozen=True, slots=True)
class CloseQuestion:
    """The question is answered, or has no answer any more."""


@dataclass(frozen=True, slots=True)
class Show:
    """Show who controls, or None."""

    controlling: Controlling | None


@dataclass(frozen=True, slots=True)
class Inject:
    """Do what these events say, in order; `injected` is called with their weight afterwards, done or discarded."""

    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Release:
    """Discard what waits to be injected, and let go of every key and button that is down."""


@dataclass(frozen=True, slots=True)
class Locate:
    """Find the shared surface on the screen; the answer comes by `located`, with the same number."""

    surface: Surface
    number: int


@dataclass(frozen=True, slots=True)
class Note:
    """Write a line into the person's log: times and counts."""

    text: str


Effect: TypeAlias = Tell | OpenQuestion | CloseQuestion | Show | Inject | Release | Locate | Note
