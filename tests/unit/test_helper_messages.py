"""The helper's messages: the vectors, and one error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conclave.helper.messages import (
    MAX_TEXT_MESSAGE_BYTES,
    HelperMessage,
    MalformedMessage,
    Pair,
    Resume,
    decode_message,
    encode_message,
)

VECTORS = json.loads(Path("vectors/control.json").read_text("utf-8"))


@pytest.mark.parametrize("message", VECTORS["fromPage"])
def test_a_message_of_the_page_is_read(message: dict[str, Any]) -> None:
    assert json.loads(msgspec.json.encode(decode_message(json.dumps(message)))) == message


@pytest.mark.parametrize("case", VECTORS["invalidFromPage"], ids=lambda case: case["why"])
def test_whatever_is_wrong_with_a_message_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(MalformedMessage):
        decode_message(json.dumps(case["message"]))


@pytest.mark.parametrize("message", VECTORS["fromHelper"])
def test_a_message_of_the_helper_is_written_as_the_vectors_say(message: dict[str, Any]) -> None:
    assert json.loads(encode_message(msgspec.convert(message, HelperMessage))) == message


@given(st.text() | st.just("x" * (MAX_TEXT_MESSAGE_BYTES + 1)) | st.just("\ud800"))
def test_no_text_raises_anything_else(text: str) -> None:
    with pytest.raises(MalformedMessage):
        decode_message(text)


def test_codes_and_tokens_do_not_show_in_a_log() -> None:
    assert "***" in repr(Pair("10000007", "481516234"))
    assert "***" in repr(Resume("ab" * 32, "481516234"))
