"""Pairing: a code, three tries, one origin, one room."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conclave.helper.messages import CloseCode, Pair, Resume
from conclave.helper.pairing import FIRST_PORT, MAX_RENEWALS, MAX_TRIES, Admitted, Pairing
from tests.helper_cast import ORIGIN, ROOM

EVIL = "https://evil.example"
OTHER_ROOM = "999999999"


@pytest.fixture
def pairing() -> Pairing:
    return make()


def make(*, port: int = FIRST_PORT, origin: str | None = None) -> Pairing:
    numbers = itertools.count(1)
    tokens = itertools.count(1)
    return Pairing(
        port=port,
        draw_number=lambda limit: next(numbers) % limit,
        draw_token=lambda: f"{next(tokens):064x}",
        origin=origin,
    )


def pair(pairing: Pairing, *, code: str | None = None, origin: str = ORIGIN, room: str = ROOM) -> Admitted | CloseCode:
    return pairing.enter(Pair(code or pairing.code or "10000000", room), origin=origin)


def paired(pairing: Pairing) -> Admitted:
    page = pair(pairing)
    assert isinstance(page, Admitted)
    return page


def resume(pairing: Pairing, page: Admitted, *, room: str = ROOM, origin: str = ORIGIN) -> Admitted | CloseCode:
    return pairing.enter(Resume(page.token, room), origin=origin)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_first_digit_tells_the_port(number: int) -> None:
    assert make(port=FIRST_PORT + number).code == f"{number + 1}0000001"


def test_who_types_the_code_is_let_in_once(pairing: Pairing) -> None:
    code = pairing.code
    assert code is not None
    page = paired(pairing)
    assert (page.origin, page.room, page.is_new) == (ORIGIN, ROOM, True)
    assert pairing.code is None
    pairing.leave()
    assert pair(pairing, code=code) == CloseCode.CODE


def test_after_three_wrong_codes_there_is_a_new_one(pairing: Pairing) -> None:
    before = pairing.code
    for _ in range(MAX_TRIES):
        assert pairing.code == before
        assert pair(pairing, code="19999999") == CloseCode.CODE
    assert pairing.code not in (before, None)
    assert pair(pairing, code=before) == CloseCode.CODE


def test_who_goes_on_guessing_is_not_heard_any_more(pairing: Pairing) -> None:
    for _ in range(MAX_TRIES * MAX_RENEWALS):
        assert pair(pairing, code="19999999") == CloseCode.CODE
    assert pairing.is_limited
    assert pairing.code is None
    assert pair(pairing, code="19999999") == CloseCode.LIMITED
    pairing.renew()
    assert isinstance(pair(pairing), Admitted)


def test_once_paired_no_other_origin_is_heard(pairing: Pairing) -> None:
    assert pairing.hears(EVIL), "nobody has typed a code yet"
    page = paired(pairing)
    assert pairing.hears(ORIGIN)
    assert not pairing.hears(EVIL)
    assert resume(pairing, page, origin=EVIL) == CloseCode.CODE
    pairing.leave()
    assert not pairing.hears(EVIL)
    assert pair(pairing, origin=EVIL) == CloseCode.CODE


def test_an_address_on_the_command_line_is_the_only_one_from_the_start() -> None:
    pairing = make(origin=ORIGIN)
    assert not pairing.hears(EVIL)
    assert pair(pairing, origin=EVIL) == CloseCode.CODE
    assert isinstance(pair(pairing), Admitted)


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "",
        "http://meet.example",
        "file://",
        "https://",
        "https://meet.example/",
        "https://a@meet.example",
        "https://meet.example:x",
        "https://[",
    ],
)
def test_what_is_no_secure_origin_is_not_heard(pairing: Pairing, origin: str | None) -> None:
    assert not pairing.hears(origin)


def test_a_trial_on_this_computer_is_heard(pairing: Pairing) -> None:
    assert pairing.hears("http://localhost:8000")
    assert pairing.hears("http://127.0.0.1:8000")


def test_the_token_opens_later_connections(pairing: Pairing) -> None:
    page = paired(pairing)
    pairing.leave()
    again = resume(pairing, page)
    assert isinstance(again, Admitted)
    assert (again.token, again.is_new) == (page.token, False)
    pairing.leave()
    assert isinstance(resume(pairing, page, room=OTHER_ROOM), Admitted), "the next meeting"


def test_a_wrong_token_opens_nothing(pairing: Pairing) -> None:
    assert pairing.enter(Resume("00" * 32, ROOM), origin=ORIGIN) == CloseCode.CODE
    paired(pairing)
    assert pairing.enter(Resume("ff" * 32, ROOM), origin=ORIGIN) == CloseCode.CODE


def test_a_new_code_makes_the_old_token_worthless(pairing: Pairing) -> None:
    page = paired(pairing)
    pairing.leave()
    paired(pairing)
    pairing.leave()
    assert resume(pairing, page) == CloseCode.CODE


def test_one_room_at_a_time(pairing: Pairing) -> None:
    page = paired(pairing)
    assert resume(pairing, page, room=OTHER_ROOM) == CloseCode.ROOM
    assert isinstance(resume(pairing, page), Admitted), "the same room, in another tab"
    pairing.leave()
    assert pairing.room is None


def test_while_a_page_is_connected_there_is_no_code(pairing: Pairing) -> None:
    paired(pairing)
    assert not pairing.is_limited
    pairing.renew()
    assert pairing.code is None
    assert pair(pairing, code="10000001") == CloseCode.CODE


def test_the_token_does_not_show_in_a_log(pairing: Pairing) -> None:
    assert "***" in repr(paired(pairing))


@given(st.text())
def test_no_origin_makes_it_fail(origin: str) -> None:
    make().hears(origin)


@given(st.lists(st.sampled_from(["guess", "code", "token", "leave", "renew", "evil"]), max_size=60))
def test_whatever_happens_only_one_origin_gets_in(steps: list[str]) -> None:
    pairing, token, inside = make(), "ee" * 32, set[str]()
    for step in steps:
        origin = EVIL if step == "evil" else ORIGIN
        first: Pair | Resume = Pair("19999999", ROOM)
        if step in ("code", "evil") and pairing.code is not None:
            first = Pair(pairing.code, ROOM)
        elif step == "token":
            first = Resume(token, ROOM)
        if step == "leave":
            if pairing.room is not None:
                pairing.leave()
        elif step == "renew":
            pairing.renew()
        elif isinstance(page := pairing.enter(first, origin=origin), Admitted):
            inside.add(origin)
            token = page.token
        assert len(inside) <= 1
        assert (pairing.code is None) == (pairing.room is not None or pairing.is_limited)
