"""The room socket over loopback: who gets in, what is closed with which code, and what others notice."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import ssl
import urllib.error
import urllib.request
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus
from websockets.typing import Origin

from conclave import report
from conclave.instance import Instance
from conclave.live import outbox, server
from conclave.live.limits import COMMANDS_BURST, MAX_WAITING_PER_ADDRESS, Doorway
from conclave.live.run import allowed_origins
from conclave.live.server import SUBPROTOCOL, TEST_SUBPROTOCOL
from conclave.rooms import room as rooms_room
from conclave.rooms.messages import MAX_COMMAND_BYTES
from conclave.rooms.room import EMPTY_TIMEOUT_S
from conclave.ticket import LIFETIME_S, RoomId
from tests.fakes import ALICE, BOB, CAROL, MALLORY, MALLORYS_KEY, NOW_UNIX_S, ROOM
from tests.live.room_cast import (
    PATIENCE_S,
    Guest,
    add_everybody,
    closing_code,
    enter,
    entered,
    live_node,
    write_certificate,
)

pytestmark = pytest.mark.asyncio


async def test_who_tests_the_connection_learns_where_the_relay_is_and_nothing_else() -> None:
    async with live_node() as live, entered(live, ALICE):
        address = live.url.replace("/room", "/test")
        settings = {"origin": Origin(live.instance.site_origin), "proxy": None, "compression": None}
        async with connect(address, subprotocols=[TEST_SUBPROTOCOL], **settings) as connection:
            told = json.loads(await connection.recv())
            assert told == {"url": live.instance.relay_url, "fingerprints": live.relay.fingerprints}
            assert await closing_code(connection) == 4000
        for refused in ({"subprotocols": [SUBPROTOCOL]}, {"origin": Origin("https://evil.example")}):
            with pytest.raises(InvalidStatus):
                async with connect(address, **({"subprotocols": [TEST_SUBPROTOCOL]} | settings | refused)):
                    pass


def _get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE_S) as response:  # noqa: S310  # our own
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, ""


# --- connecting ---


async def test_the_health_page_tells_the_number_of_rooms() -> None:
    async with live_node() as live, entered(live, ALICE):
        page = live.url.replace("ws", "http", 1).replace("/room", "/healthz")
        status, text = await asyncio.to_thread(_get, page)
        assert (status, json.loads(text)) == (200, {"rooms": 1})
        assert (await asyncio.to_thread(_get, page.replace("healthz", "other")))[0] == 404


@pytest.mark.parametrize("origin", [None, "http://mallory.example", "http://127.0.0.1:1", "null"])
async def test_pages_of_other_origins_cannot_connect(origin: str | None) -> None:
    async with live_node() as live:
        with pytest.raises(InvalidStatus) as refused:
            async with live.dial(origin=None if origin is None else Origin(origin)):
                pass
        assert refused.value.response.status_code == 403


async def test_without_the_subprotocol_nobody_connects() -> None:
    async with live_node() as live:
        with pytest.raises(InvalidStatus) as refused:
            async with live.dial(subprotocols=None):
                pass
        assert refused.value.response.status_code == 400


async def test_a_trial_is_reached_by_every_name_of_the_loopback() -> None:
    trial = Instance(data="unused", port=8123)
    assert set(allowed_origins(trial)) == {"http://localhost:8123", "http://127.0.0.1:8123", "http://[::1]:8123"}
    public = Instance(data="unused", host="meet.example", port=443, cert="c", key="k")
    assert allowed_origins(public) == ["https://meet.example"]


async def test_one_address_cannot_take_every_place_at_the_door() -> None:
    async with live_node() as live:
        live.rooms.doorway = Doorway(2)
        async with live.dial() as first, live.dial():
            with pytest.raises(InvalidMessage):
                async with live.dial():
                    pass
            await Guest(ALICE, first).enter()
            async with live.dial() as third:
                await Guest(BOB, third).enter()


async def test_two_hundred_sockets_from_one_address_disturb_nobody_inside() -> None:
    async with live_node() as live, entered(live, ALICE, BOB) as (alice, bob), AsyncExitStack() as stack:
        await add_everybody([alice, bob])
        opened = 0
        for _ in range(200):
            with suppress(InvalidMessage):
                await stack.enter_async_context(live.dial())
                opened += 1
        assert opened == MAX_WAITING_PER_ADDRESS
        await alice.say(type="send", message="Yw==")
        assert (await bob.hear("message"))["from"] == ALICE.device


@pytest.mark.requirement(87)
async def test_with_a_certificate_the_socket_speaks_tls_only(tmp_path: Path) -> None:
    cert, key = write_certificate(tmp_path)
    trusting = ssl.create_default_context(cafile=cert)
    async with live_node(cert=cert, key=key) as live:
        async with live.dial(ssl=trusting) as connection:
            await Guest(ALICE, connection).enter()
        with pytest.raises((InvalidMessage, ConnectionError)):
            async with connect(live.url.replace("wss", "ws"), proxy=None):
                pass


# --- entering ---


async def test_who_enters_is_told_where_they_are() -> None:
    async with live_node() as live, entered(live, ALICE, BOB) as (alice, bob):
        assert alice.person.device != bob.person.device
        async with live.dial() as connection:
            told = await Guest(CAROL, connection).enter()
        assert (told["founder"], told["group"], told["epoch"]) == (False, 1, 0)
        assert [entry["name"] for entry in told["roster"]] == ["Alice", "Bob", "Carol"]
        assert told["relay"] == {"url": live.instance.relay_url, "fingerprints": ["ab" * 32]}


REFUSED: dict[str, tuple[Any, int]] = {
    "forged ticket": (enter(MALLORY, ticket=str(MALLORY.ticket_text(key=MALLORYS_KEY))), 4401),
    "expired ticket": (enter(CAROL, ticket=str(CAROL.ticket_text(now=NOW_UNIX_S - LIFETIME_S - 31))), 4401),
    "no ticket": (enter(CAROL, ticket=""), 4401),
    "not in the schema": ({"type": "enter", "device": "x"}, 4400),
    "first message not enter": ({"type": "leave"}, 4400),
    "no JSON": ("hello", 4400),
    "binary": (b"\x00\x01", 4400),
    "too long": (enter(CAROL, key_package="A" * MAX_COMMAND_BYTES), 1009),
}


@pytest.mark.parametrize(("message", "code"), REFUSED.values(), ids=REFUSED.keys())
async def test_a_bad_start_is_closed_with_its_code_and_nobody_notices(message: Any, code: int) -> None:
    async with live_node() as live, entered(live, ALICE) as (alice,):
        async with live.dial() as connection:
            await connection.send(message if isinstance(message, str | bytes) else json.dumps(message))
            assert await closing_code(connection) == code
        async with live.dial() as connection:
            await Guest(BOB, connection).enter()
        assert (await alice.hear("joined"))["entry"]["name"] == "Bob", "and nothing before"


async def test_a_ticket_of_another_room_opens_only_that_one() -> None:
    async with live_node() as live, entered(live, ALICE), live.dial() as connection:
        elsewhere = str(MALLORY.ticket_text(room=RoomId("481516235")))
        guest = Guest(MALLORY, connection)
        await guest.say(**enter(MALLORY, ticket=elsewhere))
        assert len((await guest.hear("entered"))["roster"]) == 1


async def test_who_says_nothing_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "ENTER_TIMEOUT_S", 0.05)
    async with live_node() as live, live.dial() as connection:
        assert await closing_code(connection) == 4408


async def test_a_full_room_is_closed_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms_room, "MAX_DEVICES", 2)
    async with live_node() as live, entered(live, ALICE, BOB), live.dial() as connection:
        await Guest(CAROL, connection).say(**enter(CAROL))
        assert await closing_code(connection) == 4413


# --- in the room ---


async def test_members_hear_each_other_and_who_waits_hears_nothing() -> None:
    async with live_node() as live, entered(live, ALICE, BOB, CAROL) as (alice, bob, carol):
        await add_everybody([alice, bob])
        await bob.say(type="send", message=base64.b64encode(b"sealed").decode())
        heard = await alice.hear("message")
        assert (heard["from"], base64.b64decode(heard["message"])) == (BOB.device, b"sealed")
        await carol.say(type="leave")
        with pytest.raises(ConnectionClosed):
            await carol.hear("message")


async def test_one_of_two_commits_wins() -> None:
    async with live_node() as live, entered(live, ALICE, BOB) as (alice, bob):
        await add_everybody([alice, bob])
        commit = {
            "type": "commit",
            "group": 1,
            "epoch": 1,
            "commit": "Yw==",
            "welcome": None,
            "adds": [],
            "removes": [],
        }
        await alice.say(**commit)
        assert (await alice.hear("accepted"))["epoch"] == 2
        await bob.say(**commit)
        assert (await bob.hear("commit"))["from"] == ALICE.device
        assert (await bob.hear("stale"))["epoch"] == 2


async def test_a_second_tab_replaces_the_first() -> None:
    async with live_node() as live, entered(live, ALICE, BOB) as (alice, bob):
        async with live.dial() as connection:
            tab = Guest(BOB, connection)
            await tab.say(**enter(BOB, device=BOB.another_device(2)))
            await tab.hear("entered")
            assert await bob.closed() == 4409
            assert (await alice.hear("left"))["reason"] == "replaced"
        assert live.relay.out[0] == (ROOM, BOB.device)


async def test_a_removed_participant_is_out_and_stays_out() -> None:
    async with live_node() as live, entered(live, ALICE, MALLORY) as (alice, mallory):
        await alice.say(type="remove", participant=MALLORY.participant)
        assert await mallory.closed() == 4405
        assert live.relay.out == [(ROOM, MALLORY.device)]
        async with live.dial() as connection:
            await Guest(MALLORY, connection).say(**enter(MALLORY, device=MALLORY.another_device(2)))
            assert await closing_code(connection) == 4405


async def test_what_is_not_granted_closes_the_socket_and_nothing_else() -> None:
    async with live_node() as live, entered(live, ALICE, MALLORY) as (alice, mallory):
        await mallory.say(type="end")
        assert await mallory.closed() == 4403
        assert (await alice.hear("left"))["reason"] == "limited"


async def test_the_end_is_for_all_and_for_good() -> None:
    async with live_node() as live, entered(live, ALICE, BOB) as (alice, bob):
        await alice.say(type="end")
        assert await alice.closed() == 4410
        assert await bob.closed() == 4410
        assert live.relay.closed == [ROOM]
        async with live.dial() as connection:
            await Guest(CAROL, connection).say(**enter(CAROL))
            assert await closing_code(connection) == 4410
        assert live.reports[-1] == report.Closed("ended")


async def test_who_leaves_is_told_so() -> None:
    async with live_node() as live, entered(live, ALICE, BOB) as (alice, bob):
        await bob.say(type="leave")
        assert await bob.closed() == 4000
        assert (await alice.hear("left"))["reason"] == "left"
        assert report.Left(BOB.participant, BOB.device, "left") in live.reports


async def test_a_closed_tab_has_left_and_a_broken_connection_is_lost() -> None:
    async with live_node() as live, entered(live, ALICE, BOB, CAROL) as (alice, bob, carol):
        await bob.connection.close(1001)
        assert (await alice.hear("left"))["reason"] == "left"
        carol.connection.transport.abort()
        assert (await alice.hear("left"))["reason"] == "lost"


async def test_who_answers_no_ping_is_lost() -> None:
    fast = {"ping_interval": 0.05, "ping_timeout": 0.1, "close_timeout": 0.1}
    async with live_node(**fast) as live, entered(live, ALICE, BOB) as (alice, bob):
        bob.connection.transport.pause_reading()
        assert (await alice.hear("left"))["reason"] == "lost"
        assert not live.node.has_device(ROOM, BOB.participant, BOB.device)


async def test_a_flood_is_closed_and_the_meeting_goes_on() -> None:
    async with live_node() as live, entered(live, ALICE, MALLORY) as (alice, mallory):
        for _ in range(int(COMMANDS_BURST) + 1):
            await mallory.say(type="send", message="Yw==")
        assert await mallory.closed() == 4429
        assert (await alice.hear("left"))["reason"] == "limited"


@pytest.mark.parametrize(("message", "code"), [("x", 4400), (b"x", 4400), (json.dumps(enter(BOB)), 4400)])
async def test_what_is_no_command_closes_the_socket(message: str | bytes, code: int) -> None:
    async with live_node() as live, entered(live, ALICE, BOB) as (alice, bob):
        await bob.connection.send(message)
        assert await bob.closed() == code
        assert (await alice.hear("left"))["reason"] == "limited"


async def test_who_reads_too_slowly_is_put_out_and_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "MAX_WAITING_BYTES", 1_000_000)
    monkeypatch.setattr(outbox, "CLOSE_TIMEOUT_S", 0.1)
    async with live_node() as live, entered(live, ALICE, BOB, CAROL) as (alice, bob, carol):
        await add_everybody([alice, bob, carol])
        bob.connection.transport.pause_reading()
        message = base64.b64encode(bytes(60_000)).decode()
        for sent in range(1, 1000):
            live.clock.now = float(sent)  # at an honest pace, by the node's clock
            await alice.say(type="send", message=message)
            await carol.hear("message")
            if not live.node.has_device(ROOM, BOB.participant, BOB.device):
                break
        assert (await carol.hear("left"))["device"] == BOB.device
        assert report.Left(BOB.participant, BOB.device, "lost") in live.reports


# --- the node ---


async def test_a_node_that_stops_says_so() -> None:
    async with live_node() as live, entered(live, ALICE, BOB) as (alice, bob):
        live.rooms.shut_down()
        assert await alice.closed() == 1012
        assert await bob.closed() == 1012
        assert live.reports[-1] == report.Closed("empty")


async def test_timers_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "TIMER_S", 0.01)
    async with live_node() as live, entered(live, ALICE) as (alice,):
        await alice.say(type="leave")
        await alice.closed()
        live.clock.now = EMPTY_TIMEOUT_S
        closed = asyncio.Event()
        monkeypatch.setattr(live.relay, "close_room", lambda _room: closed.set())
        timers = asyncio.ensure_future(live.rooms.run_timers())
        async with asyncio.timeout(PATIENCE_S):
            await closed.wait()
        timers.cancel()
        assert live.node.room_count == 0


async def test_the_log_tells_neither_names_nor_tickets_nor_messages(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "conclave")
    async with live_node() as live, entered(live, ALICE, BOB) as (alice, bob):
        await add_everybody([alice, bob])
        await alice.say(type="send", message=base64.b64encode(b"the secret plan").decode())
        await bob.hear("message")
        async with live.dial() as connection:
            await connection.send(json.dumps(enter(MALLORY, ticket="eyJmb3JnZWQi")))
            await closing_code(connection)
        await bob.say(type="leave")
        await bob.closed()
    assert "entry refused: ticket" in caplog.text
    assert BOB.device in caplog.text
    for secret in ("Alice", "Bob", "eyJ", "secret", base64.b64encode(b"the secret").decode()[:8]):
        assert secret not in caplog.text
