"""The order of commits: one per epoch, and lists that members can trust to name who was there."""

from __future__ import annotations

from conclave.rooms.commit_log import (
    COMMITS_WITHIN_S,
    MAX_COMMITS,
    MAX_DEPARTED,
    MAX_REFUSABLE,
    REFUSABLE_S,
    CommitLog,
    InForce,
)
from conclave.rooms.messages import Commit
from conclave.ticket import DeviceId
from tests.fakes import ALICE, BOB, CAROL, DAVE, MALLORY, Person, commit, crowd, refusal

EVERYBODY = {person.device for person in (ALICE, BOB, CAROL, DAVE, MALLORY)}


def _submit(
    log: CommitLog, by: Person, what: Commit, roster: set[DeviceId] = EVERYBODY, *, now: float = 0.0
) -> InForce | None:
    return log.submit(what, committer=by.device, is_organizer=by is ALICE, roster=roster, now=now)


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


# --- commits that do not verify ---


def _refuse(
    log: CommitLog, what: Commit, *by: Person, roster: set[DeviceId] = EVERYBODY, now: float = 1.0
) -> list[DeviceId | None]:
    """Return whose commit each refusal undoes."""
    return [
        log.refuse(refusal(what), by=person.device, is_organizer=person is ALICE, roster=roster, now=now)
        for person in by
    ]


def test_what_most_cannot_verify_is_undone_with_all_that_came_after_it() -> None:
    log = _group(BOB, CAROL)
    junk = commit(1, adds=(DAVE,), removes=(ALICE,))
    assert _submit(log, CAROL, junk) is not None
    assert _submit(log, CAROL, commit(2, removes=(BOB,))) is not None
    assert _refuse(log, junk, ALICE, ALICE, BOB) == [None, None, CAROL.device]
    assert (log.epoch, log.members) == (1, (ALICE.device, BOB.device, CAROL.device))
    assert _submit(log, ALICE, commit(1, removes=(CAROL,))) is not None


def test_half_is_not_most_and_who_was_not_told_does_not_count() -> None:
    log = _group(BOB, CAROL)
    junk = commit(1, adds=(DAVE,))
    assert _submit(log, CAROL, junk) is not None
    assert _refuse(log, junk, ALICE, CAROL, DAVE) == [None, None, None]
    assert log.epoch == 2


def test_who_left_has_no_voice_and_is_not_waited_for() -> None:
    log = _group(BOB, CAROL, MALLORY)
    junk = commit(1, adds=(DAVE,))
    assert _submit(log, MALLORY, junk) is not None
    log.depart(ALICE.device)
    roster = EVERYBODY - {ALICE.device}
    assert _refuse(log, junk, BOB, CAROL, roster=roster) == [None, MALLORY.device]
    assert log.members == (BOB.device, CAROL.device, MALLORY.device)
    won = _submit(log, BOB, commit(1, removes=(ALICE, MALLORY)), roster={BOB.device})
    assert won is not None
    assert set(won.removes) == {ALICE.device, MALLORY.device}, "whose leaves are still there"


def test_what_an_organizer_commits_stands() -> None:
    log = _group(BOB, CAROL)
    what = commit(1, adds=(DAVE,))
    assert _submit(log, ALICE, what) is not None
    assert _refuse(log, what, BOB, CAROL) == [None, None]


def test_what_an_organizer_has_gone_on_from_stands() -> None:
    log = _group(BOB, CAROL, MALLORY)
    what = commit(1, adds=(DAVE,))
    assert _submit(log, BOB, what) is not None
    assert _submit(log, ALICE, commit(2, removes=(DAVE,))) is not None
    assert _refuse(log, what, CAROL, MALLORY) == [None, None]
    assert log.epoch == 3


