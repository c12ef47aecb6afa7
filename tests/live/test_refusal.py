"""Mallory, a member, commits what nobody can apply: most members refuse it, she is put out, and the meeting goes on."""

from __future__ import annotations

import base64
import hashlib

import pytest

from conclave import report
from tests.fakes import ALICE, BOB, CAROL, DAVE, MALLORY
from tests.live.room_cast import Guest, add_everybody, entered, live_node

pytestmark = pytest.mark.asyncio


def _digest(commit: bytes) -> str:
    return base64.b64encode(hashlib.sha256(commit).digest()).decode()


async def test_a_commit_that_most_refuse_is_undone_and_its_maker_put_out_by_name() -> None:
    async with live_node() as live, entered(live, ALICE, BOB, CAROL, MALLORY) as guests:
        alice, bob, carol, mallory = guests
        await add_everybody(guests)
        async with live.dial() as connection:
            dave = Guest(DAVE, connection)
            await dave.enter()
            # She claims to remove alice and to let dave in; none of it is so.
            removes, adds = [ALICE.device], [DAVE.device]
            junk = {"group": 1, "commit": "anVuaw==", "welcome": "anVuaw==", "adds": adds, "removes": removes}
            await mallory.say(type="commit", epoch=1, **junk)
            for guest in (alice, bob, carol):
                assert (await guest.hear("commit"))["from"] == MALLORY.device
            await alice.say(type="refuse", group=1, epoch=2, digest=_digest(b"junk"))
            await bob.say(type="refuse", group=1, epoch=2, digest=_digest(b"junk"))
            assert await mallory.closed() == 4400
            assert (await alice.hear("stale"))["epoch"] == 1
            for guest in (alice, bob, carol, dave):
                assert (await guest.hear("left"))["device"] == MALLORY.device
            assert report.Left(MALLORY.participant, MALLORY.device, "limited") in live.reports

            # Everybody is where they were, and goes on from there.
            await bob.say(type="send", message="Yw==")
            assert (await alice.hear("message"))["from"] == BOB.device
            commit = {"commit": "Yw==", "welcome": "dw==", "adds": adds, "removes": [MALLORY.device]}
            await alice.say(type="commit", group=1, epoch=1, **commit)
            assert (await alice.hear("accepted"))["epoch"] == 2
            assert (await bob.hear("commit"))["removes"] == [MALLORY.device]

            # A refusal of what was undone does not concern what took its place.
            for guest in (carol, bob):
                await guest.say(type="refuse", group=1, epoch=2, digest=_digest(b"junk"))
            await bob.say(type="send", message="Yw==")
            assert (await alice.hear("message"))["epoch"] == 2


async def test_mallory_alone_undoes_nobodys_commit() -> None:
    async with live_node() as live, entered(live, BOB, CAROL, DAVE, MALLORY) as guests:
        bob, carol, _, mallory = guests
        await add_everybody(guests)
        await bob.say(type="commit", group=1, epoch=1, commit="Yw==", welcome=None, adds=[], removes=[])
        await bob.hear("accepted")
        for _ in range(3):
            await mallory.say(type="refuse", group=1, epoch=2, digest=_digest(b"c"))
        await mallory.say(type="send", message="Yw==")
        await bob.hear("message")
        await carol.say(type="commit", group=1, epoch=2, commit="Yw==", welcome=None, adds=[], removes=[])
        assert (await carol.hear("accepted"))["epoch"] == 3


async def test_mallory_alone_undoes_no_commit_that_only_she_was_told_of() -> None:
    async with live_node() as live, entered(live, BOB, MALLORY) as guests:
        bob, mallory = guests
        await add_everybody(guests)
        await bob.say(type="commit", group=1, epoch=1, commit="Yw==", welcome=None, adds=[], removes=[])
        await mallory.hear("commit")
        await mallory.say(type="refuse", group=1, epoch=2, digest=_digest(b"c"))
        await mallory.say(type="send", message="Yw==")
        assert (await bob.hear("message"))["epoch"] == 2
