"""The messages of the room protocol (docs/protocol/room.md): decoded once, at the edge, into closed unions."""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated, Literal, TypeAlias

import msgspec

from conclave.report import LeftReason
from conclave.ticket import MAX_TICKET_BYTES, PROOF_BYTES, DeviceId, Grant, ParticipantId, Role

MAX_COMMAND_BYTES = 768 * 1024
"""The largest commit and the largest welcome in base64, with both lists of devices."""
MAX_KEY_PACKAGE_BYTES = 8 * 1024
"""An ordinary key package takes less than 1 KiB; every device in the room is sent every other's."""
MAX_COMMIT_BYTES = 256 * 1024
"""A commit that adds 249 devices, or a welcome with the tree of 250, takes about half of it."""
MAX_MESSAGE_BYTES = 64 * 1024
"""4,000 characters of chat, padded and sealed, take 17 KiB."""
MAX_DEVICES = 250
"""In a room; a commit names each device at most once."""
DIGEST_BYTES = 32
"""SHA-256."""


class MalformedCommand(Exception):
    """What came from the peer is not a command of the protocol."""


class CloseCode(IntEnum):
    """Why the server closes a socket; the reason on the wire is the name in lower case."""

    RESTART = 1012
    LEFT = 4000
    MALFORMED = 4400
    TICKET = 4401
    FORBIDDEN = 4403
    REMOVED = 4405
    DENIED = 4406
    UNVERIFIED = 4407
    SLOW = 4408
    REPLACED = 4409
    ENDED = 4410
    UNANSWERED = 4411
    FULL = 4413
    LOCKED = 4423
    LIMITED = 4429


_Hex16 = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{16}\Z")]
_Counter = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
_Handshake = Annotated[bytes, msgspec.Meta(min_length=1, max_length=MAX_COMMIT_BYTES)]
_Ids = Annotated[list[_Hex16], msgspec.Meta(max_length=MAX_DEVICES)]


class Enter(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="enter"):
    """The first message on a socket."""

    ticket: Annotated[str, msgspec.Meta(max_length=MAX_TICKET_BYTES)]
    device: _Hex16
    key_package: Annotated[bytes, msgspec.Meta(min_length=1, max_length=MAX_KEY_PACKAGE_BYTES)]
    proof: Annotated[bytes, msgspec.Meta(min_length=PROOF_BYTES, max_length=PROOF_BYTES)]

    def __repr__(self) -> str:
        return f"Enter(device={self.device!r}, ***)"


class Commit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="commit"):
    """An MLS commit made in `epoch` of `group`, and whom it concerns."""

    group: _Counter
    epoch: _Counter
    commit: _Handshake
    welcome: _Handshake | None
    adds: _Ids
    removes: _Ids


class Refuse(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="refuse"):
    """The commit with this SHA-256, which began `epoch` of `group`, does not verify."""

    group: _Counter
    epoch: _Counter
    digest: Annotated[bytes, msgspec.Meta(min_length=DIGEST_BYTES, max_length=DIGEST_BYTES)]


class Send(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="send"):
    """An MLS application message for all other members."""

    message: Annotated[bytes, msgspec.Meta(min_length=1, max_length=MAX_MESSAGE_BYTES)]


class Admit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="admit"):
    """Let those in who knock."""

    participants: _Ids


class Deny(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="deny"):
    """Send somebody who knocks away."""

    participant: _Hex16


class Lock(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="lock"):
    """Let nobody new in, or let them in again."""

    locked: bool


class Appoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="appoint"):
    """Give a participant another role."""

    participant: _Hex16
    role: Literal["presenter", "attendee"]


class Remove(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="remove"):
    """Put a participant out."""

    participant: _Hex16


class End(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="end"):
    """End the meeting for all."""


class Leave(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="leave"):
    """Leave the room."""


Command: TypeAlias = Enter | Commit | Refuse | Send | Admit | Deny | Lock | Appoint | Remove | End | Leave