def test_an_organizer_who_was_led_into_a_fork_vouches_for_nothing() -> None:
    log = _group(BOB, CAROL, MALLORY)
    log.depart(ALICE.device)
    alices_next = ALICE.another_device(1)
    junk = Commit(1, 1, b"junk", b"welcome", [alices_next], [])
    roster = {BOB.device, CAROL.device, MALLORY.device, alices_next}
    assert log.submit(junk, committer=MALLORY.device, is_organizer=False, roster=roster, now=0.0) is not None
    assert log.submit(commit(2), committer=alices_next, is_organizer=True, roster=roster, now=0.5) is not None
    assert _refuse(log, junk, BOB, CAROL, roster=roster) == [None, MALLORY.device]


def test_only_what_is_new_can_be_refused() -> None:
    log = _group(BOB, CAROL)
    what = commit(1, adds=(DAVE,))
    assert _submit(log, BOB, what, now=20.0) is not None
    assert _refuse(log, what, CAROL, now=20.0 + REFUSABLE_S - 0.1) == [None]
    assert _refuse(log, what, ALICE, now=20.0 + REFUSABLE_S) == [None], "though it would make two of two"
    assert log.epoch == 2


def test_who_has_gone_on_from_a_commit_cannot_refuse_it() -> None:
    log = _group(BOB, CAROL, DAVE)
    what = commit(1)
    assert _submit(log, BOB, what) is not None
    assert _refuse(log, what, CAROL) == [None]
    assert _submit(log, CAROL, commit(2), now=2.0) is not None
    assert _refuse(log, what, CAROL, DAVE, now=2.0) == [None, None], "before or after: it has applied it"


def test_one_member_alone_undoes_nothing_of_another() -> None:
    log = _group(BOB, CAROL)
    what = commit(1, adds=(DAVE,))
    assert _submit(log, BOB, what) is not None
    log.depart(ALICE.device)
    assert _refuse(log, what, CAROL, CAROL, roster=EVERYBODY - {ALICE.device}) == [None, None]
    assert log.epoch == 2


def test_an_organizer_alone_is_believed_but_is_no_majority_of_more() -> None:
    log = _group(MALLORY)
    junk = commit(1, adds=(DAVE,))
    assert _submit(log, MALLORY, junk) is not None
    assert _refuse(log, junk, ALICE) == [MALLORY.device]
    assert log.epoch == 1
    log = _group(BOB, CAROL)
    assert _submit(log, BOB, commit(1, adds=(DAVE,))) is not None
    assert _refuse(log, commit(1), ALICE) == [None]


def test_late_refusals_of_what_was_undone_do_not_concern_what_took_its_place() -> None:
    log = _group(BOB, CAROL, DAVE, MALLORY)
    junk, good = commit(1, content=b"junk"), commit(1, removes=(MALLORY,), content=b"good")
    assert _submit(log, MALLORY, junk) is not None
    assert _refuse(log, junk, ALICE, BOB, CAROL) == [None, None, MALLORY.device]
    roster = EVERYBODY - {MALLORY.device}
    assert _submit(log, BOB, good, roster=roster) is not None
    assert _refuse(log, junk, ALICE, CAROL, DAVE, roster=roster) == [None, None, None]
    assert _refuse(log, good, CAROL, DAVE, roster=roster) == [None, BOB.device], "that one can be, by its own name"


def test_what_nobody_knows_cannot_be_refused() -> None:
    log = _group(BOB, CAROL)
    junk = commit(1)
    assert _submit(log, CAROL, junk) is not None
    for other in (commit(7), commit(1, group=2), commit(1, content=b"another")):
        assert _refuse(log, other, ALICE, BOB) == [None, None]
    log.found(BOB.device)
    assert _refuse(log, junk, ALICE, BOB) == [None, None]


def test_a_flood_of_commits_pushes_out_none_that_can_be_refused() -> None:
    log = _group(BOB)
    first = commit(1)
    for number in range(int(REFUSABLE_S * 100)):
        _submit(log, BOB, commit(log.epoch), now=number / 100)
    assert log.epoch - 1 <= REFUSABLE_S / COMMITS_WITHIN_S * MAX_COMMITS < MAX_REFUSABLE
    assert _refuse(log, first, ALICE, now=REFUSABLE_S - 0.01) == [BOB.device]
    assert log.epoch == 1
