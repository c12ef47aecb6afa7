"""The room's messages: the vectors, the bounds, and one error."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conclave.rooms import messages
from conclave.rooms.messages import (
    MAX_COMMAND_BYTES,
    MAX_COMMIT_BYTES,
    MAX_DEVICES,
    MAX_KEY_PACKAGE_BYTES,
    MAX_MESSAGE_BYTES,
    Accepted,
    Admit,
    Answered,
    Appointed,
    Commit,
    Committed,
    Enter,
    Entered,
    Entry,
    Event,
    Found,
    Joined,
    Knock,
    Knocked,
    Knocking,
    Left,
    Locked,
    MalformedCommand,
    Message,
    RelayAddress,
    Send,
    Stale,
    Welcomed,
    decode_command,
    encode_event,
)
from conclave.ticket import DeviceId, ParticipantId
from tests.fakes import CAROL, RELAY

VECTORS: dict[str, Any] = json.loads(Path("vectors/room-messages.json").read_text("utf-8"))
OTHER = DeviceId("d00000000000000a")
ENTRY = Entry(
    participant=CAROL.participant,
    device=DeviceId("d00000000000000c"),
    name="Carol",
    role="attendee",
    grants=["chat", "share"],
    member=False,
    key_package=b"opaque",
)
KNOCK = Knock(ParticipantId(OTHER), "Dave", account=True)
EVENTS: list[Event] = [
    Knocking(),
    Entered(
        participant=ENTRY.participant,
        device=ENTRY.device,
        role="attendee",
        grants=["chat", "share"],
        group=1,
        epoch=0,
        founder=False,
        roster=[ENTRY],
        relay=RELAY,
        locked=False,
        knocks=[KNOCK],
    ),
    Knocked(KNOCK),
    Answered(KNOCK.participant),
    Locked(True, CAROL.participant),  # noqa: FBT003
    Appointed(CAROL.participant, "presenter", ["chat", "share"]),
    Joined(ENTRY),
    Left(ENTRY.device, ENTRY.participant, "lost"),
    Found(2),
    Accepted(1, 1),
    Committed(1, 1, OTHER, b"opaque", [ENTRY.device], []),
    Welcomed(1, 1, OTHER, b"opaque"),
    Stale(1, 1),
    Message(OTHER, 7, b"opaque"),
]


@pytest.mark.parametrize("vector", VECTORS["commands"], ids=lambda v: v["type"])
def test_a_command_of_the_vectors_means_the_same_after_decoding(vector: dict[str, Any]) -> None:
    command = decode_command(json.dumps(vector))
    assert msgspec.to_builtins(command) == vector


@pytest.mark.parametrize("vector", VECTORS["refused_commands"], ids=lambda v: v["case"])
def test_a_command_outside_the_schema_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(MalformedCommand):
        decode_command(json.dumps(vector["command"]))


@pytest.mark.parametrize(("event", "vector"), list(zip(EVENTS, VECTORS["events"], strict=True)))
def test_an_event_is_encoded_as_in_the_vectors(event: Event, vector: dict[str, Any]) -> None:
    assert json.loads(encode_event(event)) == vector


def _of(size: int) -> str:
    return base64.b64encode(bytes(size)).decode()


ENTER = {"type": "enter", "ticket": "t", "device": "0" * 16, "key_package": _of(9), "proof": _of(64)}


def _commands(*, beyond: int) -> list[dict[str, Any]]:
    """Every command at its limits, or beyond one of them."""
    ids = [f"{number:016x}" for number in range(MAX_DEVICES + beyond)]
    commit = {"type": "commit", "group": 0, "epoch": 0, "commit": _of(9), "welcome": None, "adds": [], "removes": []}
    return [
        ENTER | {"key_package": _of(MAX_KEY_PACKAGE_BYTES + beyond)},
        ENTER | {"ticket": "t" * (2048 + beyond)},
        ENTER | {"proof": _of(64 + beyond)},
        commit | {"commit": _of(MAX_COMMIT_BYTES + beyond), "adds": ids[:250], "welcome": _of(MAX_COMMIT_BYTES)},
        commit | {"welcome": _of(MAX_COMMIT_BYTES + beyond)},
        commit | {"adds": ids},
        commit | {"removes": ids},
        {"type": "admit", "participants": ids},
        {"type": "send", "message": _of(MAX_MESSAGE_BYTES + beyond)},
    ]


@pytest.mark.parametrize("command", _commands(beyond=0))
def test_a_command_at_its_limits_is_taken(command: dict[str, Any]) -> None:
    assert isinstance(decode_command(json.dumps(command)), Enter | Commit | Admit | Send)


@pytest.mark.parametrize("command", _commands(beyond=1))
def test_a_command_beyond_a_limit_is_refused(command: dict[str, Any]) -> None:
    with pytest.raises(MalformedCommand):
        decode_command(json.dumps(command))


def test_the_largest_commit_fits_and_more_is_not_even_read() -> None:
    largest = max(len(json.dumps(command)) for command in _commands(beyond=0))
    assert largest <= MAX_COMMAND_BYTES
    padded = '{"type": "leave"}'.ljust(MAX_COMMAND_BYTES)
    decode_command(padded)
    with pytest.raises(MalformedCommand):
        decode_command(padded + " ")


@given(st.one_of(st.text(max_size=500), st.binary(max_size=500)))
def test_any_bytes_decode_or_are_refused_with_one_error(data: str | bytes) -> None:
    try:
        decode_command(data)
    except MalformedCommand:
        return


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"type":' * 100_000, '"\ud800"', '{"type": "send", "message": "\ud800"}']
)
def test_json_made_to_hurt_is_refused_with_one_error(text: str) -> None:
    with pytest.raises(MalformedCommand):
        decode_command(text)


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=8,
)


@given(st.sampled_from(VECTORS["commands"]), st.data())
def test_a_command_with_one_field_of_anything_decodes_or_is_refused(
    vector: dict[str, Any], data: st.DataObject
) -> None:
    field = data.draw(st.sampled_from(sorted(vector)))
    changed = vector | {field: data.draw(json_values)}
    try:
        decode_command(json.dumps(changed))
    except MalformedCommand:
        return


def test_neither_a_ticket_nor_a_name_shows_in_a_repr() -> None:
    enter = messages.Enter(ticket="secret", device=ENTRY.device, key_package=b"opaque", proof=bytes(64))
    assert "secret" not in repr(enter)
    assert "Carol" not in repr(EVENTS[0])


def test_a_relay_address_is_plain() -> None:
    assert msgspec.to_builtins(RelayAddress("https://x", [])) == {"url": "https://x", "fingerprints": []}
