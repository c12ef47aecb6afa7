"""One room as a machine without I/O: commands and `now` go in, effects come out (docs/protocol/room.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, assert_never

from conclave import report
from conclave.report import ClosedReason, LeftReason
from conclave.rooms import lobby
from conclave.rooms.commit_log import CommitLog
from conclave.rooms.effects import (
    CloseRoom,
    Effect,
    Forget,
    PutOut,
    Refused,
    Regrant,
    Remember,
    ReportEvent,
    SendEvent,
)
from conclave.rooms.memory import MAX_REMEMBERED, Memory, encode_memory
from conclave.rooms.messages import (
    MAX_DEVICES,
    Accepted,
    Admit,
    Answered,
    Appoint,
    Appointed,
    CloseCode,
    Command,
    Commit,
    Committed,
    Deny,
    End,
    Enter,
    Entered,
    Entry,
    Event,
    Found,
    Joined,
    Knocked,
    Knocking,
    Leave,
    Left,
    Lock,
    Locked,
    Message,
    Refuse,
    RelayAddress,
    Remove,
    Send,
    Stale,
    Welcomed,
)
from conclave.rooms.roles import Roles
from conclave.ticket import DeviceId, Grant, ParticipantId, Role, RoomId, Ticket

UNVERIFIED_TIMEOUT_S = 60.0
"""Twenty members have had their turn to verify a device by then; it never will be."""
LIFETIME_S = 24 * 3600.0
"""No meeting lasts a day; what is still there was forgotten."""
EMPTY_TIMEOUT_S = 30.0
"""Someone alone who reloads comes back to the same room, and who was removed does not find it new."""
RESTORED_TIMEOUT_S = 600.0
"""As long as a client goes on trying to come back."""

_CODES: dict[LeftReason, CloseCode] = {
    "left": CloseCode.LEFT,
    "lost": CloseCode.SLOW,
    "replaced": CloseCode.REPLACED,
    "removed": CloseCode.REMOVED,
    "ended": CloseCode.ENDED,
    "unverified": CloseCode.UNVERIFIED,
    "limited": CloseCode.LIMITED,
}

Moderation: TypeAlias = Admit | Deny | Lock | Appoint | Remove | End
_NEEDED: dict[type[Moderation], Grant] = {
    Admit: "admit",
    Deny: "admit",
    Lock: "admit",
    Appoint: "appoint",
    Remove: "remove",
    End: "end",
}


@dataclass(slots=True)
class _Device:
    ticket: Ticket
    id: DeviceId
    key_package: bytes
    verify_until: float


class Room:
    """A room from its first participant until it is closed; `is_closed` then, and it is of no more use."""

    def __init__(self, room: RoomId, *, now: float, memory: Memory | None = None) -> None:
        self.id = room
        self._words: Ticket | None = None  # the newest ticket of those that have entered: whose words count
        self.is_closed = False
        self._devices: dict[DeviceId, _Device] = {}
        self._log = CommitLog()
        self._memory = Memory() if memory is None else memory
        self._lobby = lobby.Lobby(self._memory.denials)
        self._roles = Roles(self._memory.appointed)
        self._expires = now + LIFETIME_S
        self._empty_until: float | None = None
        self._is_reported = False

    @classmethod
    def restored(cls, room: RoomId, memory: Memory, *, until: float, now: float) -> Room:
        """Return a room that was there before a restart, and into which people come back."""
        restored = cls(room, now=now, memory=memory)
        restored._expires = min(until, restored._expires)
        restored._empty_until = now + RESTORED_TIMEOUT_S
        return restored

    # --- inputs ---

    def enter(self, ticket: Ticket, command: Enter, *, relay: RelayAddress, now: float) -> list[Effect]:
        """Let a device in or have it wait in the lobby, or raise `Refused` and change nothing."""
        has_new_words = self._has_new_words(ticket)
        must_knock = ticket.must_knock and ticket.participant not in self._memory.known
        self._check_entry(ticket, DeviceId(command.device))
        if must_knock:
            self._check_knock(ticket.participant)
        elif not has_new_words and len(self._devices) - (self._find(ticket.participant) is not None) >= MAX_DEVICES:
            raise Refused(CloseCode.FULL)
        effects = self._put_out_all("unverified", CloseCode.TICKET) if has_new_words else []
        if self._words is None or ticket.issued_unix_s > self._words.issued_unix_s:
            self._words = ticket
        come_in = self._knock if must_knock else self._let_in
        return [*effects, *come_in(ticket, command, relay=relay, now=now)]

    def receive_command(self, sender: DeviceId, command: Command, *, now: float) -> list[Effect]:
        """Do what a device in the room asks for."""
        device = self._devices.get(sender)
        if device is None:
            knocking = self._lobby.find_device(sender)
            return [] if knocking is None else self._receive_outside(knocking, command)
        match command:
            case Commit():
                return self._receive_commit(device, command, now=now)
            case Refuse():
                return self._receive_refusal(device, command, now=now)
            case Send(message):
                return self._forward(sender, message)
            case Admit() | Deny() | Lock() | Appoint() | Remove() | End():
                return self._moderate(device, command, now=now)
            case Leave():
                return self._put_out(device, "left", now=now)
            case Enter():
                return self._put_out(device, "limited", CloseCode.MALFORMED, now=now)
            case _ as unreachable:
                assert_never(unreachable)

    def lose(self, device: DeviceId, *, reason: LeftReason, code: CloseCode, now: float) -> list[Effect]:
        """Put out a device whose connection is gone or broke a rule."""
        gone = self._devices.get(device)
        if gone is not None:
            return self._put_out(gone, reason, code, now=now)
        knocking = self._lobby.find_device(device)
        if knocking is None:
            return []
        return self._dismiss(self._lobby.answer([knocking.ticket.participant]), code)

    def shut_down(self) -> list[Effect]:
        """Close the room because the node stops; its devices come back to a new one at once."""
        return self._close("empty", "lost", CloseCode.RESTART, is_over=False)

    def next_timer(self) -> float | None:
        """When `handle_timer` wants to be called."""
        if self.is_closed:
            return None
        deadlines = [self._expires, *(device.verify_until for device in self._waiting())]
        unanswered = self._lobby.next_timer()
        # Somebody who knocks keeps the room, be it empty.
        last = self._empty_until if unanswered is None else unanswered
        return min(deadlines if last is None else [*deadlines, last])

    def handle_timer(self, *, now: float) -> list[Effect]:
        """Put out whom nobody verified or answered; close a room that is empty or too old."""
        if self.is_closed:
            return []
        if self._expires <= now:
            return self._close("expired")
        effects = self._dismiss(self._lobby.answer(self._lobby.late(now=now)), CloseCode.UNANSWERED)
        if self._empty_until is not None and self._empty_until <= now and not self._lobby.knocking:
            return [*effects, *self._close("empty")]
        for device in [device for device in self._waiting() if device.verify_until <= now]:
            effects += self._put_out(device, "unverified", now=now)
        return effects

    # --- questions ---

    def has_device(self, participant: ParticipantId, device: DeviceId) -> bool:
        """Whether this device of this participant is in the room."""
        found = self._devices.get(device)
        return found is not None and found.ticket.participant == participant

    def may(self, device: DeviceId, grant: Grant) -> bool:
        """Whether this device is in the room and may do something now."""
        found = self._devices.get(device)
        return found is not None and self._roles.may(found.ticket, grant)

    # --- what needs a grant ---

    def _moderate(self, by: _Device, command: Moderation, *, now: float) -> list[Effect]:
        """Do what an organizer asks for, or put out who is none."""
        if not self._roles.may(by.ticket, _NEEDED[type(command)]):
            return self._put_out(by, "limited", CloseCode.FORBIDDEN, now=now)
        match command:
            case Admit(participants):
                return self._admit([ParticipantId(each) for each in participants], now=now)
            case Deny(participant):
                return self._deny(ParticipantId(participant))
            case Lock(is_locked):
                return self._lock(by.ticket.participant, is_locked=is_locked)
            case Appoint(participant, role):
                return self._appoint(ParticipantId(participant), role)
            case Remove(participant):
                return self._remove(ParticipantId(participant), now=now)
            case End():
                return self._close("ended")
            case _ as unreachable:
                assert_never(unreachable)

    def _admit(self, participants: list[ParticipantId], *, now: float) -> list[Effect]:
        effects: list[Effect] = []
        for each in self._lobby.answer(participants[: MAX_DEVICES - len(self._devices)]):
            effects += self._tell_admitters(Answered(each.ticket.participant))
            effects += self._let_in(each.ticket, each.enter, relay=each.relay, now=now)
        return effects

    def _deny(self, participant: ParticipantId) -> list[Effect]:
        denied = self._lobby.answer([participant])
        for each in denied:
            self._lobby.note_denial(each.ticket.participant)
        return [*self._remember(), *self._dismiss(denied, CloseCode.DENIED)] if denied else []

    def _lock(self, by: ParticipantId, *, is_locked: bool) -> list[Effect]:
        if is_locked == self._memory.is_locked:
            return []
        self._memory.is_locked = is_locked
        knocking = self._lobby.empty() if is_locked else []
        told = self._broadcast(Locked(is_locked, by))
        return [*self._remember(), *told, *self._dismiss(knocking, CloseCode.LOCKED)]

    def _appoint(self, participant: ParticipantId, role: Role) -> list[Effect]:
        device = self._find(participant)
        if device is None or not self._roles.appoint(device.ticket, role):
            return []
        told = self._broadcast(Appointed(participant, role, self._roles.grants(device.ticket)))
        return [*self._remember(), Regrant(self.id, device.id), *told]

    def _remove(self, participant: ParticipantId, *, now: float) -> list[Effect]:
        if len(self._memory.removed) < MAX_REMEMBERED:
            self._memory.removed.add(participant)
        effects = [*self._remember(), *self._dismiss(self._lobby.answer([participant]), CloseCode.REMOVED)]
        device = self._find(participant)
        return effects if device is None else [*effects, *self._put_out(device, "removed", now=now)]

    # --- the life of a device ---

    def _let_in(self, ticket: Ticket, command: Enter, *, relay: RelayAddress, now: float) -> list[Effect]:
        """Put a device on the roster, in place of the participant's older one."""
        device = _Device(ticket, DeviceId(command.device), command.key_package, now + UNVERIFIED_TIMEOUT_S)
        replaced = self._find(ticket.participant)
        effects = self._dismiss(self._lobby.answer([ticket.participant]), CloseCode.REPLACED)
        if not self._is_reported:
            effects.append(ReportEvent(self.id, report.Opened()))
        if replaced is not None:
            effects += self._put_out(replaced, "replaced", now=now)
        self._is_reported = True
        self._empty_until = None
        effects += self._note_known(ticket.participant)
        self._devices[device.id] = device
        is_founder = not self._log.members
        if is_founder:
            self._log.found(device.id)
        return [
            *effects,
            ReportEvent(self.id, report.Entered(ticket.participant, device.id, self._roles.role(ticket))),
            self._send(device.id, self._describe(device, is_founder=is_founder, relay=relay)),
            *self._broadcast(Joined(self._entry(device)), besides=device.id),
        ]

    def _note_known(self, participant: ParticipantId) -> list[Effect]:
        known = self._memory.known
        if participant in known or len(known) >= MAX_REMEMBERED:
            return []
        known.add(participant)
        return self._remember()

    def _remember(self) -> list[Effect]:
        """Keep what must not be forgotten; comes before anybody is told of the change."""
        return [Remember(self.id, encode_memory(self._memory), self._expires)]

    def _has_new_words(self, ticket: Ticket) -> bool:
        """Whether everyone there has words that were replaced; a ticket for words that were is `Refused`."""
        if self._words is None or ticket.door == self._words.door:
            return False
        if ticket.issued_unix_s <= self._words.issued_unix_s:
            raise Refused(CloseCode.TICKET)
        return True

    def _check_entry(self, ticket: Ticket, device: DeviceId) -> None:
        if self.is_closed:
            raise Refused(CloseCode.ENDED)
        if ticket.participant in self._memory.removed:
            raise Refused(CloseCode.REMOVED)
        if device in self._devices or self._log.knows(device) or self._lobby.find_device(device) is not None:
            raise Refused(CloseCode.MALFORMED)
        is_shut = self._memory.is_locked and ticket.participant not in self._memory.known
        if is_shut and not self._roles.may(ticket, "admit"):
            raise Refused(CloseCode.LOCKED)

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

    def _close(
        self, reason: ClosedReason, left: LeftReason = "ended", code: CloseCode | None = None, *, is_over: bool = True
    ) -> list[Effect]:
        self.is_closed = True
        effects = self._put_out_all(left, _CODES[left] if code is None else code)
        if self._is_reported:
            effects.append(ReportEvent(self.id, report.Closed(reason)))
        return [*effects, *([Forget(self.id)] if is_over else []), CloseRoom(self.id)]

    def _put_out_all(self, left: LeftReason, code: CloseCode) -> list[Effect]:
        """Empty room and lobby; nobody is there to be told who leaves."""
        devices, self._devices = list(self._devices.values()), {}
        effects = self._dismiss(self._lobby.empty(), code)
        for device in devices:
            self._log.depart(device.id)
            effects.append(PutOut(self.id, device.id, code))
            effects.append(ReportEvent(self.id, report.Left(device.ticket.participant, device.id, left)))
        return effects

    # --- the lobby ---

    def _check_knock(self, participant: ParticipantId) -> None:
        if self._lobby.is_deaf_to(participant):
            raise Refused(CloseCode.DENIED)
        if self._lobby.is_full and self._lobby.find(participant) is None:
            raise Refused(CloseCode.FULL)

    def _knock(self, ticket: Ticket, command: Enter, *, relay: RelayAddress, now: float) -> list[Effect]:
        """Have a device wait, in place of the participant's older one; a room that nobody is in waits with it."""
        replaced = self._lobby.find(ticket.participant)
        knocking = self._lobby.knock(ticket, command, relay=relay, now=now)
        if not self._devices and self._empty_until is None:
            self._empty_until = now + EMPTY_TIMEOUT_S
        return [
            *([] if replaced is None else [PutOut(self.id, replaced.device, CloseCode.REPLACED)]),
            self._send(knocking.device, Knocking()),
            *self._tell_admitters(Knocked(knocking.describe())),
        ]

    def _receive_outside(self, knocking: lobby.Knocking, command: Command) -> list[Effect]:
        """Do what a device in the lobby asks for: it may only leave."""
        self._lobby.answer([knocking.ticket.participant])
        return self._dismiss([knocking], CloseCode.LEFT if isinstance(command, Leave) else CloseCode.MALFORMED)

    def _dismiss(self, knocking: list[lobby.Knocking], code: CloseCode) -> list[Effect]:
        """Close devices that were taken out of the lobby, and tell those who saw them wait."""
        effects: list[Effect] = []
        for each in knocking:
            effects.append(PutOut(self.id, each.device, code))
            effects += self._tell_admitters(Answered(each.ticket.participant))
        return effects

    def _tell_admitters(self, event: Event) -> list[Effect]:
        admitters = tuple(d.id for d in self._devices.values() if self._roles.may(d.ticket, "admit"))
        return [SendEvent(self.id, admitters, event)] if admitters else []

    # --- the group ---

    def _receive_commit(self, device: _Device, command: Commit, *, now: float) -> list[Effect]:
        if command.adds and command.welcome is None:
            return self._put_out(device, "limited", CloseCode.MALFORMED, now=now)
        is_organizer = self._roles.may(device.ticket, "remove")
        accepted = self._log.submit(
            command, committer=device.id, is_organizer=is_organizer, roster=self._devices, now=now
        )
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

    def _receive_refusal(self, by: _Device, refusal: Refuse, *, now: float) -> list[Effect]:
        """Undo a commit that most members cannot verify, and put out whose it was; an organizer's stands."""
        is_organizer = self._roles.may(by.ticket, "remove")
        committer = self._log.refuse(refusal, by=by.id, is_organizer=is_organizer, roster=self._devices, now=now)
        if committer is None:
            return []
        guilty = self._devices.get(committer)
        # Told first: whoever hears that somebody left commits at once, and must not take this for the answer.
        members = tuple(device for device in self._log.members if device != committer)
        effects: list[Effect] = [SendEvent(self.id, members, Stale(self._log.group, self._log.epoch))]
        if guilty is not None:
            effects += self._put_out(guilty, "limited", CloseCode.MALFORMED, now=now)
        for device in self._waiting():
            device.verify_until = now + UNVERIFIED_TIMEOUT_S
        return effects

    def _forward(self, sender: DeviceId, message: bytes) -> list[Effect]:
        """Pass on what a member says; nobody could open what anyone else says."""
        if not self._log.is_member(sender):
            return []
        others = tuple(device for device in self._log.members if device != sender)
        return [SendEvent(self.id, others, Message(sender, self._log.epoch, message))] if others else []

    # --- the roster ---

    def _find(self, participant: ParticipantId) -> _Device | None:
        return next((d for d in self._devices.values() if d.ticket.participant == participant), None)

    def _waiting(self) -> list[_Device]:
        return [d for d in self._devices.values() if not self._log.is_member(d.id)]

    def _entry(self, device: _Device) -> Entry:
        return Entry(
            participant=device.ticket.participant,
            device=device.id,
            name=device.ticket.name,
            role=self._roles.role(device.ticket),
            grants=self._roles.grants(device.ticket),
            member=self._log.is_member(device.id),
            key_package=device.key_package,
        )

    def _describe(self, device: _Device, *, is_founder: bool, relay: RelayAddress) -> Entered:
        return Entered(
            participant=device.ticket.participant,
            device=device.id,
            role=self._roles.role(device.ticket),
            grants=self._roles.grants(device.ticket),
            group=self._log.group,
            epoch=self._log.epoch,
            founder=is_founder,
            roster=[self._entry(each) for each in self._devices.values()],
            relay=relay,
            locked=self._memory.is_locked,
            knocks=[k.describe() for k in self._lobby.knocking] if self._roles.may(device.ticket, "admit") else [],
        )

    def _send(self, device: DeviceId, event: Event) -> SendEvent:
        return SendEvent(self.id, (device,), event)

    def _broadcast(self, event: Event, *, besides: DeviceId | None = None) -> list[Effect]:
        others = tuple(device for device in self._devices if device != besides)
        return [SendEvent(self.id, others, event)] if others else []
