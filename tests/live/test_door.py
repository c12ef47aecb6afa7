"""Mallory at the door: she has a ticket, as anybody has who guesses a number, and not the words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes import ALICE, BOB, CAROL, MALLORY, NOW_UNIX_S, OTHER_WORDS_KEY, ROOM, WORDS_KEY
from tests.live.room_cast import Guest, Live, closing_code, enter, entered, live_node, proof

pytestmark = pytest.mark.asyncio

HERS = enter(MALLORY)
CAROLS = enter(CAROL)
FALSE_PROOFS: dict[str, dict[str, Any]] = {
    "by other words": HERS | {"proof": proof(**HERS, words=OTHER_WORDS_KEY)},
    "made for carol": HERS | {"proof": CAROLS["proof"]},
    "carol's, for another device": CAROLS | {"device": MALLORY.device},
    "carol's, for another key package": CAROLS | {"key_package": "aGVycw=="},
    "carol's, beside her own ticket": CAROLS | {"ticket": HERS["ticket"]},
}


async def answer(live: Live, command: dict[str, Any]) -> int:
    async with live.dial() as connection:
        await Guest(MALLORY, connection).say(**command)
        return await closing_code(connection)


@pytest.mark.parametrize("command", FALSE_PROOFS.values(), ids=FALSE_PROOFS.keys())
async def test_without_the_words_nobody_founds_the_group_or_opens_the_room(command: dict[str, Any]) -> None:
    async with live_node() as live:
        assert await answer(live, command) == 4407
        assert live.node.room_count == 0
        assert live.reports == []
        async with live.dial() as connection:
            assert (await Guest(ALICE, connection).enter())["founder"]


@pytest.mark.parametrize("command", FALSE_PROOFS.values(), ids=FALSE_PROOFS.keys())
async def test_without_the_words_nobody_is_seen_or_takes_a_place(command: dict[str, Any]) -> None:
    async with live_node() as live, entered(live, ALICE) as (alice,):
        assert await answer(live, command) == 4407
        assert not live.node.has_device(ROOM, MALLORY.participant, MALLORY.device), "nor does the relay let her in"
        async with live.dial() as connection:
            assert len((await Guest(BOB, connection).enter())["roster"]) == 2
        assert (await alice.hear("joined"))["entry"]["name"] == "Bob", "and nothing before"


async def test_new_words_close_the_door_to_the_old_ones_and_to_who_came_in_by_them() -> None:
    async with live_node() as live, entered(live, ALICE, MALLORY) as (alice, mallory):
        fresh = {"ticket": str(BOB.ticket_text(words=OTHER_WORDS_KEY, now=NOW_UNIX_S + 1)), "device": BOB.device}
        async with live.dial() as connection:
            command = enter(BOB, **fresh)
            await Guest(BOB, connection).say(**command | {"proof": proof(**command, words=OTHER_WORDS_KEY)})
            told = await Guest(BOB, connection).hear("entered")
            assert (told["founder"], len(told["roster"])) == (True, 1)
            assert [await alice.closed(), await mallory.closed()] == [4401, 4401]
            old = HERS | {"device": MALLORY.another_device(2)}
            assert await answer(live, old | {"proof": proof(**old, words=WORDS_KEY)}) == 4401
