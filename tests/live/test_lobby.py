"""The lobby on the wire: who knocks gets no event and no relay, and is bounded by address."""

from __future__ import annotations

import json
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from conclave.live import limits
from tests.fakes import ALICE, BOB, CAROL, MALLORY, ROOM, Person
from tests.live.room_cast import Guest, Live, enter, entered, live_node

pytestmark = pytest.mark.asyncio


def knock(person: Person) -> dict[str, Any]:
    return enter(person, ticket=str(person.ticket_text(must_knock=True)))


async def everything(guest: Guest) -> list[str]:
    """The types of all events until the socket closes."""
    heard = []
    try:
        while True:
            heard.append(json.loads(await guest.connection.recv())["type"])
    except ConnectionClosed:
        return heard


async def test_who_knocks_hears_nothing_until_admitted() -> None:
    async with live_node() as live, entered(live, ALICE, BOB) as (alice, bob), live.dial() as connection:
        carol = Guest(CAROL, connection)
        await carol.say(**knock(CAROL))
        await carol.hear("knocking")
        assert (await alice.hear("knocked"))["knock"]["name"] == "Carol"
        await alice.say(type="commit", group=1, epoch=0, commit="Yw==", welcome="dw==", adds=[BOB.device], removes=[])
        await bob.hear("welcome")
        await alice.say(type="send", message="aGVsbG8=")
        await bob.hear("message")
        assert not live.node.has_device(ROOM, CAROL.participant, CAROL.device), "whom the relay admits"
        await alice.say(type="admit", participants=[CAROL.participant])
        told = json.loads(await connection.recv())
        assert told["type"] == "entered", "the very next event"
        assert live.node.has_device(ROOM, CAROL.participant, CAROL.device)


async def test_denied_is_told() -> None:
    async with live_node() as live, entered(live, ALICE) as (alice,), live.dial() as connection:
        carol = Guest(CAROL, connection)
        await carol.say(**knock(CAROL))
        await alice.hear("knocked")
        await alice.say(type="deny", participant=CAROL.participant)
        assert await carol.closed() == 4406


async def test_mallory_in_the_lobby_cannot_speak_or_take_part() -> None:
    async with live_node() as live, entered(live, ALICE) as (alice,), live.dial() as connection:
        mallory = Guest(MALLORY, connection)
        await mallory.say(**knock(MALLORY))
        await alice.hear("knocked")
        await mallory.say(type="commit", group=1, epoch=0, commit="Yw==", welcome=None, adds=[], removes=[])
        assert await everything(mallory) == ["knocking"]
        assert connection.close_code == 4400
        await alice.hear("answered")


async def test_a_locked_meeting_is_told_at_the_door() -> None:
    async with live_node() as live, entered(live, ALICE) as (alice,):
        await alice.say(type="lock", locked=True)
        assert (await alice.hear("locked"))["locked"]
        async with live.dial() as connection:
            await Guest(CAROL, connection).say(**enter(CAROL))
            assert await Guest(CAROL, connection).closed() == 4423


async def test_knocks_from_one_address_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conclave.live.server.KNOCKS_BURST", 2.0)
    async with live_node() as live:
        codes = [await _knock_and_leave(live, number) for number in range(3)]
        assert codes == [4000, 4000, 4429]
        async with live.dial() as connection:
            await Guest(ALICE, connection).enter()
        live.clock.now += 1 / limits.KNOCKS_PER_S
        assert await _knock_and_leave(live, 3) == 4000


async def _knock_and_leave(live: Live, number: int) -> int:
    async with live.dial() as connection:
        guest = Guest(CAROL, connection)
        await guest.say(**enter(CAROL, ticket=knock(CAROL)["ticket"], device=CAROL.another_device(number)))
        await guest.say(type="leave")
        return await guest.closed()
