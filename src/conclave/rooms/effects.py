"""What a room wants done, as values; `conclave.live` does it, in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from conclave import report
from conclave.rooms.messages import CloseCode, Event
from conclave.ticket import DeviceId, RoomId


@dataclass(frozen=True, slots=True)
class SendEvent:
    """Send one event to some devices."""

    room: RoomId
    to: tuple[DeviceId, ...]
    event: Event


@dataclass(frozen=True, slots=True)
class PutOut:
    """A device is out of the room: close its socket, if it is still open, and its session with the relay."""

    room: RoomId
    device: DeviceId
    code: CloseCode


@dataclass(frozen=True, slots=True)
class Regrant:
    """What a device may do has changed: the relay stops carrying what it may not show any more."""

    room: RoomId
    device: DeviceId


@dataclass(frozen=True, slots=True)
class ReportEvent:
    """Tell the site."""

    room: RoomId
    event: report.Event


@dataclass(frozen=True, slots=True)
class Remember:
    """Keep this for the room, in place of what was kept, over a restart and until `until`."""

    room: RoomId
    memory: bytes
    until: float


@dataclass(frozen=True, slots=True)
class RememberEnd:
    """The meeting was ended: keep that over a restart and until `until`, and nothing else of the room."""

    room: RoomId
    until: float


@dataclass(frozen=True, slots=True)
class Forget:
    """The room is over: what was to be remembered of it is of no more use."""

    room: RoomId


@dataclass(frozen=True, slots=True)
class CloseRoom:
    """The room is gone: forget what the relay keeps for it."""

    room: RoomId


Effect: TypeAlias = SendEvent | PutOut | Regrant | ReportEvent | Remember | RememberEnd | Forget | CloseRoom


class Refused(Exception):
    """The room does not let the device in; `code` says why."""

    def __init__(self, code: CloseCode) -> None:
        super().__init__(code.name.lower())
        self.code = code
