"""A room under everything that can happen to it, in any order; what must never happen does not."""

from __future__ import annotations

from collections import Counter

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from conclave import report
from conclave.rooms.effects import CloseRoom, Effect, PutOut, Refused, ReportEvent, SendEvent
from conclave.rooms.messages import (
    MAX_DEVICES,
    Accepted,
    Command,
    Commit,
    Committed,
    End,
    Entered,
    Found,
    Leave,
    Left,
    Message,
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
        self.founders: Counter[int] = Counter()
        self.at = (0, 0)
        self.reported: list[report.Event] = []
        self.words, self.words_inside = 1, 0

    # --- what can happen ---

    @rule(person=people, number=numbers, by_old_words=seldom)
    def enter(self, person: Person, number: int, by_old_words: bool) -> None:  # noqa: FBT001
        device = person.another_device(number)
        words = self.words - by_old_words
        ticket = person.ticket(words=_words(words), now=NOW_UNIX_S + words)
        try:
            effects = self.room.enter(ticket, person.enter(device), relay=RELAY, now=self.now)
        except Refused:
            return
        assert person.participant not in self.removed
        assert words >= self.words_inside, "who has replaced words does not enter"
        self._book(effects, entering=(device, person.participant))
        if words > self.words_inside:
            assert set(self.inside) == {device}, "nobody stays by replaced words"
        self.words_inside = words

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
        command = Commit(group, epoch, b"commit", b"welcome" if adds else None, adds, [*data.draw(some)])
        was_member, at = committer in self.members, self.at
        effects = self._receive(committer, command)
        if any(isinstance(e, SendEvent) and isinstance(e.event, Accepted) for e in effects):
            assert was_member
            assert (group, epoch) == at
            self.commits[at] += 1

    @has_people
    @rule(data=st.data(), participant=people)
    def remove(self, data: st.DataObject, participant: Person) -> None:
        alices = [device for device, each in self.inside.items() if each == ALICE.participant]
        by = self._anybody(data) if data.draw(seldom) or not alices else alices[0]
        is_organizer = by in alices
        self._receive(by, Remove(participant.participant))
        if is_organizer:
            self.removed.add(participant.participant)
            assert participant.participant not in self.inside.values()

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
            self._receive(self._anybody(data), End())

    @rule(is_long=seldom, passed_s=st.sampled_from([29.0, 61.0, LIFETIME_S]))
    def wait(self, is_long: bool, passed_s: float) -> None:  # noqa: FBT001
        self.now += passed_s if is_long else 0.5
        self._book(self.room.handle_timer(now=self.now))
        timer = self.room.next_timer()
        assert timer is None or timer > self.now

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
        assert sum(isinstance(e, report.Closed) for e in self.reported) == self.room.is_closed

    # --- the book ---

    def _anybody(self, data: st.DataObject) -> DeviceId:
        return data.draw(st.sampled_from(sorted(self.inside)))

    def _receive(self, sender: DeviceId, command: Command) -> list[Effect]:
        effects = self.room.receive_command(sender, command, now=self.now)
        self._book(effects)
        return effects

    def _book(self, effects: list[Effect], entering: tuple[DeviceId, ParticipantId] | None = None) -> None:
        for effect in effects:
            match effect:
                case PutOut(_, device):
                    del self.inside[device]
                    self.members.discard(device)
                case SendEvent(_, to, event):
                    self._book_event(to, event, entering)
                    assert to, "nothing is sent to nobody"
                    assert set(to) <= set(self.inside), "who is out receives nothing"
                case ReportEvent(_, event):
                    self.reported.append(event)
                case CloseRoom():
                    assert not self.inside

    def _book_event(
        self, to: tuple[DeviceId, ...], event: object, entering: tuple[DeviceId, ParticipantId] | None
    ) -> None:
        match event:
            case Entered(founder=is_founder, group=group, epoch=epoch):
                assert entering is not None
                self.inside[entering[0]] = entering[1]
                assert is_founder == (not self.members)
                if is_founder:
                    self._found(group, entering[0])
                assert (group, epoch) == self.at
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
            case Message(sender):
                assert sender not in to
            case Stale(group, epoch):
                assert (group, epoch) == self.at
            case Left(device):
                assert device not in self.inside

    def _found(self, group: int, founder: DeviceId) -> None:
        assert group == self.at[0] + 1, "groups are numbered in order"
        self.founders[group] += 1
        self.at = (group, 0)
        self.members = {founder}


RoomMachine.TestCase.settings = settings(max_examples=50, stateful_step_count=40, deadline=None)
test_room_machine = RoomMachine.TestCase
