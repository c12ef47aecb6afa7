"""All rooms of a node: made and dropped, limited, and closed to latecomers after the end."""

from __future__ import annotations

import pytest

from conclave import report
from conclave.rooms.effects import CloseRoom, Effect, PutOut, Refused, ReportEvent
from conclave.rooms.messages import CloseCode, End, Leave
from conclave.rooms.node import ENDED_KEPT_S, MAX_ROOMS, Node
from conclave.rooms.room import EMPTY_TIMEOUT_S, UNVERIFIED_TIMEOUT_S
from conclave.ticket import LEEWAY_S, LIFETIME_S, RoomId
from tests.fakes import ALICE, BOB, RELAY, ROOM, Person

OTHER_ROOM = RoomId("481516235")


def _enter(node: Node, person: Person, *, room: RoomId = ROOM, age_s: float = 0.0, now: float = 0.0) -> list[Effect]:
    return node.enter(person.ticket(room=room), person.enter(), relay=RELAY, age_s=age_s, now=now)


def _refusal(node: Node, person: Person, *, room: RoomId = ROOM, age_s: float = 0.0, now: float = 0.0) -> CloseCode:
    with pytest.raises(Refused) as refused:
        _enter(node, person, room=room, age_s=age_s, now=now)
    return refused.value.code


def test_rooms_do_not_see_each_other() -> None:
    node = Node()
    _enter(node, ALICE)
    _enter(node, BOB, room=OTHER_ROOM)
    assert node.room_count == 2
    assert node.has_device(ROOM, ALICE.participant, ALICE.device)
    assert not node.has_device(OTHER_ROOM, ALICE.participant, ALICE.device)
    assert not node.has_device(RoomId("000000000"), ALICE.participant, ALICE.device)
    assert node.may(ROOM, ALICE.device, "share")
    assert not node.may(OTHER_ROOM, ALICE.device, "share")
    assert not node.may(RoomId("000000000"), ALICE.device, "share")


def test_who_is_refused_leaves_no_room_behind() -> None:
    node = Node()
    _enter(node, ALICE)
    assert _refusal(node, ALICE) == CloseCode.MALFORMED
    assert node.room_count == 1


def test_a_node_has_so_many_rooms() -> None:
    node = Node()
    for number in range(MAX_ROOMS):
        _enter(node, ALICE, room=RoomId(f"{number:09d}"))
    assert _refusal(node, BOB) == CloseCode.FULL
    _enter(node, BOB, room=RoomId(f"{0:09d}"))


def test_an_ended_meeting_stays_ended_for_every_ticket_of_before() -> None:
    node = Node()
    _enter(node, ALICE)
    effects = node.receive_command(ROOM, ALICE.device, End(), now=10.0)
    assert CloseRoom(ROOM) in effects
    assert node.room_count == 0
    assert _refusal(node, BOB, age_s=1.0, now=11.0) == CloseCode.ENDED
    assert _refusal(node, BOB, age_s=LIFETIME_S + LEEWAY_S, now=10.0 + LIFETIME_S + LEEWAY_S) == CloseCode.ENDED
    assert ENDED_KEPT_S > LIFETIME_S + LEEWAY_S
    assert node.next_timer() == 10.0 + ENDED_KEPT_S
    node.handle_timer(now=10.0 + ENDED_KEPT_S)
    assert node.next_timer() is None


def test_an_organizer_who_opens_the_meeting_again_gets_in_with_a_new_ticket() -> None:
    node = Node()
    _enter(node, ALICE)
    node.receive_command(ROOM, ALICE.device, End(), now=10.0)
    _enter(node, ALICE, age_s=0.5, now=11.0)
    assert _refusal(node, BOB, age_s=5.0, now=12.0) == CloseCode.ENDED, "from before the end"


def test_a_room_that_everybody_left_opens_again() -> None:
    node = Node()
    _enter(node, ALICE)
    node.receive_command(ROOM, ALICE.device, Leave(), now=0.0)
    assert node.room_count == 1
    assert CloseRoom(ROOM) in node.handle_timer(now=EMPTY_TIMEOUT_S)
    assert node.room_count == 0
    assert node.next_timer() is None
    assert ReportEvent(ROOM, report.Opened()) in _enter(node, ALICE, now=EMPTY_TIMEOUT_S)


def test_only_the_rooms_whose_timer_is_due_are_woken() -> None:
    node = Node()
    _enter(node, ALICE)
    _enter(node, BOB, room=OTHER_ROOM)
    node.receive_command(OTHER_ROOM, BOB.device, Leave(), now=1.0)
    assert node.next_timer() == 1.0 + EMPTY_TIMEOUT_S
    node.handle_timer(now=1.0 + EMPTY_TIMEOUT_S)
    assert node.has_device(ROOM, ALICE.participant, ALICE.device)


def test_a_connection_that_is_lost_leaves_its_room() -> None:
    node = Node()
    _enter(node, ALICE)
    _enter(node, BOB)
    assert node.next_timer() == UNVERIFIED_TIMEOUT_S
    effects = node.lose(ROOM, BOB.device, reason="lost", code=CloseCode.SLOW, now=1.0)
    assert PutOut(ROOM, BOB.device, CloseCode.SLOW) in effects


def test_inputs_for_a_room_that_is_gone_do_nothing() -> None:
    node = Node()
    assert node.receive_command(ROOM, ALICE.device, Leave(), now=0.0) == []
    assert node.lose(ROOM, ALICE.device, reason="lost", code=CloseCode.SLOW, now=0.0) == []


def test_a_node_that_stops_closes_every_room() -> None:
    node = Node()
    _enter(node, ALICE)
    _enter(node, BOB, room=OTHER_ROOM)
    effects = node.shut_down()
    assert [e.room for e in effects if isinstance(e, CloseRoom)] == [ROOM, OTHER_ROOM]
    assert node.room_count == 0
