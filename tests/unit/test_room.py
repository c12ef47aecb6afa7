"""The room, told as stories: who enters, who is told what, who is put out and why."""

from __future__ import annotations

from typing import TypeVar

import pytest

from conclave import report
from conclave.rooms.effects import CloseRoom, Effect, Forget, PutOut, Refused, Remember, ReportEvent, SendEvent
from conclave.rooms.messages import (
    MAX_DEVICES,
    Accepted,
    CloseCode,
    Command,
    Committed,
    End,
    Entered,
    Event,
    Found,
    Joined,
    Leave,
    Left,
    Message,
    Remove,
    Send,
    Stale,
    Welcomed,
)
from conclave.rooms.room import EMPTY_TIMEOUT_S, LIFETIME_S, MAX_REMEMBERED, UNVERIFIED_TIMEOUT_S, Room
from conclave.ticket import DeviceId
from tests.fakes import (
    ALICE,
    BOB,
    CAROL,
    DAVE,
    MALLORY,
    NOW_UNIX_S,
    OTHER_WORDS_KEY,
    RELAY,
    ROOM,
    Person,
    commit,
    crowd,
    refusal,
)

E = TypeVar("E", bound=Event)


def _enter(room: Room, person: Person, *, device: DeviceId | None = None, now: float = 0.0) -> list[Effect]:
    return room.enter(person.ticket(), person.enter(device), relay=RELAY, now=now)


def _room(*members: Person, waiting: tuple[Person, ...] = ()) -> Room:
    """Alice has founded it, `members` were added, and then `waiting` entered."""
    room = Room(ROOM, now=0.0)
    for person in (ALICE, *members):
        _enter(room, person)
    if members:
        room.receive_command(ALICE.device, commit(0, adds=members), now=0.0)
    for person in waiting:
        _enter(room, person)
    return room


def _sent(effects: list[Effect], person: Person, kind: type[E]) -> list[E]:
    """What of one kind is sent to a person's first device."""
    sent = [e.event for e in effects if isinstance(e, SendEvent) and person.device in e.to]
    return [event for event in sent if isinstance(event, kind)]


def _told(effects: list[Effect], person: Person) -> list[Event]:
    """Everything that is sent to a person's first device, in order."""
    return [e.event for e in effects if isinstance(e, SendEvent) and person.device in e.to]


def _put_out(effects: list[Effect]) -> dict[DeviceId, CloseCode]:
    return {effect.device: effect.code for effect in effects if isinstance(effect, PutOut)}


def _reports(effects: list[Effect]) -> list[report.Event]:
    return [effect.event for effect in effects if isinstance(effect, ReportEvent)]


def _do(room: Room, person: Person, command: Command, *, now: float = 1.0) -> list[Effect]:
    return room.receive_command(person.device, command, now=now)


def _refusal(room: Room, person: Person, *, device: DeviceId | None = None) -> CloseCode:
    with pytest.raises(Refused) as refused:
        _enter(room, person, device=device)
    return refused.value.code


# --- entering ---


def test_the_first_to_enter_founds_the_group() -> None:
    room = Room(ROOM, now=0.0)
    effects = _enter(room, ALICE)
    (entered,) = _sent(effects, ALICE, Entered)
    assert (entered.founder, entered.group, entered.epoch) == (True, 1, 0)
    assert [(entry.device, entry.member) for entry in entered.roster] == [(ALICE.device, True)]
    assert entered.grants == ["admit", "appoint", "chat", "end", "remove", "share", "speak"]
    assert _reports(effects) == [report.Opened(), report.Entered(ALICE.participant, ALICE.device, "organizer")]


def test_who_enters_later_waits_and_everybody_hears_of_it() -> None:
    room = _room(BOB)
    effects = _enter(room, CAROL)
    (entered,) = _sent(effects, CAROL, Entered)
    assert (entered.founder, entered.group, entered.epoch) == (False, 1, 1)
    assert [entry.member for entry in entered.roster] == [True, True, False]
    for other in (ALICE, BOB):
        (joined,) = _sent(effects, other, Joined)
        assert (joined.entry.name, joined.entry.member) == ("Carol", False)
    assert _sent(effects, CAROL, Joined) == []


