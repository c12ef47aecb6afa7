"""What a room must not forget when its node restarts (docs/protocol/room.md, "A restart")."""

from __future__ import annotations

from typing import Annotated

import msgspec

from conclave.ticket import ParticipantId, Role

MAX_REMEMBERED = 1000
"""Participants whom one room remembers for one reason; it holds 250 devices, and each needs a ticket of their own."""

_Id = Annotated[ParticipantId, msgspec.Meta(pattern=r"\A[0-9a-f]{16}\Z")]
_Ids = Annotated[set[_Id], msgspec.Meta(max_length=MAX_REMEMBERED)]


class Memory(msgspec.Struct, forbid_unknown_fields=True):
    """Who may not come in, who may, and as what. Ids only; the room and its parts change it."""

    is_locked: bool = False
    known: _Ids = msgspec.field(default_factory=set)
    """Who has been inside."""
    removed: _Ids = msgspec.field(default_factory=set)
    denials: Annotated[dict[_Id, int], msgspec.Meta(max_length=MAX_REMEMBERED)] = msgspec.field(default_factory=dict)
    """How often somebody who knocked was sent away."""
    appointed: Annotated[dict[_Id, Role], msgspec.Meta(max_length=MAX_REMEMBERED)] = msgspec.field(default_factory=dict)
    """Who has another role than their ticket says."""


_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Memory)


def encode_memory(memory: Memory) -> bytes:
    """Return it as JSON."""
    return _encoder.encode(memory)


def decode_memory(text: bytes) -> Memory:
    """Decode what `encode_memory` made; of anything else, a locked room that knows nobody: organizers may open it."""
    try:
        return _decoder.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return Memory(is_locked=True)