class Entry(msgspec.Struct, frozen=True):
    """A device in the roster."""

    participant: ParticipantId
    device: DeviceId
    name: str
    role: Role
    grants: list[Grant]
    member: bool
    key_package: bytes

    def __repr__(self) -> str:
        return f"Entry(device={self.device!r}, member={self.member}, ***)"


class RelayAddress(msgspec.Struct, frozen=True):
    """Where the relay listens, and the fingerprints (hex) of a generated certificate."""

    url: str
    fingerprints: list[str]


class Knocking(msgspec.Struct, frozen=True, tag="knocking"):
    """The answer to `Enter` by who must wait to be admitted."""


class Knock(msgspec.Struct, frozen=True):
    """Somebody who waits to be admitted."""

    participant: ParticipantId
    name: str
    account: bool

    def __repr__(self) -> str:
        return f"Knock(participant={self.participant!r}, ***)"


class Knocked(msgspec.Struct, frozen=True, tag="knocked"):
    """Somebody has begun to wait."""

    knock: Knock


class Answered(msgspec.Struct, frozen=True, tag="answered"):
    """Somebody does not knock any more."""

    participant: ParticipantId


class Locked(msgspec.Struct, frozen=True, tag="locked"):
    """A participant locked the room, or opened it again."""

    locked: bool
    participant: ParticipantId


class Appointed(msgspec.Struct, frozen=True, tag="appointed"):
    """What a participant is from now on."""

    participant: ParticipantId
    role: Role
    grants: list[Grant]


class Entered(msgspec.Struct, frozen=True, tag="entered"):
    """The answer to `Enter`."""

    participant: ParticipantId
    device: DeviceId
    role: Role
    grants: list[Grant]
    group: int
    epoch: int
    founder: bool
    roster: list[Entry]
    relay: RelayAddress
    locked: bool
    knocks: list[Knock]


class Joined(msgspec.Struct, frozen=True, tag="joined"):
    """Another device entered."""

    entry: Entry


class Left(msgspec.Struct, frozen=True, tag="left"):
    """Another device is gone."""

    device: DeviceId
    participant: ParticipantId
    reason: LeftReason


class Found(msgspec.Struct, frozen=True, tag="found"):
    """The last member is gone, and the receiver is founder of a new group."""

    group: int


class Accepted(msgspec.Struct, frozen=True, tag="accepted"):
    """The receiver's commit is in force."""

    group: int
    epoch: int


class Committed(msgspec.Struct, frozen=True, tag="commit", rename={"sender": "from"}):
    """Somebody else's commit is in force."""

    group: int
    epoch: int
    sender: DeviceId
    commit: bytes
    adds: list[DeviceId]
    removes: list[DeviceId]


class Welcomed(msgspec.Struct, frozen=True, tag="welcome", rename={"sender": "from"}):
    """The receiver was added."""

    group: int
    epoch: int
    sender: DeviceId
    welcome: bytes


class Stale(msgspec.Struct, frozen=True, tag="stale"):
    """The receiver's commit is not in force."""

    group: int
    epoch: int


class Message(msgspec.Struct, frozen=True, tag="message", rename={"sender": "from"}):
    """A member's application message, passed on while the group is in `epoch`."""

    sender: DeviceId
    epoch: int
    message: bytes


Event: TypeAlias = (
    Knocking
    | Entered
    | Knocked
    | Answered
    | Locked
    | Appointed
    | Joined
    | Left
    | Found
    | Accepted
    | Committed
    | Welcomed
    | Stale
    | Message
)

_decoder: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)
_encoder = msgspec.json.Encoder()


def decode_command(text: str | bytes) -> Command:
    """Decode one command, or raise `MalformedCommand`, whatever `text` is."""
    if len(text) > MAX_COMMAND_BYTES:
        raise MalformedCommand("too long")
    try:
        return _decoder.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise MalformedCommand("not in the schema") from error


def encode_event(event: Event) -> bytes:
    """Return the event as JSON."""
    return _encoder.encode(event)