def test_a_second_tab_replaces_the_first() -> None:
    room = _room(BOB)
    tab = BOB.another_device(2)
    effects = _enter(room, BOB, device=tab)
    assert _put_out(effects) == {BOB.device: CloseCode.REPLACED}
    assert _sent(effects, ALICE, Left) == [Left(BOB.device, BOB.participant, "replaced")]
    assert not room.has_device(BOB.participant, BOB.device)
    assert room.has_device(BOB.participant, tab)


def test_alone_in_the_room_a_second_tab_founds_a_new_group() -> None:
    room = _room()
    tab = ALICE.another_device(2)
    effects = _enter(room, ALICE, device=tab)
    entered = next(e.event for e in effects if isinstance(e, SendEvent) and isinstance(e.event, Entered))
    assert (entered.founder, entered.group) == (True, 2)


def test_a_device_id_that_is_known_is_refused_and_nothing_changes() -> None:
    room = _room(BOB)
    assert _refusal(room, CAROL, device=BOB.device) == CloseCode.MALFORMED
    assert _refusal(room, BOB) == CloseCode.MALFORMED
    _do(room, BOB, Leave())
    assert _refusal(room, BOB) == CloseCode.MALFORMED, "its leaf is still in the group"
    assert room.has_device(ALICE.participant, ALICE.device)


def test_a_full_room_refuses_the_next_but_lets_somebody_change_tabs() -> None:
    room = _room()
    guests = [crowd(number) for number in range(MAX_DEVICES - 1)]
    for guest in guests:
        _enter(room, guest)
    assert _refusal(room, DAVE) == CloseCode.FULL
    assert _put_out(_enter(room, guests[0], device=guests[0].another_device(2))) == {
        guests[0].device: CloseCode.REPLACED
    }


# --- the group ---


def test_a_commit_is_told_to_its_committer_the_others_and_the_added() -> None:
    room = _room(BOB, waiting=(CAROL,))
    effects = _do(room, ALICE, commit(1, adds=(CAROL,)))
    assert _sent(effects, ALICE, Accepted) == [Accepted(1, 2)]
    assert _sent(effects, BOB, Committed) == [Committed(1, 2, ALICE.device, b"commit", [CAROL.device], [])]
    assert _sent(effects, CAROL, Welcomed) == [Welcomed(1, 2, ALICE.device, b"welcome")]
    assert _sent(effects, CAROL, Committed) == []


def test_a_lone_founders_commit_is_told_to_nobody_else() -> None:
    room = _room()
    assert _do(room, ALICE, commit(0)) == [SendEvent(ROOM, (ALICE.device,), Accepted(1, 1))]


def test_a_commit_that_lost_is_stale() -> None:
    room = _room(BOB, waiting=(CAROL,))
    _do(room, BOB, commit(1, adds=(CAROL,)))
    assert _do(room, ALICE, commit(1)) == [SendEvent(ROOM, (ALICE.device,), Stale(1, 2))]
    assert _do(room, ALICE, commit(2, group=7)) == [SendEvent(ROOM, (ALICE.device,), Stale(1, 2))]


def test_a_commit_that_adds_who_just_left_is_stale() -> None:
    room = _room(waiting=(BOB,))
    _do(room, BOB, Leave())
    assert _do(room, ALICE, commit(0, adds=(BOB,))) == [SendEvent(ROOM, (ALICE.device,), Stale(1, 0))]


def test_adding_without_a_welcome_is_malformed() -> None:
    room = _room(waiting=(BOB,))
    adds = commit(0, adds=(BOB,))
    without = type(adds)(adds.group, adds.epoch, adds.commit, None, adds.adds, adds.removes)
    assert _put_out(_do(room, ALICE, without)) == {ALICE.device: CloseCode.MALFORMED}


def test_a_welcome_for_nobody_goes_to_nobody() -> None:
    room = _room()
    bare = commit(0)
    effects = _do(room, ALICE, type(bare)(bare.group, bare.epoch, bare.commit, b"welcome", [], []))
    assert effects == [SendEvent(ROOM, (ALICE.device,), Accepted(1, 1))]


def test_only_other_members_receive_what_a_member_sends() -> None:
    room = _room(BOB, waiting=(MALLORY,))
    effects = _do(room, ALICE, Send(b"sealed"))
    assert effects == [SendEvent(ROOM, (BOB.device,), Message(ALICE.device, 1, b"sealed"))]


def test_what_a_waiting_device_sends_reaches_nobody() -> None:
    assert _do(_room(BOB, waiting=(MALLORY,)), MALLORY, Send(b"sealed")) == []


