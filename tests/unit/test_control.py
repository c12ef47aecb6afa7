"""Grants and signed inputs: the vectors, the bounds, and one error."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conclave.control import (
    CODES,
    Clipboard,
    Event,
    Grant,
    InputError,
    Key,
    Reason,
    Scope,
    Text,
    Verifier,
    controller_words,
    decode_events,
    needs,
)

VECTORS = json.loads(Path("vectors/control.json").read_text("utf-8"))
_words = Path("client/src/e2ee/words.ts").read_text("utf-8").split("`\n", 1)[1].split("`", 1)[0]
WORDS = tuple(_words.split())


def read_grant(says: dict[str, Any]) -> Grant:
    return Grant(
        id=bytes.fromhex(says["id"]),
        epoch=says["epoch"],
        seconds=says["seconds"],
        scope=tuple(Scope(each) for each in says["scope"]),
        presenter="".join(says["presenter"].values()),
        controller="".join(says["controller"].values()),
        key=bytes.fromhex(says["key"]),
        group=bytes.fromhex(says["group"]),
    )


GRANT = read_grant(VECTORS["grants"][0]["grant"])


def take(data: bytes) -> list[Event]:
    return decode_events(Verifier(GRANT).verify(data).padded)


@pytest.mark.parametrize("case", VECTORS["grants"])
def test_a_grant_has_the_bytes_and_the_words_of_the_vectors(case: dict[str, Any]) -> None:
    grant = read_grant(case["grant"])
    assert grant.encode().hex() == case["bytes"]
    assert grant.digest().hex() == case["hash"]
    assert list(controller_words(grant.key, WORDS)) == case["words"]


@pytest.mark.parametrize("case", VECTORS["inputs"])
def test_an_input_signed_for_the_grant_is_read(case: dict[str, Any]) -> None:
    signed = Verifier(GRANT).verify(bytes.fromhex(case["input"]))
    assert (signed.counter, signed.time_ms) == (case["counter"], case["timeMs"])
    assert decode_events(signed.padded) == msgspec.convert(case["events"], list[Event])


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: case["why"])
def test_whatever_is_wrong_with_an_input_is_refused_by_name(case: dict[str, Any]) -> None:
    with pytest.raises(InputError) as refused:
        take(bytes.fromhex(case["input"]))
    assert refused.value.reason == case["reason"]


@given(st.binary(max_size=600))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    with pytest.raises(InputError):
        Verifier(GRANT).verify(data)
    with pytest.raises(InputError):
        decode_events(data)


@given(st.integers(0, 255), st.integers(0, 7))
def test_no_single_bit_can_be_changed(at: int, bit: int) -> None:
    data = bytearray.fromhex(VECTORS["inputs"][1]["input"])
    data[at] ^= 1 << bit
    with pytest.raises(InputError) as refused:
        take(bytes(data))
    assert refused.value.reason == Reason.SIGNATURE


def test_every_event_needs_the_scope_that_the_document_says() -> None:
    needed = {event["type"]: None for case in VECTORS["inputs"] for event in case["events"]}
    for case in VECTORS["inputs"]:
        for event in msgspec.convert(case["events"], list[Event]):
            needed[event.__struct_config__.tag] = needs(event).value
    assert needed == {
        "move": "mouse",
        "button": "mouse",
        "wheel": "mouse",
        "key": "keyboard",
        "text": "keyboard",
        "clipboard": "paste",
    }


def test_the_keys_are_those_of_the_document() -> None:
    text = Path("docs/protocol/control.md").read_text("utf-8")
    listed = text.split("`code` is one of UI Events' names:\n", 1)[1].split(".\n\n", 1)[0]
    named: set[str] = set()
    for first, last in re.findall(r"`(\w+)`(?:…`(\w+)`)?", listed):
        named |= _expand(first, last) if last else {first}
    assert named == CODES


def _expand(first: str, last: str) -> set[str]:
    if first[-1].isalpha():
        return {first[:-1] + chr(letter) for letter in range(ord(first[-1]), ord(last[-1]) + 1)}
    stem = first.rstrip("0123456789")
    return {f"{stem}{number}" for number in range(int(first[len(stem) :]), int(last[len(stem) :]) + 1)}


def test_what_is_typed_does_not_show_in_a_log() -> None:
    for event in (Key("KeyA", down=True, key="a"), Text("hunter2"), Clipboard("hunter2")):
        assert "***" in repr(event)
