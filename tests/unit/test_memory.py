"""What a room does not forget when its node restarts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conclave import report
from conclave.rooms.effects import CloseRoom, Effect, Forget, Refused, Remember, RememberEnd, ReportEvent
from conclave.rooms.lobby import MAX_DENIALS
from conclave.rooms.memory import Memory, decode_memory, encode_memory
from conclave.rooms.messages import Appoint, CloseCode, Command, Deny, End, Leave, Lock, Remove
from conclave.rooms.node import ENDED_KEPT_S, Node
from conclave.rooms.room import EMPTY_TIMEOUT_S, LIFETIME_S, RESTORED_TIMEOUT_S
from conclave.ticket import DeviceId
from tests.fakes import ALICE, BOB, CAROL, DAVE, MALLORY, RELAY, ROOM, Person

LATER = 100.0
"""When the node is back."""


class Nodes:
    """A node, and the one that follows it."""

    def __init__(self, *people: Person) -> None:
        self.node = Node()
        self.now = 0.0
        self.memory: Remember | None = None
        self.end: RememberEnd | None = None
        for person in people:
            self.enter(person)

    def enter(self, person: Person, *, must_knock: bool = False, age_s: float = 0.0) -> None:
        ticket = replace(person.ticket(), must_knock=must_knock)
        self._note(self.node.enter(ticket, person.enter(), relay=RELAY, age_s=age_s, now=self.now))

    def do(self, person: Person, command: Command) -> list[Effect]:
        return self._note(self.node.receive_command(ROOM, person.device, command, now=self.now))

    def wait(self, seconds: float) -> list[Effect]:
        self.now += seconds
        return self._note(self.node.handle_timer(now=self.now))

    def restart(self, *, is_killed: bool = False) -> None:
        if not is_killed:
            self._note(self.node.shut_down())
        self.node, self.now = Node(), self.now + LATER
        if self.memory is not None:
            memory = decode_memory(self.memory.memory)
            self.node.restore(ROOM, memory, until=self.memory.until, now=self.now)
        if self.end is not None:
            self.node.restore_end(ROOM, until=self.end.until, now=self.now)

    def refusal(self, person: Person, **how: bool | float) -> CloseCode:
        with pytest.raises(Refused) as refused:
            self.enter(person, **how)  # type: ignore[arg-type]
        return refused.value.code

    def _note(self, effects: list[Effect]) -> list[Effect]:
        for effect in effects:
            match effect:
                case Remember():
                    self.memory = effect
                case Forget():
                    self.memory = None
                case RememberEnd():
                    self.end = effect
        return effects


@pytest.mark.parametrize("is_killed", [False, True])
def test_a_locked_room_stays_locked_and_lets_those_back_who_were_in_it(is_killed: bool) -> None:  # noqa: FBT001
    nodes = Nodes(ALICE, BOB)
    nodes.do(ALICE, Lock(locked=True))
    nodes.restart(is_killed=is_killed)
    assert nodes.refusal(MALLORY) == CloseCode.LOCKED
    nodes.enter(BOB, must_knock=True)
    assert nodes.node.has_device(ROOM, BOB.participant, BOB.device), "and without knocking again"
    nodes.enter(ALICE)
    nodes.do(ALICE, Lock(locked=False))
    nodes.restart(is_killed=is_killed)
    nodes.enter(DAVE)


def test_who_was_removed_stays_out() -> None:
    nodes = Nodes(ALICE, MALLORY)
    nodes.do(ALICE, Remove(MALLORY.participant))
    nodes.restart()
    assert nodes.refusal(MALLORY) == CloseCode.REMOVED


def test_who_was_denied_is_still_counted() -> None:
    nodes = Nodes(ALICE)
    for number in range(MAX_DENIALS):
        nodes.enter(replace(MALLORY, device=MALLORY.another_device(number)), must_knock=True)
        nodes.do(ALICE, Deny(MALLORY.participant))
        nodes.restart()
        nodes.enter(ALICE)
    assert nodes.refusal(MALLORY, must_knock=True) == CloseCode.DENIED


def test_a_role_that_was_taken_back_is_not_had_again() -> None:
    nodes = Nodes(ALICE, BOB)
    nodes.do(ALICE, Appoint(BOB.participant, "attendee"))
    nodes.restart()
    bob = replace(BOB.ticket(), grants=frozenset({"chat", "share"}))
    nodes.node.enter(bob, BOB.enter(), relay=RELAY, age_s=0.0, now=nodes.now)
    assert nodes.memory is not None
    assert decode_memory(nodes.memory.memory).appointed == {BOB.participant: "attendee"}


def test_an_ended_meeting_stays_ended_for_tickets_of_before() -> None:
    nodes = Nodes(ALICE)
    nodes.do(ALICE, End())
    assert nodes.memory is None
    nodes.restart()
    assert nodes.refusal(BOB, age_s=LATER + 1) == CloseCode.ENDED
    nodes.enter(BOB, age_s=LATER - 1)
    nodes.now = ENDED_KEPT_S - 1.0
    assert nodes.refusal(CAROL, age_s=ENDED_KEPT_S) == CloseCode.ENDED


def test_a_room_that_nobody_comes_back_to_is_forgotten_without_a_word_to_the_site() -> None:
    nodes = Nodes(ALICE)
    nodes.do(ALICE, Lock(locked=True))
    nodes.restart()
    assert nodes.wait(RESTORED_TIMEOUT_S - 1) == []
    assert nodes.wait(1) == [Forget(ROOM), CloseRoom(ROOM)]
    nodes.enter(MALLORY)


def test_a_room_that_is_over_is_forgotten() -> None:
    nodes = Nodes(ALICE)
    nodes.do(ALICE, Leave())
    assert ReportEvent(ROOM, report.Closed("empty")) in nodes.wait(EMPTY_TIMEOUT_S)
    assert nodes.memory is None


def test_a_restart_makes_no_room_live_longer() -> None:
    nodes = Nodes(ALICE)
    nodes.restart()
    nodes.enter(replace(ALICE, device=DeviceId("f" * 16)))
    effects = nodes.wait(LIFETIME_S - LATER)
    assert ReportEvent(ROOM, report.Closed("expired")) in effects


@given(st.binary() | st.text().map(str.encode) | st.just(b'{"is_locked": false, "known": ["../../etc/passwd"]}'))
def test_whatever_is_damaged_locks_the_room(text: bytes) -> None:
    memory = decode_memory(text)
    assert memory == Memory(is_locked=True) or encode_memory(memory)
    assert memory.is_locked or text.strip().startswith(b"{")


def test_what_was_written_is_read_again() -> None:
    memory = Memory(
        is_locked=True,
        known={ALICE.participant},
        removed={MALLORY.participant},
        denials={DAVE.participant: 2},
        appointed={BOB.participant: "attendee"},
    )
    assert decode_memory(encode_memory(memory)) == memory
