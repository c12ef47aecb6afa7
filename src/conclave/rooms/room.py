"""One room as a machine without I/O: commands and `now` go in, effects come out (docs/protocol/room.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from conclave import report
from conclave.report import ClosedReason, LeftReason
from conclave.rooms.commit_log import CommitLog
from conclave.rooms.effects import CloseRoom, Effect, PutOut, Refused, ReportEvent, SendEvent
from conclave.rooms.messages import (
    MAX_DEVICES,
    Accepted,
    CloseCode,
    Command,
    Commit,
    Committed,
    End,
    Enter,
    Entered,
    Entry,
    Event,
    Found,
    Joined,
    Leave,
    Left,
    Message,
    RelayAddress,
    Remove,
    Send,
    Stale,
    Welcomed,
)
from conclave.ticket import DeviceId, Grant, ParticipantId, RoomId, Ticket

UNVERIFIED_TIMEOUT_S = 60.0
"""Twenty members have had their turn to verify a device by then; it never will be."""
LIFETIME_S = 24 * 3600.0
"""No meeting lasts a day; what is still there was forgotten."""
EMPTY_TIMEOUT_S = 30.0
"""Someone alone who reloads comes back to the same room, and who was removed does not find it new."""
MAX_REMOVED = 1000
"""Participants whom one room remembers as removed; a room holds 250 devices."""

_CODES: dict[LeftReason, CloseCode] = {
    "left": CloseCode.LEFT,
    "lost": CloseCode.SLOW,
    "replaced": CloseCode.REPLACED,
    "removed": CloseCode.REMOVED,
    "ended": CloseCode.ENDED,
    "unverified": CloseCode.UNVERIFIED,
    "limited": CloseCode.LIMITED,
}


@dataclass(slots=True)
class _Device:
    ticket: Ticket
    id: DeviceId
    key_package: bytes
    verify_until: float


class Room:
    """A room from its first participant until it is closed; `is_closed` then, and it is of no more use."""

    def __init__(self, room: RoomId, *, now: float) -> None:
        self.id = room
        self._words: Ticket | None = None  # the newest ticket of those that have entered: whose words count
        self.is_closed = False
        self._devices: dict[DeviceId, _Device] = {}
        self._log = CommitLog()
        self._removed: set[ParticipantId] = set()
        self._expires = now + LIFETIME_S
        self._empty_until: float | None = None
        self._is_reported = False

    # --- inputs ---

    def enter(self, ticket: Ticket, command: Enter, *, relay: RelayAddress, now: float) -> list[Effect]:
        """Let a device in, or raise `Refused` and change nothing."""
        device = _Device(ticket, DeviceId(command.device), command.key_package, now + UNVERIFIED_TIMEOUT_S)
        has_new_words = self._has_new_words(ticket)
        replaced = None if has_new_words else self._find(ticket.participant)
        self._check_entry(device, leaving=len(self._devices) if has_new_words else int(replaced is not None))
        effects: list[Effect] = [] if self._is_reported else [ReportEvent(self.id, report.Opened())]
        if has_new_words:
            effects += self._put_out_all("unverified", CloseCode.TICKET)
        if replaced is not None:
            effects += self._put_out(replaced, "replaced", now=now)
        if self._words is None or ticket.issued_unix_s > self._words.issued_unix_s:
            self._words = ticket
        self._is_reported = True
        self._empty_until = None
        self._devices[device.id] = device
        is_founder = not self._log.members
        if is_founder:
            self._log.found(device.id)
        return [
            *effects,
            ReportEvent(self.id, report.Entered(ticket.participant, device.id, ticket.role)),
            self._send(device.id, self._describe(device, is_founder=is_founder, relay=relay)),
            *self._broadcast(Joined(self._entry(device)), besides=device.id),
        ]

    def receive_command(self, sender: DeviceId, command: Command, *, now: float) -> list[Effect]:
        """Do what a device in the room asks for."""
        device = self._devices.get(sender)
        if device is None:
            return []
        match command:
            case Commit():
                return self._receive_commit(device, command, now=now)
            case Send(message):
                return self._forward(sender, message)
            case Remove(participant):
                return self._remove(device, ParticipantId(participant), now=now)
            case End():
                return self._end(device, now=now)
            case Leave():
                return self._put_out(device, "left", now=now)
            case Enter():
                return self._put_out(device, "limited", CloseCode.MALFORMED, now=now)
            case _ as unreachable:
                assert_never(unreachable)

    def lose(self, device: DeviceId, *, reason: LeftReason, code: CloseCode, now: float) -> list[Effect]:
        """Put out a device whose connection is gone or broke a rule."""
        gone = self._devices.get(device)
        return [] if gone is None else self._put_out(gone, reason, code, now=now)

    def shut_down(self) -> list[Effect]:
        """Close the room because the node stops; its devices come back to a new one at once."""
        return self._close("empty", "lost", CloseCode.RESTART)

    def next_timer(self) -> float | None:
        """When `handle_timer` wants to be called."""
        if self.is_closed:
            return None
        deadlines = [device.verify_until for device in self._waiting()]
        return min([self._expires, *deadlines] + ([] if self._empty_until is None else [self._empty_until]))

    def handle_timer(self, *, now: float) -> list[Effect]:
        """Put out whom nobody verified; close a room that is empty or too old."""
        if self.is_closed:
            return []
        if self._expires <= now:
            return self._close("expired")
        if self._empty_until is not None and self._empty_until <= now:
            return self._close("empty")
        late = [device for device in self._waiting() if device.verify_until <= now]
        return [effect for device in late for effect in self._put_out(device, "unverified", now=now)]

    # --- questions ---

    def has_device(self, participant: ParticipantId, device: DeviceId) -> bool:
        """Whether this device of this participant is in the room."""
        found = self._devices.get(device)
        return found is not None and found.ticket.participant == participant

    # --- the life of a device ---

    def _has_new_words(self, ticket: Ticket) -> bool:
        """Whether everyone there has words that were replaced; a ticket for words that were is `Refused`."""
        if self._words is None or ticket.door == self._words.door:
            return False
        if ticket.issued_unix_s <= self._words.issued_unix_s:
            raise Refused(CloseCode.TICKET)
        return True

    def _check_entry(self, device: _Device, *, leaving: int) -> None:
        if self.is_closed:
            raise Refused(CloseCode.ENDED)
        if device.ticket.participant in self._removed:
            raise Refused(CloseCode.REMOVED)
        if device.id in self._devices or self._log.knows(device.id):
            raise Refused(CloseCode.MALFORMED)
        if len(self._devices) - leaving >= MAX_DEVICES:
            raise Refused(CloseCode.FULL)

    def _put_out(
        self, device: _Device, reason: LeftReason, code: CloseCode | None = None, *, now: float
    ) -> list[Effect]:
        """Take the device off the roster and tell everybody; the group may die with it."""
        del self._devices[device.id]
        if not self._devices:
            self._empty_until = now + EMPTY_TIMEOUT_S
        return [
            PutOut(self.id, device.id, _CODES[reason] if code is None else code),
            ReportEvent(self.id, report.Left(device.ticket.participant, device.id, reason)),
            *self._broadcast(Left(device.id, device.ticket.participant, reason)),
            *self._depart(device.id, now=now),
        ]

    def _depart(self, device: DeviceId, *, now: float) -> list[Effect]:
        """Note the departure in the group; when it was the last member, whoever waits longest founds a new one."""
        self._log.depart(device)
        if self._log.members or not self._devices:
            return []
        founder = next(iter(self._devices))
        self._log.found(founder)
        for waiting in self._waiting():
            waiting.verify_until = now + UNVERIFIED_TIMEOUT_S
        return [self._send(founder, Found(self._log.group))]

    def _remove(self, by: _Device, participant: ParticipantId, *, now: float) -> list[Effect]:
        if not _may(by, "remove"):
            return self._put_out(by, "limited", CloseCode.FORBIDDEN, now=now)
        if len(self._removed) < MAX_REMOVED:
            self._removed.add(participant)
        device = self._find(participant)
        return [] if device is None else self._put_out(device, "removed", now=now)

    def _end(self, by: _Device, *, now: float) -> list[Effect]:
        if not _may(by, "end"):
            return self._put_out(by, "limited", CloseCode.FORBIDDEN, now=now)
        return self._close("ended")

    def _close(self, reason: ClosedReason, left: LeftReason = "ended", code: CloseCode | None = None) -> list[Effect]:
        self.is_closed = True
        effects = self._put_out_all(left, _CODES[left] if code is None else code)
        return [*effects, ReportEvent(self.id, report.Closed(reason)), CloseRoom(self.id)]

    def _put_out_all(self, left: LeftReason, code: CloseCode) -> list[Effect]:
        """Empty the room; nobody is there to be told who leaves."""
        devices, self._devices = list(self._devices.values()), {}
        effects: list[Effect] = []
        for device in devices:
            self._log.depart(device.id)
            effects.append(PutOut(self.id, device.id, code))
            effects.append(ReportEvent(self.id, report.Left(device.ticket.participant, device.id, left)))
        return effects

    # --- the group ---

    def _receive_commit(self, device: _Device, command: Commit, *, now: float) -> list[Effect]:
        if command.adds and command.welcome is None:
            return self._put_out(device, "limited", CloseCode.MALFORMED, now=now)
        accepted = self._log.submit(command, committer=device.id, roster=self._devices)
        group, epoch = self._log.group, self._log.epoch
        if accepted is None:
            return [self._send(device.id, Stale(group, epoch))]
        for removed in accepted.removes:
            if removed in self._devices:
                self._devices[removed].verify_until = now + UNVERIFIED_TIMEOUT_S
        adds, removes = list(accepted.adds), list(accepted.removes)
        effects: list[Effect] = [self._send(device.id, Accepted(group, epoch))]
        if accepted.informed:
            commit = Committed(group, epoch, device.id, command.commit, adds, removes)
            effects.append(SendEvent(self.id, accepted.informed, commit))
        if accepted.adds and command.welcome is not None:
            effects.append(SendEvent(self.id, accepted.adds, Welcomed(group, epoch, device.id, command.welcome)))
        return effects

    def _forward(self, sender: DeviceId, message: bytes) -> list[Effect]:
        """Pass on what a member says; nobody could open what anyone else says."""
        if not self._log.is_member(sender):
            return []
        others = tuple(device for device in self._log.members if device != sender)
        return [SendEvent(self.id, others, Message(sender, message))] if others else []

    # --- the roster ---

    def _find(self, participant: ParticipantId) -> _Device | None:
        return next((d for d in self._devices.values() if d.ticket.participant == participant), None)

    def _waiting(self) -> list[_Device]:
        return [d for d in self._devices.values() if not self._log.is_member(d.id)]

    def _entry(self, device: _Device) -> Entry:
        ticket = device.ticket
        is_member = self._log.is_member(device.id)
        return Entry(ticket.participant, device.id, ticket.name, ticket.role, is_member, device.key_package)

    def _describe(self, device: _Device, *, is_founder: bool, relay: RelayAddress) -> Entered:
        return Entered(
            participant=device.ticket.participant,
            device=device.id,
            role=device.ticket.role,
            grants=sorted(device.ticket.grants),
            group=self._log.group,
            epoch=self._log.epoch,
            founder=is_founder,
            roster=[self._entry(each) for each in self._devices.values()],
            relay=relay,
        )

    def _send(self, device: DeviceId, event: Event) -> SendEvent:
        return SendEvent(self.id, (device,), event)

    def _broadcast(self, event: Event, *, besides: DeviceId | None = None) -> list[Effect]:
        others = tuple(device for device in self._devices if device != besides)
        return [SendEvent(self.id, others, event)] if others else []


def _may(device: _Device, grant: Grant) -> bool:
    return grant in device.ticket.grants