def test_a_lone_member_sends_to_nobody() -> None:
    assert _do(_room(), ALICE, Send(b"sealed")) == []


def test_when_the_last_member_leaves_the_longest_waiting_founds_a_new_group() -> None:
    room = _room(waiting=(BOB, CAROL))
    effects = _do(room, ALICE, Leave())
    assert _sent(effects, BOB, Found) == [Found(2)]
    assert _sent(effects, CAROL, Found) == []
    assert _sent(_do(room, BOB, commit(0, group=2, adds=(CAROL,))), CAROL, Welcomed)


def test_when_a_member_leaves_the_group_lives_on_without_it() -> None:
    room = _room(BOB, waiting=(CAROL,))
    effects = _do(room, ALICE, Leave())
    assert _sent(effects, CAROL, Found) == []
    removed = _sent(_do(room, BOB, commit(1, removes=(ALICE,))), BOB, Accepted)
    assert removed == [Accepted(1, 2)]


# --- leaving and being put out ---


@pytest.mark.parametrize(
    ("reason", "code"), [("left", CloseCode.SLOW), ("lost", CloseCode.SLOW), ("limited", CloseCode.LIMITED)]
)
def test_a_connection_that_is_gone_is_told_and_reported(reason: report.LeftReason, code: CloseCode) -> None:
    room = _room(BOB)
    effects = room.lose(BOB.device, reason=reason, code=code, now=1.0)
    assert _put_out(effects) == {BOB.device: code}
    assert _sent(effects, ALICE, Left) == [Left(BOB.device, BOB.participant, reason)]
    assert _reports(effects) == [report.Left(BOB.participant, BOB.device, reason)]
    assert room.lose(BOB.device, reason=reason, code=code, now=1.0) == []


def test_who_is_gone_can_do_nothing() -> None:
    room = _room(BOB)
    assert _put_out(_do(room, BOB, Leave())) == {BOB.device: CloseCode.LEFT}
    assert _do(room, BOB, Send(b"late")) == []


def test_entering_twice_is_malformed() -> None:
    room = _room(BOB)
    assert _put_out(_do(room, BOB, BOB.enter())) == {BOB.device: CloseCode.MALFORMED}


def test_a_removed_participant_is_out_and_stays_out() -> None:
    room = _room(MALLORY)
    effects = _do(room, ALICE, Remove(MALLORY.participant))
    assert _put_out(effects) == {MALLORY.device: CloseCode.REMOVED}
    assert _reports(effects) == [report.Left(MALLORY.participant, MALLORY.device, "removed")]
    assert _refusal(room, MALLORY, device=MALLORY.another_device(2)) == CloseCode.REMOVED


def test_who_is_removed_while_reloading_does_not_come_back() -> None:
    room = _room(MALLORY)
    _do(room, MALLORY, Leave())
    (remembered,) = _do(room, ALICE, Remove(MALLORY.participant))
    assert isinstance(remembered, Remember), "there is nobody to put out"
    assert _refusal(room, MALLORY, device=MALLORY.another_device(2)) == CloseCode.REMOVED


def test_a_room_remembers_only_so_many_removals() -> None:
    room = _room(MALLORY)
    for number in range(MAX_REMEMBERED):
        _do(room, ALICE, Remove(crowd(number).participant))
    assert _put_out(_do(room, ALICE, Remove(MALLORY.participant))) == {MALLORY.device: CloseCode.REMOVED}
    _enter(room, MALLORY, device=MALLORY.another_device(2))


@pytest.mark.parametrize("command", [Remove(ALICE.participant), End()])
def test_without_the_grant_it_is_forbidden(command: Command) -> None:
    room = _room(MALLORY)
    assert _put_out(_do(room, MALLORY, command)) == {MALLORY.device: CloseCode.FORBIDDEN}
    assert room.has_device(ALICE.participant, ALICE.device)


def test_an_organizer_ends_the_meeting_for_all() -> None:
    room = _room(BOB, waiting=(CAROL,))
    effects = _do(room, ALICE, End())
    assert set(_put_out(effects).values()) == {CloseCode.ENDED}
    assert set(_put_out(effects)) == {ALICE.device, BOB.device, CAROL.device}
    assert _reports(effects)[-1] == report.Closed("ended")
    assert effects[-1] == CloseRoom(ROOM)
    assert room.is_closed
    assert _refusal(room, DAVE) == CloseCode.ENDED


