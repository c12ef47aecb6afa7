"""The helper as a program: a person at its terminal, a page at its port, a real screen."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from Xlib import XK, X

from conclave.control import Scope
from conclave.helper.messages import CloseCode
from tests.browser.screens import Screen
from tests.helper.conftest import Witness, eventually
from tests.helper.program import Helper, Page
from tests.helper_cast import ORIGIN, ROOM, Controller, button, key, move, text

A, SHIFT = f"{XK.XK_a:x}", f"{XK.XK_Shift_L:x}"


@pytest.fixture
def helper(screen: Screen, tmp_path: Path) -> Iterator[Helper]:
    started = Helper(screen, tmp_path / "log.txt")
    yield started
    started.close()


@pytest.fixture
def carol() -> Controller:
    return Controller()


def is_down(witness: Witness) -> bool:
    mask = witness.display.screen().root.query_pointer().mask
    return any(witness.display.query_keymap()) or bool(mask & X.Button1Mask)


def pointer(witness: Witness) -> tuple[int, int]:
    found = witness.display.screen().root.query_pointer()
    return found.root_x, found.root_y


@pytest.mark.requirement(2)
def test_control_is_given_used_and_stopped(helper: Helper, witness: Witness, carol: Controller) -> None:
    page = Page.paired(helper)
    assert page.gives_control(carol, helper)["scope"] == ["mouse", "keyboard"]
    helper.says("Carol controls your computer, for 10 minutes")
    page.send(carol.input(move(0.25, 0.5), text("a")))
    eventually(lambda: pointer(witness) == (320, 400))
    eventually(lambda: witness.keys() == [f"+{A}", f"-{A}"])
    helper.type("stop")
    assert page.hears("ended")["reason"] == "person"
    page.send(carol.input(text("a")))
    assert page.hears("dropped")["counts"] == {"grant": 1}
    assert witness.keys() == []
    page.close()
    helper.code()
    assert helper.notes() == [
        "paired with a page",
        "was asked for control",
        "control began: mouse, keyboard; for 10 min at most",
        "control ended: person; inputs: 1 obeyed",
    ]


def test_the_person_sees_name_words_origin_and_time(helper: Helper, carol: Controller) -> None:
    page = Page.paired(helper)
    page.send(carol.ask(seconds=90))
    helper.says(f"^Carol wants to control your computer, from {ORIGIN}")
    helper.says(r"Words of Carol, to be sure who it is: [a-z]+ [a-z]+ [a-z]+ [a-z]+$")
    helper.says("use the mouse")
    helper.says("use the keyboard")
    helper.says("For 2 minutes at most")
    helper.type("refuse")
    assert page.hears("refused")["reason"] == "person"
    page.close()


def test_the_person_allows_the_mouse_alone(helper: Helper, witness: Witness, carol: Controller) -> None:
    page = Page.paired(helper)
    assert page.gives_control(carol, helper, "mouse", scope=tuple(Scope))["scope"] == ["mouse"]
    page.send(carol.input(text("a")))
    assert page.hears("dropped")["counts"] == {"scope": 1}
    assert witness.keys() == []
    page.close()


# --- who may speak to it ---


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "https://meet.example/"])
def test_what_is_no_secure_page_is_refused_at_the_door(helper: Helper, origin: str | None) -> None:
    helper.code()
    with pytest.raises(InvalidStatus) as refused:
        Page.open(helper, origin=origin)
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "evil.example:27653", "127.0.0.1", "127.0.0.1:1"])
def test_a_page_that_turns_dns_around_is_refused(helper: Helper, host: str) -> None:
    helper.code()
    with pytest.raises(InvalidStatus) as refused:
        Page.open(helper, additional_headers={"Host": host})
    assert refused.value.response.status_code == 403


def test_once_paired_no_other_origin_is_let_in(helper: Helper) -> None:
    page = Page.paired(helper)
    with pytest.raises(InvalidStatus):
        Page.open(helper, origin="https://evil.example")
    page.close()
    helper.code()
    with pytest.raises(InvalidStatus):
        Page.open(helper, origin="https://evil.example")


def test_an_address_on_the_command_line_keeps_others_out(screen: Screen, tmp_path: Path) -> None:
    helper = Helper(screen, tmp_path / "log.txt", ORIGIN)
    try:
        code = helper.code()
        with pytest.raises(InvalidStatus):
            Page.open(helper, origin="https://evil.example")
        Page.paired(helper, code=code).close()
    finally:
        helper.close()


def test_wrong_codes_are_refused_and_the_third_brings_a_new_one(helper: Helper) -> None:
    first = helper.code()
    wrong = "19999999" if first != "19999999" else "18888888"
    for _ in range(3):
        page = Page.open(helper)
        page.send({"type": "pair", "code": wrong, "room": ROOM})
        assert page.closed() == CloseCode.CODE
        again = helper.code()
    assert again != first
    page = Page.open(helper)
    page.send({"type": "pair", "code": first, "room": ROOM})
    assert page.closed() == CloseCode.CODE
    Page.paired(helper, code=again).close()


@pytest.mark.parametrize(
    "first", [{"type": "revoke"}, {"type": "pair"}, {"type": "resume", "token": "x", "room": ROOM}, b"\0" * 256]
)
def test_whatever_else_is_said_first_ends_it(helper: Helper, first: Any) -> None:
    helper.code()
    page = Page.open(helper)
    page.send(first)
    assert page.closed() == CloseCode.MALFORMED


def test_a_socket_without_the_protocol_is_closed(helper: Helper) -> None:
    helper.code()
    with pytest.raises(InvalidStatus) as refused:
        Page.open(helper, subprotocols=None)
    assert refused.value.response.status_code == 400


def test_a_message_that_makes_no_sense_ends_control(helper: Helper, witness: Witness, carol: Controller) -> None:
    page = Page.paired(helper)
    page.gives_control(carol, helper)
    page.send(carol.input(key("ShiftLeft", down=True)))
    eventually(lambda: is_down(witness))
    page.send({"type": "inject", "keys": "rm"})
    assert page.closed() == CloseCode.MALFORMED
    helper.says("Nobody controls this computer any more")
    eventually(lambda: not is_down(witness))


def test_a_reloaded_page_comes_back_by_its_token_but_has_no_grant(helper: Helper, carol: Controller) -> None:
    page = Page.paired(helper)
    page.gives_control(carol, helper)
    again = Page.open(helper)
    again.send({"type": "resume", "token": page.token, "room": ROOM})
    again.hears("paired")
    assert page.closed() == CloseCode.REPLACED
    again.send(carol.input(move()))
    assert again.hears("dropped")["counts"] == {"grant": 1}
    other = Page.open(helper)
    other.send({"type": "resume", "token": page.token, "room": "999999999"})
    assert other.closed() == CloseCode.ROOM
    again.close()


# --- floods, losses, crashes ---


def test_ten_thousand_inputs_a_second_reach_nothing_and_are_counted(
    helper: Helper, witness: Witness, carol: Controller
) -> None:
    page = Page.paired(helper)
    page.gives_control(carol, helper)
    flood = [carol.input(text("a")) for _ in range(10_000)]
    began = time.monotonic()
    for data in flood:
        page.send(data)
    refused: Counter[str] = Counter()
    while refused.total() < 9000:
        refused.update(page.hears("dropped")["counts"])
    took_s = time.monotonic() - began
    helper.type("stop")
    page.hears("ended")
    assert witness.keys().count(f"+{A}") <= 250 + 250 * took_s
    assert refused["rate"] + refused["busy"] == refused.total()
    page.close()


def test_who_vanishes_with_keys_down_lets_go_within_a_second(
    helper: Helper, witness: Witness, carol: Controller
) -> None:
    page = Page.paired(helper)
    page.gives_control(carol, helper)
    page.send(carol.input(key("ShiftLeft", down=True), button(down=True)))
    eventually(lambda: is_down(witness))
    began = time.monotonic()
    eventually(lambda: not is_down(witness))
    assert 0.5 < time.monotonic() - began < 1.0
    page.close()


def test_a_page_that_dies_takes_control_with_it(helper: Helper, witness: Witness, carol: Controller) -> None:
    page = Page.paired(helper)
    page.gives_control(carol, helper)
    page.send(carol.input(key("ShiftLeft", down=True)))
    eventually(lambda: is_down(witness))
    page.die()
    helper.says("Nobody controls this computer any more")
    eventually(lambda: not is_down(witness), within_s=0.5)


def test_after_a_kill_the_next_start_sweeps(
    screen: Screen, tmp_path: Path, witness: Witness, carol: Controller
) -> None:
    helper = Helper(screen, tmp_path / "log.txt")
    page = Page.paired(helper)
    page.gives_control(carol, helper)
    page.send(carol.input(key("ShiftLeft", down=True), button(down=True)))
    eventually(lambda: is_down(witness))
    helper.process.kill()
    helper.close()
    assert is_down(witness)
    again = Helper(screen, tmp_path / "log.txt")
    again.code()
    eventually(lambda: not is_down(witness))
    again.close()


def test_a_hand_on_the_mouse_holds_the_controller_back(helper: Helper, witness: Witness, carol: Controller) -> None:
    page = Page.paired(helper)
    page.gives_control(carol, helper)
    page.send(carol.input(move(0.25, 0.25)))
    eventually(lambda: pointer(witness) == (320, 200))
    witness.display.screen().root.warp_pointer(1000, 600)
    witness.display.sync()
    assert page.hears("held")["why"] == "mouse"
    helper.says("Carol waits while you use the mouse")
    page.send(carol.input(move(0, 0)))
    assert page.hears("dropped")["counts"] == {"held": 1}
    assert pointer(witness) == (1000, 600)
    assert page.hears("held")["why"] is None
    page.send(carol.input(move(0, 0)))
    eventually(lambda: pointer(witness) == (0, 0))
    page.close()


def test_the_hotkey_stops_control(helper: Helper, witness: Witness, carol: Controller) -> None:
    page = Page.paired(helper)
    page.gives_control(carol, helper)
    page.send(carol.input(key("ControlLeft", down=True), key("AltLeft", down=True), key("End", down=True)))
    assert page.hears("ended")["reason"] == "hotkey"
    eventually(lambda: not is_down(witness))
    page.close()


def test_closing_the_helper_ends_control(helper: Helper, carol: Controller) -> None:
    page = Page.paired(helper)
    page.gives_control(carol, helper)
    helper.type("quit")
    assert page.closed() == 1001
    assert helper.process.wait(5) == 0


def test_the_log_holds_neither_names_nor_what_was_typed(helper: Helper, carol: Controller) -> None:
    page = Page.paired(helper)
    page.gives_control(carol, helper)
    page.send(carol.input(text("hunter2"), move(0.123, 0.456)))
    helper.type("quit")
    page.closed()
    helper.process.wait(5)
    written = helper.log.read_text("utf-8")
    for secret in ("Carol", "hunter2", "0.123", "meet.example", ROOM, page.token):
        assert secret not in written
    assert helper.log.stat().st_mode & 0o077 == 0
