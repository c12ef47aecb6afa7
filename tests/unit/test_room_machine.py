"""A room under everything that can happen to it, in any order; what must never happen does not."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from conclave import report
from conclave.rooms.commit_log import REFUSABLE_S
from conclave.rooms.effects import CloseRoom, Effect, Forget, PutOut, Refused, Remember, ReportEvent, SendEvent
from conclave.rooms.memory import Memory, decode_memory
from conclave.rooms.messages import (
    MAX_DEVICES,
    Accepted,
    Admit,
    Answered,
    Appoint,
    Command,
    Commit,
    Committed,
    Deny,
    End,
    Entered,
    Found,
    Knocked,
    Knocking,
    Leave,
    Left,
    Lock,
    Locked,
    Message,
    Refuse,
    Remove,
    Send,
    Stale,
    Welcomed,
)
from conclave.rooms.room import LIFETIME_S, Room
from conclave.ticket import DeviceId, ParticipantId
from tests.fakes import (
    ALICE,
    BOB,
    CAROL,
    DAVE,
    MALLORY,
    NOW_UNIX_S,
    RELAY,
    ROOM,
    Person,
)

CAST = (ALICE, BOB, CAROL, DAVE, MALLORY)
people = st.sampled_from(CAST)
numbers = st.integers(0, 3)
seldom = st.integers(0, 9).map(lambda number: number == 0)
"""So that a story has a middle: most of what ends something is drawn too often otherwise."""
has_people = precondition(lambda machine: bool(machine.inside))


def _words(number: int) -> Ed25519PrivateKey:
    """The words that replaced those of the number before."""
    return Ed25519PrivateKey.from_private_bytes(number.to_bytes(32))


class RoomMachine(RuleBasedStateMachine):
    """Keeps its own book of what the effects said, and holds the room to it."""

    @initialize()
    def open(self) -> None:
        self.now = 0.0
        self.room = Room(ROOM, now=0.0)
        self.inside: dict[DeviceId, ParticipantId] = {}
        self.members: set[DeviceId] = set()
        self.removed: set[ParticipantId] = set()
        self.commits: Counter[tuple[int, int]] = Counter()
        self.makers: dict[tuple[int, int], tuple[ParticipantId, float]] = {}
        self.founders: Counter[int] = Counter()
        self.at = (0, 0)
        self.reported: list[report.Event] = []
        self.knocking: dict[DeviceId, ParticipantId] = {}
        self.known: set[ParticipantId] = set()
        self.is_locked = False
        self.words, self.words_inside = 1, 0
        self.remembered: bytes | None = None

    # --- what can happen ---

    @rule(person=people, number=numbers, by_old_words=seldom, must_knock=st.booleans())
    def enter(self, person: Person, number: int, by_old_words: bool, must_knock: bool) -> None:  # noqa: FBT001
        device = person.another_device(number)
        words = self.words - by_old_words
        ticket = person.ticket(words=_words(words), now=NOW_UNIX_S + words)
        ticket = replace(ticket, must_knock=must_knock and person is not ALICE)
        was_known, was_locked = person.participant in self.known, self.is_locked
        try:
            effects = self.room.enter(ticket, person.enter(device), relay=RELAY, now=self.now)
        except Refused:
            return
        assert person.participant not in self.removed
        assert was_known or person is ALICE or not was_locked, "nobody new enters a locked room"
        assert words >= self.words_inside, "who has replaced words does not enter"
        self._book(effects, entering=(device, person.participant))
        assert (device in self.knocking) == (ticket.must_knock and not was_known)
        if words > self.words_inside:
            assert {*self.inside, *self.knocking} == {device}, "nobody stays by replaced words"
        self.words_inside = words

    @has_people
    @rule(data=st.data(), who=st.lists(people, max_size=3), is_denied=st.booleans())
    def answer(self, data: st.DataObject, who: list[Person], is_denied: bool) -> None:  # noqa: FBT001
        by = self._alice_or_anybody(data)
        participants = [person.participant for person in who]
        commands = [Deny(each) for each in participants] if is_denied else [Admit([*participants])]
        answered = set(participants) & set(self.knocking.values())
        for command in commands:
            if by in self.inside:
                self._receive(by, command)
        if by not in self.inside:
            return
        assert not answered & set(self.knocking.values())
        assert (answered <= set(self.inside.values())) != is_denied or not answered

    @has_people
    @rule(data=st.data(), is_locked=st.booleans())
    def lock(self, data: st.DataObject, is_locked: bool) -> None:  # noqa: FBT001
        self._receive(self._alice_or_anybody(data), Lock(is_locked))

    @has_people
    @rule(data=st.data(), who=people, role=st.sampled_from(["presenter", "attendee"]))
    def appoint(self, data: st.DataObject, who: Person, role: Any) -> None:
        self._receive(self._alice_or_anybody(data), Appoint(who.participant, role))

    @precondition(lambda machine: bool(machine.knocking))
    @rule(data=st.data(), command=st.sampled_from([Leave(), Send(b"let me in"), End()]))
    def act_from_outside(self, data: st.DataObject, command: Command) -> None:
        by = data.draw(st.sampled_from(sorted(self.knocking)))
        inside = dict(self.inside)
        self._receive(by, command)
        assert by not in self.knocking
        assert self.inside == inside

    @rule(do_replace=seldom)
    def replace_words(self, do_replace: bool) -> None:  # noqa: FBT001
        self.words += do_replace

    @has_people
    @rule(data=st.data(), message=st.binary(min_size=1, max_size=4))
    def send(self, data: st.DataObject, message: bytes) -> None:
        sender = self._anybody(data)
        for effect in self._receive(sender, Send(message)):
            assert isinstance(effect, SendEvent)
            assert sender in self.members
            assert set(effect.to) <= self.members - {sender}

    @has_people
    @rule(data=st.data(), is_current=st.booleans(), jump=numbers)
    def commit(self, data: st.DataObject, is_current: bool, jump: int) -> None:  # noqa: FBT001
        committer = self._anybody(data)
        group, epoch = self.at if is_current else (self.at[0], self.at[1] + jump)
        known = sorted({*self.inside, *(person.another_device(9) for person in CAST)})
        some = st.lists(st.sampled_from(known), max_size=3)
        adds: list[str] = [*data.draw(some)]
        content = data.draw(st.sampled_from([b"commit", b"another"]))
        command = Commit(group, epoch, content, b"welcome" if adds else None, adds, [*data.draw(some)])
        was_member, at = committer in self.members, self.at
        effects = self._receive(committer, command)
        if any(isinstance(e, SendEvent) and isinstance(e.event, Accepted) for e in effects):
            assert was_member
            assert (group, epoch) == at
            self.commits[at] += 1
            self.makers[group, epoch + 1] = (self.inside[committer], self.now)

    @has_people
    @rule(data=st.data(), back=st.integers(0, 2))
    def refuse(self, data: st.DataObject, back: int) -> None:
        by, group, epoch = self._anybody(data), self.at[0], max(0, self.at[1] - back)
        digest = sha256(data.draw(st.sampled_from([b"commit", b"another"]))).digest()
        effects = self.room.receive_command(by, Refuse(group, epoch, digest), now=self.now)
        if self.room._log.epoch != self.at[1] and self.room._log.group == group:
            maker, at = self.makers[group, epoch]
            assert maker != ALICE.participant
            assert self.now - at < REFUSABLE_S
            self.at = (group, epoch - 1)
            self.commits = Counter({at: count for at, count in self.commits.items() if at < self.at})
            self.members = set(self.room._log.members)
        self._book(effects)

    @has_people
    @rule(data=st.data(), participant=people)
    def remove(self, data: st.DataObject, participant: Person) -> None:
        by = self._alice_or_anybody(data)
        is_organizer = self.inside[by] == ALICE.participant
        self._receive(by, Remove(participant.participant))
        if is_organizer:
            self.removed.add(participant.participant)
            assert participant.participant not in {*self.inside.values(), *self.knocking.values()}

    @has_people
    @rule(data=st.data(), command=st.sampled_from([Leave(), ALICE.enter()]))
    def leave(self, data: st.DataObject, command: Command) -> None:
        if data.draw(st.booleans()):
            by = self._anybody(data)
            self._receive(by, command)
            assert by not in self.inside

    @has_people
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        if data.draw(seldom):
            self._receive(self._alice_or_anybody(data), End())

    @rule(is_long=seldom, passed_s=st.sampled_from([29.0, 61.0, 601.0, LIFETIME_S]))
    def wait(self, is_long: bool, passed_s: float) -> None:  # noqa: FBT001
        self.now += passed_s if is_long else 0.5
        self._book(self.room.handle_timer(now=self.now))
        timer = self.room.next_timer()
        assert timer is None or timer > self.now

    @precondition(lambda machine: not machine.room.is_closed)
    @rule(is_due=seldom, is_killed=st.booleans())
    def restart(self, is_due: bool, is_killed: bool) -> None:  # noqa: FBT001
        """The node comes back with what it was told to remember, and nothing else."""
        if not is_due:
            return
        if not is_killed:
            self._book(self.room.shut_down())
        self.inside, self.knocking, self.members = {}, {}, set()
        self.commits, self.founders, self.at = Counter(), Counter(), (0, 0)
        self.reported, self.words_inside = [], 0
        memory = Memory() if self.remembered is None else decode_memory(self.remembered)
        self.room = Room.restored(ROOM, memory, until=self.now + LIFETIME_S, now=self.now)

    # --- what must hold ---

    @invariant()
    def no_epoch_has_two_commits(self) -> None:
        assert all(count == 1 for count in self.commits.values())

    @invariant()
    def no_group_has_two_founders(self) -> None:
        assert all(count == 1 for count in self.founders.values())

    @invariant()
    def a_room_with_people_has_a_member(self) -> None:
        assert bool(self.members) == bool(self.inside)
        assert self.members <= set(self.inside)
        assert len(self.inside) <= MAX_DEVICES

    @invariant()
    def nobody_waits_and_is_inside(self) -> None:
        assert not set(self.knocking) & set(self.inside)
        assert not set(self.knocking.values()) & {*self.inside.values(), *self.removed}
        assert len(set(self.knocking.values())) == len(self.knocking)
        assert not self.is_locked or not self.knocking

    @invariant()
    def a_participant_is_there_once(self) -> None:
        assert len(set(self.inside.values())) == len(self.inside)
        assert not self.removed & set(self.inside.values())

    @invariant()
    def the_room_agrees_with_the_book(self) -> None:
        for person in CAST:
            for number in range(4):
                device = person.another_device(number)
                assert self.room.has_device(person.participant, device) == (device in self.inside)

    @invariant()
    def reports_tell_the_whole_story(self) -> None:
        entered = [e.device for e in self.reported if isinstance(e, report.Entered)]
        left = [e.device for e in self.reported if isinstance(e, report.Left)]
        assert Counter(entered) - Counter(left) == Counter(list(self.inside))
        assert self.reported.count(report.Opened()) <= 1
        assert self.reported.count(report.Opened()) == bool(entered)
        assert sum(isinstance(e, report.Closed) for e in self.reported) == (self.room.is_closed and bool(entered))

    # --- the book ---

    def _anybody(self, data: st.DataObject) -> DeviceId:
        return data.draw(st.sampled_from(sorted(self.inside)))

    def _alice_or_anybody(self, data: st.DataObject) -> DeviceId:
        alices = [device for device, each in self.inside.items() if each == ALICE.participant]
        return self._anybody(data) if data.draw(seldom) or not alices else alices[0]

    def _receive(self, sender: DeviceId, command: Command) -> list[Effect]:
        effects = self.room.receive_command(sender, command, now=self.now)
        self._book(effects)
        return effects

    def _book(self, effects: list[Effect], entering: tuple[DeviceId, ParticipantId] | None = None) -> None:
        for effect in effects:
            match effect:
                case PutOut(_, device):
                    del (self.knocking if device in self.knocking else self.inside)[device]
                    self.members.discard(device)
                case SendEvent(_, to, Knocking()):
                    assert entering is not None
                    assert to == (entering[0],)
                    self.knocking[entering[0]] = entering[1]
                case SendEvent(_, to, event):
                    self._book_event(to, event, entering)
                    assert to, "nothing is sent to nobody"
                    assert set(to) <= set(self.inside), "who is out or waits receives nothing"
                case ReportEvent(_, event):
                    self.reported.append(event)
                case Remember(_, memory):
                    self.remembered = memory
                case Forget():
                    self.remembered = None
                case CloseRoom():
                    assert not self.inside

    def _book_event(
        self, to: tuple[DeviceId, ...], event: object, entering: tuple[DeviceId, ParticipantId] | None
    ) -> None:
        match event:
            case Entered():
                self._book_entry(event, entering)
            case Knocked() | Answered():
                assert {self.inside[device] for device in to} == {ALICE.participant}
            case Locked(is_locked):
                self.is_locked = is_locked
                assert set(to) == set(self.inside)
            case Message(sender, epoch):
                assert sender not in to
                assert epoch == self.at[1]
            case Left(device):
                assert device not in self.inside
            case _:
                self._book_group_event(to, event)

    def _book_group_event(self, to: tuple[DeviceId, ...], event: object) -> None:
        match event:
            case Found(group):
                assert not self.members
                self._found(group, *to)
            case Accepted(group, epoch):
                assert (group, epoch) == (self.at[0], self.at[1] + 1)
                self.at = (group, epoch)
            case Committed(removes=removes):
                assert set(to) <= self.members
                self.members -= set(removes)
            case Welcomed():
                assert set(to) <= set(self.inside) - self.members
                self.members |= set(to)
            case Stale(group, epoch):
                assert (group, epoch) == self.at

    def _book_entry(self, event: Entered, entering: tuple[DeviceId, ParticipantId] | None) -> None:
        device, participant = event.device, event.participant
        assert entering == (device, participant) or self.knocking.get(device) == participant
        self.knocking.pop(device, None)
        self.inside[device] = participant
        self.known.add(participant)
        assert event.founder == (not self.members)
        if event.founder:
            self._found(event.group, device)
        assert (event.group, event.epoch) == self.at
        assert event.locked == self.is_locked
        knocks = self.knocking.values() if participant == ALICE.participant else ()
        assert {knock.participant for knock in event.knocks} == set(knocks)

    def _found(self, group: int, founder: DeviceId) -> None:
        assert group == self.at[0] + 1, "groups are numbered in order"
        self.founders[group] += 1
        self.at = (group, 0)
        self.members = {founder}


RoomMachine.TestCase.settings = settings(max_examples=50, stateful_step_count=40, deadline=None)
test_room_machine = RoomMachine.TestCase