def test_a_node_that_stops_sends_everybody_back_to_the_next_one() -> None:
    effects = _room(BOB).shut_down()
    assert set(_put_out(effects).values()) == {CloseCode.RESTART}
    assert _reports(effects)[-1] == report.Closed("empty")


def test_has_device_asks_for_both_ids() -> None:
    room = _room()
    assert room.has_device(ALICE.participant, ALICE.device)
    assert not room.has_device(BOB.participant, ALICE.device)
    assert not room.has_device(ALICE.participant, BOB.device)


# --- time ---


def test_whom_nobody_verifies_is_put_out_after_a_minute() -> None:
    room = _room(BOB)
    _enter(room, MALLORY, now=5.0)
    assert room.next_timer() == 5.0 + UNVERIFIED_TIMEOUT_S
    assert room.handle_timer(now=4.9 + UNVERIFIED_TIMEOUT_S) == []
    effects = room.handle_timer(now=5.0 + UNVERIFIED_TIMEOUT_S)
    assert _put_out(effects) == {MALLORY.device: CloseCode.UNVERIFIED}
    assert room.next_timer() == LIFETIME_S


def test_a_new_group_gives_the_waiting_their_minute_again() -> None:
    room = _room(waiting=(BOB, CAROL))
    _do(room, ALICE, Leave(), now=50.0)
    assert room.next_timer() == 50.0 + UNVERIFIED_TIMEOUT_S


def test_a_member_that_a_commit_removes_waits_again() -> None:
    room = _room(BOB)
    effects = _do(room, ALICE, commit(1, removes=(BOB,)), now=100.0)
    assert _sent(effects, BOB, Committed)
    assert room.next_timer() == 100.0 + UNVERIFIED_TIMEOUT_S
    assert _do(room, BOB, commit(2), now=100.0) == [SendEvent(ROOM, (BOB.device,), Stale(1, 2))]


def test_an_empty_room_waits_for_who_reloads_and_then_closes() -> None:
    room = _room()
    _do(room, ALICE, Leave(), now=10.0)
    assert room.next_timer() == 10.0 + EMPTY_TIMEOUT_S
    assert room.handle_timer(now=9.0 + EMPTY_TIMEOUT_S) == []
    closed = [ReportEvent(ROOM, report.Closed("empty")), Forget(ROOM), CloseRoom(ROOM)]
    assert room.handle_timer(now=10.0 + EMPTY_TIMEOUT_S) == closed
    assert room.next_timer() is None
    assert room.handle_timer(now=99.0) == []


def test_who_comes_back_in_time_finds_the_same_room() -> None:
    room = _room(MALLORY)
    _do(room, ALICE, Remove(MALLORY.participant))
    _do(room, ALICE, Leave(), now=10.0)
    effects = _enter(room, ALICE, device=ALICE.another_device(2), now=20.0)
    assert report.Opened() not in _reports(effects)
    assert room.handle_timer(now=10.0 + EMPTY_TIMEOUT_S) == []
    assert _refusal(room, MALLORY, device=MALLORY.another_device(2)) == CloseCode.REMOVED


def test_a_room_lives_a_day_at_most() -> None:
    room = _room()
    effects = room.handle_timer(now=LIFETIME_S)
    assert _put_out(effects) == {ALICE.device: CloseCode.ENDED}
    assert _reports(effects)[-1] == report.Closed("expired")


# --- words that were replaced ---


def test_who_brings_newer_words_puts_everybody_else_out_and_founds_a_group() -> None:
    room = _room(BOB, waiting=(CAROL,))
    fresh = DAVE.ticket(words=OTHER_WORDS_KEY, now=NOW_UNIX_S + 1)
    effects = room.enter(fresh, DAVE.enter(), relay=RELAY, now=5.0)
    assert _put_out(effects) == dict.fromkeys((ALICE.device, BOB.device, CAROL.device), CloseCode.TICKET)
    (told,) = _sent(effects, DAVE, Entered)
    assert (told.founder, told.group, [entry.name for entry in told.roster]) == (True, 2, ["Dave"])
    assert _sent(effects, CAROL, Found) == [], "who is put out founds nothing"


