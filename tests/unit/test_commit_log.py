"""The order of commits: one per epoch, and lists that members can trust to name who was there."""

from __future__ import annotations

from conclave.rooms.commit_log import COMMITS_WITHIN_S, MAX_COMMITS, MAX_DEPARTED, MAX_REFUSABLE, CommitLog, InForce
from conclave.rooms.messages import Commit
from conclave.ticket import DeviceId
from tests.fakes import ALICE, BOB, CAROL, DAVE, Person, commit, crowd

EVERYBODY = {person.device for person in (ALICE, BOB, CAROL, DAVE)}


def _submit(
    log: CommitLog, by: Person, what: Commit, roster: set[DeviceId] = EVERYBODY, *, now: float = 0.0
) -> InForce | None:
    return log.submit(what, committer=by.device, roster=roster, now=now)


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
        what = commit(number, adds=(guest,))
        assert _submit(log, ALICE, what, roster={guest.device}, now=float(number)) is not None
        log.depart(guest.device)
    assert not log.knows(guests[0].device)
    assert log.knows(guests[1].device)
    assert log.knows(guests[-1].device)


def _refuse(log: CommitLog, epoch: int, *by: Person, roster: set[DeviceId] = EVERYBODY) -> list[bool]:
    return [log.refuse(epoch, by=person.device, roster=roster) for person in by]


def test_what_most_cannot_verify_is_undone_with_all_that_came_after_it() -> None:
    log = _group(BOB, CAROL)
    assert _submit(log, CAROL, commit(1, adds=(DAVE,), removes=(ALICE,))) is not None
    assert _submit(log, CAROL, commit(2, removes=(BOB,))) is not None
    assert log.committer(group=1, epoch=2) == CAROL.device
    assert _refuse(log, 2, ALICE, ALICE, BOB) == [False, False, True]
    assert (log.epoch, log.members) == (1, (ALICE.device, BOB.device, CAROL.device))
    assert _submit(log, ALICE, commit(1, removes=(CAROL,))) is not None


def test_half_is_not_most_and_who_was_not_told_does_not_count() -> None:
    log = _group(BOB, CAROL)
    assert _submit(log, CAROL, commit(1, adds=(DAVE,))) is not None
    assert _refuse(log, 2, ALICE, CAROL, DAVE) == [False, False, False]
    assert log.epoch == 2


def test_who_left_has_no_voice_and_is_not_waited_for() -> None:
    log = _group(BOB, CAROL)
    assert _submit(log, CAROL, commit(1, adds=(DAVE,))) is not None
    log.depart(ALICE.device)
    assert _refuse(log, 2, BOB, roster={BOB.device, CAROL.device, DAVE.device}) == [True]
    assert log.members == (BOB.device, CAROL.device)
    won = _submit(log, BOB, commit(1, removes=(ALICE, CAROL)), roster={BOB.device})
    assert won is not None
    assert set(won.removes) == {ALICE.device, CAROL.device}, "whose leaves are still there"


def test_an_epoch_that_nobody_knows_cannot_be_refused() -> None:
    log = _group(BOB)
    assert _refuse(log, 7, BOB) == [False]
    assert log.committer(group=2, epoch=1) is None
    assert log.committer(group=1, epoch=7) is None
    log.found(BOB.device)
    assert _refuse(log, 1, BOB) == [False]


def test_a_flood_of_commits_pushes_out_none_that_can_be_refused() -> None:
    log = _group(BOB)
    for number in range(500):
        _submit(log, BOB, commit(log.epoch), now=number / 100)
    assert log.epoch - 1 <= (1 + 5 / COMMITS_WITHIN_S) * MAX_COMMITS < MAX_REFUSABLE
    assert _refuse(log, 2, ALICE) == [True]
    assert log.epoch == 1
