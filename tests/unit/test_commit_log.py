"""The order of commits: one per epoch, and lists that members can trust to name who was there."""

from __future__ import annotations

from conclave.rooms.commit_log import MAX_DEPARTED, CommitLog, InForce
from conclave.rooms.messages import Commit
from conclave.ticket import DeviceId
from tests.fakes import ALICE, BOB, CAROL, DAVE, Person, commit, crowd

EVERYBODY = {person.device for person in (ALICE, BOB, CAROL, DAVE)}


def _submit(log: CommitLog, by: Person, what: Commit, roster: set[DeviceId] = EVERYBODY) -> InForce | None:
    return log.submit(what, committer=by.device, roster=roster)


def _group(*members: Person) -> CommitLog:
    log = CommitLog()
    log.found(ALICE.device)
    if members:
        assert _submit(log, ALICE, commit(0, adds=members)) is not None
    return log


def test_a_founder_is_alone_in_epoch_0() -> None:
    log = _group()
    assert (log.group, log.epoch, log.members) == (1, 0, (ALICE.device,))


def test_the_first_commit_of_an_epoch_wins_and_the_second_loses() -> None:
    log = _group(BOB)
    won = _submit(log, BOB, commit(1, adds=(CAROL,)))
    assert won == InForce(2, informed=(ALICE.device,), adds=(CAROL.device,), removes=())
    assert _submit(log, ALICE, commit(1, adds=(DAVE,))) is None
    assert log.epoch == 2


def test_a_commit_of_another_group_or_by_nobody_loses() -> None:
    log = _group()
    assert _submit(log, ALICE, commit(0, group=2)) is None
    assert _submit(log, BOB, commit(0)) is None


def test_a_commit_that_adds_who_is_a_member_or_not_there_loses() -> None:
    log = _group(BOB)
    assert _submit(log, ALICE, commit(1, adds=(BOB,))) is None
    assert _submit(log, ALICE, commit(1, adds=(CAROL,)), roster={ALICE.device, BOB.device}) is None
    assert (log.epoch, log.members) == (1, (ALICE.device, BOB.device))


def test_a_name_given_twice_counts_once() -> None:
    log = _group()
    won = _submit(log, ALICE, commit(0, adds=(BOB, BOB)))
    assert won is not None
    assert won.adds == (BOB.device,)


def test_removes_name_members_and_leaves_of_members_that_left() -> None:
    log = _group(BOB, CAROL)
    log.depart(BOB.device)
    won = _submit(log, ALICE, commit(1, removes=(BOB, CAROL, DAVE, ALICE, BOB)))
    assert won == InForce(2, informed=(CAROL.device,), adds=(), removes=(BOB.device, CAROL.device))
    assert log.members == (ALICE.device,)
    assert not log.knows(BOB.device)


def test_a_departed_member_is_known_until_its_leaf_is_removed() -> None:
    log = _group(BOB)
    log.depart(BOB.device)
    assert log.knows(BOB.device)
    assert not log.is_member(BOB.device)
    assert _submit(log, BOB, commit(1)) is None


def test_who_was_no_member_leaves_nothing_behind() -> None:
    log = _group()
    log.depart(DAVE.device)
    assert not log.knows(DAVE.device)


def test_a_new_group_knows_nothing_of_the_one_before() -> None:
    log = _group(BOB)
    log.depart(ALICE.device)
    log.depart(BOB.device)
    log.found(CAROL.device)
    assert (log.group, log.epoch, log.members) == (2, 0, (CAROL.device,))
    assert not log.knows(ALICE.device)


def test_leaves_that_nobody_removes_are_forgotten_oldest_first() -> None:
    log = _group()
    guests = [crowd(number) for number in range(MAX_DEPARTED + 1)]
    for number, guest in enumerate(guests):
        assert _submit(log, ALICE, commit(number, adds=(guest,)), roster={guest.device}) is not None
        log.depart(guest.device)
    assert not log.knows(guests[0].device)
    assert log.knows(guests[1].device)
    assert log.knows(guests[-1].device)
