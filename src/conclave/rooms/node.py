"""All rooms of one live node, as one machine: which exist, which have ended, when the next timer is due."""

from __future__ import annotations

from conclave.report import Closed, LeftReason
from conclave.rooms.effects import Effect, Refused, RememberEnd, ReportEvent
from conclave.rooms.memory import Memory
from conclave.rooms.messages import CloseCode, Command, Enter, RelayAddress
from conclave.rooms.room import Room
from conclave.ticket import LEEWAY_S, LIFETIME_S, DeviceId, Grant, ParticipantId, RoomId, Ticket

MAX_ROOMS = 2000
"""A room takes a few kilobytes; the relay's sessions are what fills a machine first."""
ENDED_KEPT_S = LIFETIME_S + 2.0 * LEEWAY_S
"""By then every ticket issued before the end has expired."""


class Node:
    """Routes inputs to rooms; makes them when somebody enters and drops them when they close."""

    def __init__(self) -> None:
        self._rooms: dict[RoomId, Room] = {}
        self._ended: dict[RoomId, float] = {}

    @property
    def room_count(self) -> int:
        """How many rooms are open."""
        return len(self._rooms)

    def enter(self, ticket: Ticket, command: Enter, *, relay: RelayAddress, age_s: float, now: float) -> list[Effect]:
        """Let a device into the room of its ticket, or raise `Refused` and change nothing.

        `age_s` is how long ago the ticket was issued: one from before the end does not open the room again, while the
        site issues new ones only when the organizer does.
        """
        ended = self._ended.get(ticket.room)
        if ended is not None and now - age_s <= ended:
            raise Refused(CloseCode.ENDED)
        room = self._rooms.get(ticket.room)
        if room is None:
            if len(self._rooms) >= MAX_ROOMS:
                raise Refused(CloseCode.FULL)
            room = Room(ticket.room, now=now)
        effects = room.enter(ticket, command, relay=relay, now=now)
        self._rooms[room.id] = room
        return effects

    def receive_command(self, room: RoomId, sender: DeviceId, command: Command, *, now: float) -> list[Effect]:
        """Do what a device asks for."""
        found = self._rooms.get(room)
        return [] if found is None else self._settle(found, found.receive_command(sender, command, now=now), now=now)

    def lose(self, room: RoomId, device: DeviceId, *, reason: LeftReason, code: CloseCode, now: float) -> list[Effect]:
        """Put out a device whose connection is gone or broke a rule."""
        found = self._rooms.get(room)
        return [] if found is None else found.lose(device, reason=reason, code=code, now=now)

    def restore(self, room: RoomId, memory: Memory, *, until: float, now: float) -> None:
        """Open a room again that was there before a restart: nobody is in it, and nothing is forgotten."""
        if len(self._rooms) < MAX_ROOMS:
            self._rooms[room] = Room.restored(room, memory, until=until, now=now)

    def restore_end(self, room: RoomId, *, until: float, now: float) -> None:
        """Go on refusing tickets of a meeting that was ended before a restart."""
        self._ended[room] = min(until - ENDED_KEPT_S, now)

    def shut_down(self) -> list[Effect]:
        """Close every room because the node stops."""
        rooms, self._rooms = list(self._rooms.values()), {}
        return [effect for room in rooms for effect in room.shut_down()]

    def next_timer(self) -> float | None:
        """When `handle_timer` wants to be called."""
        timers = [timer for room in self._rooms.values() if (timer := room.next_timer()) is not None]
        return min([*timers, *(ended + ENDED_KEPT_S for ended in self._ended.values())], default=None)

    def handle_timer(self, *, now: float) -> list[Effect]:
        """Pass the time on to every room whose timer is due."""
        for room_id in [room for room, ended in self._ended.items() if ended + ENDED_KEPT_S <= now]:
            del self._ended[room_id]
        effects: list[Effect] = []
        for room in list(self._rooms.values()):
            timer = room.next_timer()
            if timer is not None and timer <= now:
                effects += self._settle(room, room.handle_timer(now=now), now=now)
        return effects

    def has_device(self, room: RoomId, participant: ParticipantId, device: DeviceId) -> bool:
        """Whether this device of this participant is in this room: whom the relay admits."""
        found = self._rooms.get(room)
        return found is not None and found.has_device(participant, device)

    def may(self, room: RoomId, device: DeviceId, grant: Grant) -> bool:
        """Whether this device in this room may do something now: what the relay carries."""
        found = self._rooms.get(room)
        return found is not None and found.may(device, grant)

    def _settle(self, room: Room, effects: list[Effect], *, now: float) -> list[Effect]:
        if room.is_closed:
            del self._rooms[room.id]
            if any(isinstance(e, ReportEvent) and e.event == Closed("ended") for e in effects):
                self._ended[room.id] = now
                return [*effects, RememberEnd(room.id, now + ENDED_KEPT_S)]
        return effects
