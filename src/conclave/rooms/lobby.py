"""The lobby: who has knocked and waits for an answer, in order (docs/protocol/room.md, "The lobby")."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from conclave.rooms.memory import MAX_REMEMBERED
from conclave.rooms.messages import Enter, Knock, RelayAddress
from conclave.ticket import DeviceId, ParticipantId, Ticket

LOBBY_TIMEOUT_S = 600.0
"""Whom nobody answers for so long was not seen; they may knock again."""
MAX_KNOCKING = 250
"""As many as fit into a room."""
MAX_DENIALS = 3
"""Who was denied so often is not heard any more."""


@dataclass(frozen=True, slots=True)
class Knocking:
    """One device that waits, with all that it needs to enter."""

    ticket: Ticket
    enter: Enter
    relay: RelayAddress
    until: float

    @property
    def device(self) -> DeviceId:
        """The device that waits."""
        return DeviceId(self.enter.device)

    def describe(self) -> Knock:
        """Return what those are told who can admit."""
        return Knock(self.ticket.participant, self.ticket.name, self.ticket.has_account)


class Lobby:
    """Who waits before a room. It decides nothing: the room asks it and tells it."""

    def __init__(self, denials: dict[ParticipantId, int]) -> None:
        self._knocking: dict[ParticipantId, Knocking] = {}
        self._denials = denials

    @property
    def knocking(self) -> tuple[Knocking, ...]:
        """Those who wait, the longest first."""
        return tuple(self._knocking.values())

    @property
    def is_full(self) -> bool:
        """Whether nobody else fits in."""
        return len(self._knocking) >= MAX_KNOCKING

    def is_deaf_to(self, participant: ParticipantId) -> bool:
        """Whether a participant was denied too often to be heard."""
        return self._denials.get(participant, 0) >= MAX_DENIALS

    def find(self, participant: ParticipantId) -> Knocking | None:
        """Return the device with which a participant knocks."""
        return self._knocking.get(participant)

    def find_device(self, device: DeviceId) -> Knocking | None:
        """Return who knocks with a device."""
        return next((each for each in self._knocking.values() if each.device == device), None)

    def knock(self, ticket: Ticket, enter: Enter, *, relay: RelayAddress, now: float) -> Knocking:
        """Start waiting; knocking again, with another device, restarts no clock and keeps the place."""
        before = self._knocking.get(ticket.participant)
        until = now + LOBBY_TIMEOUT_S if before is None else before.until
        knocking = self._knocking[ticket.participant] = Knocking(ticket, enter, relay, until)
        return knocking

    def answer(self, participants: Iterable[ParticipantId]) -> list[Knocking]:
        """Take those out who still knock, and return them."""
        return [k for each in participants if (k := self._knocking.pop(each, None)) is not None]

    def note_denial(self, participant: ParticipantId) -> None:
        """Remember that a participant was sent away."""
        if participant in self._denials or len(self._denials) < MAX_REMEMBERED:
            self._denials[participant] = self._denials.get(participant, 0) + 1

    def empty(self) -> list[Knocking]:
        """Take everybody out, and return them."""
        return self.answer(list(self._knocking))

    def next_timer(self) -> float | None:
        """When the first of those who wait is given up."""
        return min((each.until for each in self._knocking.values()), default=None)

    def late(self, *, now: float) -> list[ParticipantId]:
        """Return who has waited `LOBBY_TIMEOUT_S`."""
        return [participant for participant, each in self._knocking.items() if each.until <= now]
