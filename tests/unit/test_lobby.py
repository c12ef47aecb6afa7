"""The lobby: who knocks, who is answered, and what those who wait are told of the meeting: nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conclave import report
from conclave.rooms import lobby
from conclave.rooms import room as rooms_room
from conclave.rooms.effects import CloseRoom, Effect, Forget, PutOut, Refused, Regrant, ReportEvent, SendEvent
from conclave.rooms.lobby import LOBBY_TIMEOUT_S, MAX_DENIALS
from conclave.rooms.messages import (
    Admit,
    Answered,
    Appoint,
    Appointed,
    CloseCode,
    Deny,
    End,
    Entered,
    Event,
    Joined,
    Knock,
    Knocked,
    Knocking,
    Leave,
    Lock,
    Locked,
    Remove,
    Send,
)
from conclave.rooms.room import EMPTY_TIMEOUT_S, Room
from conclave.ticket import DeviceId
from tests.fakes import ALICE, BOB, CAROL, DAVE, MALLORY, NOW_UNIX_S, OTHER_WORDS_KEY, RELAY, ROOM, Person, commit


def _come(room: Room, person: Person, *, device: DeviceId | None = None, now: float = 0.0) -> list[Effect]:
    """Somebody comes to a meeting with a lobby."""
    ticket = replace(person.ticket(), must_knock=person is not ALICE)
    return room.enter(ticket, person.enter(device), relay=RELAY, now=now)


def _told(effects: list[Effect], device: DeviceId) -> list[Event]:
    return [e.event for e in effects if isinstance(e, SendEvent) and device in e.to]


def _put_out(effects: list[Effect]) -> dict[DeviceId, CloseCode]:
    return {effect.device: effect.code for effect in effects if isinstance(effect, PutOut)}


def _do(room: Room, command: Admit | Deny | Lock | Appoint | Remove | End, *, by: Person = ALICE) -> list[Effect]:
    return room.receive_command(by.device, command, now=1.0)


@pytest.fixture
def room() -> Room:
    """Alice is in, carol knocks."""
    room = Room(ROOM, now=0.0)
    _come(room, ALICE)
    _come(room, CAROL)
    return room


def test_who_knocks_is_told_so_and_who_can_admit_sees_name_and_account() -> None:
    room = Room(ROOM, now=0.0)
    _come(room, ALICE)
    effects = room.enter(
        replace(CAROL.ticket(), must_knock=True, has_account=True), CAROL.enter(), relay=RELAY, now=0.0
    )
    assert _told(effects, CAROL.device) == [Knocking()]
    assert _told(effects, ALICE.device) == [Knocked(Knock(CAROL.participant, "Carol", account=True))]
    assert not any(isinstance(e, ReportEvent) for e in effects), "who waits has not been in the meeting"


def test_only_who_can_admit_hears_of_it(room: Room) -> None:
    _do(room, Admit([CAROL.participant]))
    effects = _come(room, DAVE)
    assert _told(effects, CAROL.device) == []
    assert _told(effects, ALICE.device) == [Knocked(Knock(DAVE.participant, "Dave", account=False))]


def test_who_waits_gets_nothing_of_the_meeting_and_is_not_there(room: Room) -> None:
    effects = [
        *_come(room, BOB),
        *_do(room, Admit([BOB.participant])),
        *room.receive_command(ALICE.device, commit(0, adds=(BOB,)), now=1.0),
        *room.receive_command(ALICE.device, Send(b"hello"), now=1.0),
        *_do(room, Appoint(BOB.participant, "attendee")),
        *_do(room, Remove(BOB.participant)),
    ]
    assert _told(effects, CAROL.device) == []
    assert not room.has_device(CAROL.participant, CAROL.device)
    lost = room.receive_command(ALICE.device, commit(1, adds=(CAROL,)), now=1.0)
    assert _told(lost, CAROL.device) == [], "not even a commit that adds them counts"


def test_admitted_is_entered(room: Room) -> None:
    effects = _do(room, Admit([CAROL.participant]))
    assert _told(effects, ALICE.device)[0] == Answered(CAROL.participant)
    assert isinstance(_told(effects, ALICE.device)[1], Joined)
    (entered,) = _told(effects, CAROL.device)
    assert isinstance(entered, Entered)
    assert [entry.name for entry in entered.roster] == ["Alice", "Carol"]
    assert (entered.founder, entered.knocks) == (False, [])
    assert room.has_device(CAROL.participant, CAROL.device)
    assert _do(room, Admit([CAROL.participant])) == [], "once"


def test_admitting_all_admits_whom_the_organizer_saw(room: Room) -> None:
    _come(room, DAVE)
    _come(room, MALLORY)
    _do(room, Admit([CAROL.participant, DAVE.participant]))
    assert room.has_device(DAVE.participant, DAVE.device)
    assert not room.has_device(MALLORY.participant, MALLORY.device)


def test_denied_is_told_and_may_knock_again_but_not_for_ever(room: Room) -> None:
    for number in range(MAX_DENIALS):
        device = CAROL.another_device(number) if number else CAROL.device
        effects = _do(room, Deny(CAROL.participant))
        assert _put_out(effects) == {device: CloseCode.DENIED}
        assert _told(effects, ALICE.device) == [Answered(CAROL.participant)]
        if number < MAX_DENIALS - 1:
            _come(room, CAROL, device=CAROL.another_device(number + 1))
    with pytest.raises(Refused, match="denied"):
        _come(room, CAROL, device=CAROL.another_device(9))


def test_nobody_is_left_waiting(room: Room) -> None:
    assert room.next_timer() == LOBBY_TIMEOUT_S
    assert room.handle_timer(now=LOBBY_TIMEOUT_S - 1) == []
    effects = room.handle_timer(now=LOBBY_TIMEOUT_S)
    assert _put_out(effects) == {CAROL.device: CloseCode.UNANSWERED}
    assert _told(effects, ALICE.device) == [Answered(CAROL.participant)]


def test_knocking_again_replaces_the_first_and_does_not_restart_the_clock(room: Room) -> None:
    effects = _come(room, CAROL, device=CAROL.another_device(1), now=100.0)
    assert _put_out(effects) == {CAROL.device: CloseCode.REPLACED}
    assert room.next_timer() == LOBBY_TIMEOUT_S
    with pytest.raises(Refused, match="malformed"):
        _come(room, DAVE, device=CAROL.another_device(1))


def test_who_waits_can_leave_and_nothing_else(room: Room) -> None:
    assert _put_out(room.receive_command(CAROL.device, Leave(), now=1.0)) == {CAROL.device: CloseCode.LEFT}
    _come(room, DAVE)
    effects = room.receive_command(DAVE.device, Send(b"let me in"), now=1.0)
    assert _put_out(effects) == {DAVE.device: CloseCode.MALFORMED}
    assert _told(effects, ALICE.device) == [Answered(DAVE.participant)]


def test_who_is_lost_while_waiting_is_forgotten(room: Room) -> None:
    effects = room.lose(CAROL.device, reason="lost", code=CloseCode.SLOW, now=1.0)
    assert _told(effects, ALICE.device) == [Answered(CAROL.participant)]
    assert _do(room, Admit([CAROL.participant])) == []
    assert room.lose(CAROL.device, reason="lost", code=CloseCode.SLOW, now=1.0) == []


def test_who_has_been_inside_comes_back_without_knocking(room: Room) -> None:
    _do(room, Admit([CAROL.participant]))
    effects = _come(room, CAROL, device=CAROL.another_device(1))
    assert room.has_device(CAROL.participant, CAROL.another_device(1))
    assert _put_out(effects) == {CAROL.device: CloseCode.REPLACED}


def test_who_was_removed_cannot_knock(room: Room) -> None:
    assert _put_out(_do(room, Remove(CAROL.participant))) == {CAROL.device: CloseCode.REMOVED}
    with pytest.raises(Refused, match="removed"):
        _come(room, CAROL, device=CAROL.another_device(1))


def test_whose_next_ticket_needs_no_knock_is_in_and_waits_no_more(room: Room) -> None:
    effects = room.enter(CAROL.ticket(), CAROL.enter(CAROL.another_device(1)), relay=RELAY, now=1.0)
    assert _put_out(effects) == {CAROL.device: CloseCode.REPLACED}
    assert room.has_device(CAROL.participant, CAROL.another_device(1))
    assert _do(room, Admit([CAROL.participant])) == []


def test_an_organizer_finds_those_who_came_first() -> None:
    room = Room(ROOM, now=0.0)
    assert _told(_come(room, CAROL), CAROL.device) == [Knocking()]
    assert room.handle_timer(now=EMPTY_TIMEOUT_S + 1) == [], "the room waits with carol"
    (entered,) = _told(_come(room, ALICE, now=60.0), ALICE.device)
    assert isinstance(entered, Entered)
    assert entered.founder
    assert entered.knocks == [Knock(CAROL.participant, "Carol", account=False)]


def test_a_room_in_which_nobody_ever_was_closes_without_a_report() -> None:
    room = Room(ROOM, now=0.0)
    _come(room, CAROL)
    room.receive_command(CAROL.device, Leave(), now=1.0)
    effects = room.handle_timer(now=EMPTY_TIMEOUT_S)
    assert effects == [Forget(ROOM), CloseRoom(ROOM)]
    assert room.is_closed


def test_the_end_is_the_end_for_those_who_wait_too(room: Room) -> None:
    effects = _do(room, End())
    assert _put_out(effects) == {CAROL.device: CloseCode.ENDED, ALICE.device: CloseCode.ENDED}
    left = [e.event.device for e in effects if isinstance(e, ReportEvent) and isinstance(e.event, report.Left)]
    assert left == [ALICE.device]


def test_new_words_empty_the_lobby(room: Room) -> None:
    fresh = replace(DAVE.ticket(words=OTHER_WORDS_KEY, now=NOW_UNIX_S + 1), must_knock=True)
    effects = room.enter(fresh, DAVE.enter(), relay=RELAY, now=1.0)
    assert _put_out(effects) == {CAROL.device: CloseCode.TICKET, ALICE.device: CloseCode.TICKET}
    assert _told(effects, DAVE.device) == [Knocking()]


def test_a_lobby_has_its_end(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lobby, "MAX_KNOCKING", 1)
    with pytest.raises(Refused, match="full"):
        _come(room, DAVE)
    _come(room, CAROL, device=CAROL.another_device(1))


def test_nobody_is_admitted_into_a_full_room(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms_room, "MAX_DEVICES", 2)
    _come(room, DAVE)
    _do(room, Admit([CAROL.participant, DAVE.participant]))
    assert room.has_device(CAROL.participant, CAROL.device)
    assert _do(room, Admit([DAVE.participant])) == [], "dave waits on"
    assert _put_out(_do(room, Deny(DAVE.participant))) == {DAVE.device: CloseCode.DENIED}


def test_a_lobby_remembers_a_bounded_number_of_denials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lobby, "MAX_REMEMBERED", 1)
    kept = lobby.Lobby({})
    for _ in range(MAX_DENIALS):
        kept.note_denial(CAROL.participant)
        kept.note_denial(DAVE.participant)
    assert kept.is_deaf_to(CAROL.participant)
    assert not kept.is_deaf_to(DAVE.participant)


# --- the lock ---


def test_a_lock_is_told_to_everyone_and_sends_those_who_knock_away(room: Room) -> None:
    _come(room, BOB)
    _do(room, Admit([BOB.participant]))
    effects = _do(room, Lock(locked=True))
    locked = Locked(locked=True, participant=ALICE.participant)
    assert _told(effects, ALICE.device)[0] == locked
    assert _told(effects, BOB.device) == [locked]
    assert _put_out(effects) == {CAROL.device: CloseCode.LOCKED}
    assert _do(room, Lock(locked=True)) == [], "told once"


def test_nobody_new_enters_a_locked_room_knocking_or_not(room: Room) -> None:
    _do(room, Lock(locked=True))
    with pytest.raises(Refused, match="locked"):
        _come(room, DAVE)
    with pytest.raises(Refused, match="locked"):
        room.enter(DAVE.ticket(), DAVE.enter(), relay=RELAY, now=1.0)
    _do(room, Lock(locked=False))
    assert _told(_come(room, DAVE), DAVE.device) == [Knocking()]


def test_who_was_inside_and_organizers_come_back_into_a_locked_room(room: Room) -> None:
    _do(room, Admit([CAROL.participant]))
    _do(room, Lock(locked=True))
    assert _told(_come(room, CAROL, device=CAROL.another_device(1)), CAROL.another_device(1))
    room.lose(ALICE.device, reason="lost", code=CloseCode.SLOW, now=1.0)
    (entered,) = _told(_come(room, ALICE, device=ALICE.another_device(1)), ALICE.another_device(1))
    assert isinstance(entered, Entered)
    assert entered.locked


# --- roles ---


def test_who_is_made_presenter_is_one_for_everyone_and_after_coming_back(room: Room) -> None:
    limited = replace(DAVE.ticket(), grants=frozenset({"chat"}))
    room.enter(limited, DAVE.enter(), relay=RELAY, now=0.0)
    appointed = Appointed(DAVE.participant, "presenter", ["chat", "share", "speak"])
    effects = _do(room, Appoint(DAVE.participant, "presenter"))
    assert _told(effects, ALICE.device) == _told(effects, DAVE.device) == [appointed]
    assert _do(room, Appoint(DAVE.participant, "presenter")) == [], "told once"
    again = DAVE.another_device(1)
    (entered,) = _told(room.enter(limited, DAVE.enter(again), relay=RELAY, now=1.0), again)
    assert isinstance(entered, Entered)
    assert (entered.role, entered.grants) == ("presenter", ["chat", "share", "speak"])
    assert entered.roster[-1].grants == ["chat", "share", "speak"]
    back = _do(room, Appoint(DAVE.participant, "attendee"))
    assert _told(back, again) == [Appointed(DAVE.participant, "attendee", ["chat"])]
    assert Regrant(ROOM, again) in back


def test_the_relay_is_told_what_a_device_may(room: Room) -> None:
    assert not room.may(DAVE.device, "chat"), "who is not there may nothing"
    room.enter(replace(DAVE.ticket(), grants=frozenset({"chat"})), DAVE.enter(), relay=RELAY, now=0.0)
    assert room.may(DAVE.device, "chat")
    assert not room.may(DAVE.device, "share")
    _do(room, Appoint(DAVE.participant, "presenter"))
    assert room.may(DAVE.device, "share")


def test_an_organizer_stays_one_and_who_is_not_there_is_nothing(room: Room) -> None:
    assert _do(room, Appoint(ALICE.participant, "attendee")) == []
    assert _do(room, Appoint(MALLORY.participant, "presenter")) == []
    assert _do(room, Appoint(CAROL.participant, "presenter")) == [], "nor is who only knocks"


def test_a_room_remembers_a_bounded_number_of_roles(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conclave.rooms.roles.MAX_REMEMBERED", 0)
    _do(room, Admit([CAROL.participant]))
    assert _do(room, Appoint(CAROL.participant, "presenter")) == []


FORBIDDEN = [
    Admit([DAVE.participant]),
    Deny(DAVE.participant),
    Lock(locked=True),
    Appoint(CAROL.participant, "presenter"),
    Remove(ALICE.participant),
    End(),
]


@pytest.mark.parametrize("command", FORBIDDEN, ids=lambda command: type(command).__name__)
@pytest.mark.parametrize("role", ["attendee", "presenter"])
def test_mallory_who_is_no_organizer_does_nothing_of_this(room: Room, command: Admit, role: str) -> None:
    ticket = replace(MALLORY.ticket(), role=role)
    room.enter(ticket, MALLORY.enter(), relay=RELAY, now=0.0)
    _come(room, DAVE)
    assert _put_out(_do(room, command, by=MALLORY)) == {MALLORY.device: CloseCode.FORBIDDEN}
    assert room.has_device(ALICE.participant, ALICE.device)
    assert not room.has_device(DAVE.participant, DAVE.device)
    assert not room.is_closed
    assert _told(_come(room, BOB), BOB.device) == [Knocking()], "and nothing is locked"