@pytest.mark.parametrize("later_s", [0, -60])
def test_words_whose_ticket_is_not_newer_do_not_count(later_s: int) -> None:
    room = _room(BOB)
    old = MALLORY.ticket(words=OTHER_WORDS_KEY, now=NOW_UNIX_S + later_s)
    with pytest.raises(Refused, match="ticket"):
        room.enter(old, MALLORY.enter(), relay=RELAY, now=5.0)
    assert room.has_device(BOB.participant, BOB.device)


def test_an_older_ticket_for_the_same_words_still_serves() -> None:
    room = _room(BOB)
    room.enter(CAROL.ticket(now=NOW_UNIX_S - 3000), CAROL.enter(), relay=RELAY, now=5.0)
    assert room.has_device(CAROL.participant, CAROL.device)


def test_who_was_removed_does_not_come_back_by_new_words() -> None:
    room = _room(BOB)
    room.receive_command(ALICE.device, Remove(BOB.participant), now=1.0)
    with pytest.raises(Refused, match="removed"):
        room.enter(BOB.ticket(words=OTHER_WORDS_KEY, now=NOW_UNIX_S + 1), BOB.enter(), relay=RELAY, now=5.0)
    assert room.has_device(ALICE.participant, ALICE.device), "and puts nobody out by trying"


# --- commits that do not verify ---


def test_whose_commit_most_cannot_verify_is_put_out_by_name_and_the_others_go_on() -> None:
    room = _room(BOB, MALLORY, waiting=(DAVE,))
    junk = commit(1, adds=(DAVE,), removes=(ALICE,))
    _do(room, MALLORY, junk)
    assert _do(room, ALICE, refusal(junk)) == []
    effects = _do(room, BOB, refusal(junk), now=9.0)
    assert _put_out(effects) == {MALLORY.device: CloseCode.MALFORMED}
    assert _sent(effects, ALICE, Left) == [Left(MALLORY.device, MALLORY.participant, "limited")]
    assert [type(e) for e in _told(effects, ALICE)] == [Stale, Left], "in this order: what follows is a new commit"
    assert _sent(effects, ALICE, Stale) == [Stale(1, 1)]
    assert _sent(effects, DAVE, Stale) == [], "who waits again, with all the time there is"
    assert room.handle_timer(now=UNVERIFIED_TIMEOUT_S + 8.0) == []
    again = _do(room, ALICE, commit(1, adds=(DAVE,), removes=(MALLORY,)))
    assert _sent(again, ALICE, Accepted) == [Accepted(1, 2)]


def test_mallory_cannot_put_an_organizer_out_by_refusing_their_commits() -> None:
    room = _room(BOB, MALLORY, waiting=(DAVE,))
    what = commit(1, adds=(DAVE,))
    _do(room, ALICE, what)
    assert [_do(room, by, refusal(what)) for by in (BOB, MALLORY)] == [[], []]
    assert room.has_device(ALICE.participant, ALICE.device)


def test_what_an_organizer_committed_stands_when_they_have_reloaded() -> None:
    room = _room(BOB, MALLORY, waiting=(CAROL, DAVE))
    what = commit(1, adds=(CAROL,))
    _do(room, ALICE, what)
    _do(room, ALICE, commit(2, adds=(DAVE,)))
    _enter(room, ALICE, device=ALICE.another_device(1), now=2.0)
    assert [_do(room, by, refusal(what), now=3.0) for by in (BOB, MALLORY)] == [[], []]
    sent = _do(room, CAROL, Send(b"hello"), now=3.0)
    assert _sent(sent, DAVE, Message) == [Message(CAROL.device, 3, b"hello")]


def test_who_made_such_a_commit_and_left_is_undone_all_the_same() -> None:
    room = _room(BOB, MALLORY, waiting=(DAVE,))
    junk = commit(1, adds=(DAVE,))
    _do(room, MALLORY, junk)
    _do(room, MALLORY, Leave())
    _do(room, BOB, refusal(junk))
    effects = _do(room, ALICE, refusal(junk))
    assert _put_out(effects) == {}
    assert _sent(effects, BOB, Stale) == [Stale(1, 1)]


def test_mallory_alone_puts_nobody_out_when_only_she_was_told() -> None:
    room = _room(BOB, MALLORY, waiting=(DAVE,))
    _do(room, ALICE, Leave())
    what = commit(1, adds=(DAVE,), removes=(ALICE,))
    _do(room, BOB, what)
    assert _do(room, MALLORY, refusal(what)) == []
    assert room.has_device(BOB.participant, BOB.device)
