"""What the relay takes for an SFrame ciphertext, and what it drops."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conclave.relay.envelope import (
    CONTEXTS,
    CONTROL,
    LEAF_AND_EPOCH_BITS,
    MAX_CONTROL_BYTES,
    MAX_CTR,
    MAX_OBJECT_BYTES,
    TAG_BYTES,
    is_sealed,
    read_header,
)

VECTORS = Path(__file__).parents[2] / "vectors"
ENVELOPES = json.loads((VECTORS / "sframe-envelope.json").read_text())["cases"]
PROFILE = json.loads((VECTORS / "sframe-profile.json").read_text())["cases"]
TRACKS = {context: track for track, context in CONTEXTS.items()}
NO_TEXT = b"\x80"


def encode(kid: int, ctr: int) -> bytes:
    """Encode a header in its shortest form (RFC 9605, section 4.3)."""
    fields = [b"" if value < 8 else value.to_bytes((value.bit_length() + 7) // 8, "big") for value in (kid, ctr)]
    high, low = (value if not field else 8 | (len(field) - 1) for value, field in zip((kid, ctr), fields, strict=True))
    return bytes([high << 4 | low]) + b"".join(fields)


@pytest.mark.requirement(8)
@pytest.mark.parametrize("case", ENVELOPES, ids=lambda case: case["why"])
def test_only_what_has_the_form_of_a_ciphertext_passes(case: dict[str, str]) -> None:
    assert is_sealed(bytes.fromhex(case["object"]), track=case["track"]) is case["sealed"]


@pytest.mark.parametrize("case", PROFILE, ids=lambda case: f"kid {case['kid']}")
def test_what_clients_seal_passes_on_its_own_track_only(case: dict[str, int | str]) -> None:
    frame, context = bytes.fromhex(str(case["frame"])), int(case["context"])
    assert read_header(frame) == (case["kid"], case["ctr"], len(encode(int(case["kid"]), int(case["ctr"]))))
    for number, track in TRACKS.items():
        assert is_sealed(frame, track=track) is (number == context)


@given(kid=st.integers(0, 2**64 - 1), ctr=st.integers(0, 2**64 - 1), rest=st.binary(max_size=8))
def test_a_header_round_trips(kid: int, ctr: int, rest: bytes) -> None:
    header = encode(kid, ctr)
    assert read_header(header + rest) == (kid, ctr, len(header))


@given(data=st.binary(max_size=64))
def test_whatever_reads_as_a_header_is_its_one_shortest_form(data: bytes) -> None:
    header = read_header(data)
    assert header is None or encode(header[0], header[1]) == data[: header[2]]


@given(data=st.binary(max_size=2048), track=st.sampled_from(sorted(CONTEXTS)))
def test_any_bytes_are_judged_and_none_raise(data: bytes, track: str) -> None:
    assert is_sealed(data, track=track) in (True, False)


@pytest.mark.requirement(8)
@given(text=st.text(min_size=TAG_BYTES, max_size=200), track=st.sampled_from(sorted(CONTEXTS)))
def test_text_never_passes(text: str, track: str) -> None:
    assert not is_sealed(text.encode(), track=track)


@given(
    below=st.integers(0, 2**LEAF_AND_EPOCH_BITS - 1),
    ctr=st.integers(0, MAX_CTR),
    track=st.sampled_from(sorted(CONTEXTS)),
)
def test_every_leaf_epoch_and_counter_passes(below: int, ctr: int, track: str) -> None:
    kid = (CONTEXTS[track] << LEAF_AND_EPOCH_BITS) + below
    assert is_sealed(encode(kid, ctr) + NO_TEXT * TAG_BYTES, track=track)


def test_an_object_of_4_mib_passes_and_no_larger_one() -> None:
    header = encode(1 << LEAF_AND_EPOCH_BITS, 0)
    largest = header + NO_TEXT * (MAX_OBJECT_BYTES - len(header))
    assert is_sealed(largest, track="screen")
    assert not is_sealed(largest + NO_TEXT, track="screen")


def test_an_input_is_33_kib_at_most() -> None:
    header = encode(CONTEXTS[CONTROL] << LEAF_AND_EPOCH_BITS, 0)
    largest = header + NO_TEXT * (MAX_CONTROL_BYTES - len(header))
    assert is_sealed(largest, track=CONTROL)
    assert not is_sealed(largest + NO_TEXT, track=CONTROL)
