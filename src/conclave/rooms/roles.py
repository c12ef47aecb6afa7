"""Who may do what in a room: what the tickets say, and what organizers have changed since."""

from __future__ import annotations

from collections.abc import Collection

from conclave.rooms.memory import MAX_REMEMBERED
from conclave.ticket import GRANTS, Grant, ParticipantId, Role, Ticket


class Roles:
    """The roles in a room, for its whole life: a participant that comes back is what they were appointed to."""

    def __init__(self, appointed: dict[ParticipantId, Role]) -> None:
        self._appointed = appointed

    def role(self, ticket: Ticket) -> Role:
        """Return a ticket's bearer's role now."""
        return self._appointed.get(ticket.participant, ticket.role)

    def grants(self, ticket: Ticket) -> list[Grant]:
        """Return what a ticket's bearer may do now, in alphabetical order."""
        return sorted(self._granted(ticket))

    def may(self, ticket: Ticket, grant: Grant) -> bool:
        """Whether a ticket's bearer may do something now."""
        return grant in self._granted(ticket)

    def appoint(self, ticket: Ticket, role: Role) -> bool:
        """Give a ticket's bearer another role; return False when that changes nothing, as for an organizer."""
        if ticket.role == "organizer" or role == self.role(ticket):
            return False
        if ticket.participant not in self._appointed and len(self._appointed) >= MAX_REMEMBERED:
            return False
        self._appointed[ticket.participant] = role
        return True

    def _granted(self, ticket: Ticket) -> Collection[Grant]:
        role = self.role(ticket)
        return ticket.grants if role == ticket.role else GRANTS[role]
