"""The loopback protocol between page and helper (docs/protocol/control.md), decoded once, at the edge."""

from __future__ import annotations

import unicodedata
from enum import IntEnum
from typing import Annotated, Literal, TypeAlias

import msgspec

from conclave.control import MAX_GRANT_S, MAX_GROUP_ID_BYTES, MIN_GRANT_S, Scope

MAX_TEXT_MESSAGE_BYTES = 8 * 1024
"""An `ask` with the longest of everything takes less than 2 KiB."""
MAX_NAME_CHARACTERS = 60
"""As in a ticket."""
MAX_LABEL_CHARACTERS = 200
"""Of a captured surface; browsers put an id there, or a window's title."""

SUBPROTOCOL = "conclave.helper.1"

System: TypeAlias = Literal["x11", "windows", "macos", "wayland"]
Why: TypeAlias = Literal["mouse", "asking"]
Refusal: TypeAlias = Literal["person", "unanswered", "busy", "surface", "withdrawn"]
Ending: TypeAlias = Literal["person", "hotkey", "expired", "revoked", "replaced", "surface", "closed"]


class MalformedMessage(Exception):
    """What came from the page is not a message of the protocol."""


class CloseCode(IntEnum):
    """Why the helper closes a socket; the reason on the wire is the name in lower case."""

    MALFORMED = 4400
    CODE = 4401
    SLOW = 4408
    REPLACED = 4409
    ROOM = 4423
    LIMITED = 4429


_Hex16 = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{16}\Z")]
_Hex64 = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
_Group = Annotated[str, msgspec.Meta(pattern=r"\A(?:[0-9a-f]{2})+\Z", max_length=2 * MAX_GROUP_ID_BYTES)]
_Room = Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{9}\Z")]
_Pixels = Annotated[int, msgspec.Meta(ge=0, le=32_767)]
_Counter = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]


class Pair(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="pair"):
    """First message: the digits that the helper shows."""

    code: Annotated[str, msgspec.Meta(pattern=r"\A[1-3][0-9]{7}\Z")]
    room: _Room

    def __repr__(self) -> str:
        return "Pair(***)"


class Resume(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="resume"):
    """First message of a later connection."""

    token: _Hex64
    room: _Room

    def __repr__(self) -> str:
        return "Resume(***)"


class Surface(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="surface"):
    """What is shared now."""

    kind: Literal["monitor", "window"] | None
    label: Annotated[str, msgspec.Meta(max_length=MAX_LABEL_CHARACTERS)]
    width: _Pixels
    height: _Pixels


class Focus(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="focus"):
    """Whether the room's own window has the focus."""

    focused: bool


class Device(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One device of a participant."""

    participant: _Hex16
    device: _Hex16


class Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="ask"):
    """Ask the person whether this controller may."""

    group: _Group
    epoch: _Counter
    presenter: Device
    controller: Device
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME_CHARACTERS)]
    key: _Hex64
    scope: Annotated[list[Scope], msgspec.Meta(max_length=len(Scope))]
    seconds: Annotated[int, msgspec.Meta(ge=MIN_GRANT_S, le=MAX_GRANT_S)]


class Withdraw(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="withdraw"):
    """Take the question back; a grant goes on."""


class Revoke(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="revoke"):
    """End the grant, and take the question back."""


FirstMessage: TypeAlias = Pair | Resume
LaterMessage: TypeAlias = Surface | Focus | Ask | Withdraw | Revoke
PageMessage: TypeAlias = FirstMessage | LaterMessage


class Paired(msgspec.Struct, frozen=True, tag="paired"):
    """The answer to the first message."""

    token: str
    system: System
    scope: tuple[Scope, ...]

    def __repr__(self) -> str:
        return "Paired(***)"


class Asking(msgspec.Struct, frozen=True, tag="asking"):
    """The question is open."""


class Granted(msgspec.Struct, frozen=True, tag="granted"):
    """The person has allowed it, perhaps less than was asked for."""

    grant: str
    epoch: int
    scope: tuple[Scope, ...]
    seconds: int


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """No grant."""

    reason: Refusal


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """The grant is over."""

    reason: Ending


class Held(msgspec.Struct, frozen=True, tag="held"):
    """Inputs are held back from now on, or (None) taken again."""

    why: Why | None


class Copied(msgspec.Struct, frozen=True, tag="copied"):
    """What was copied on this computer."""

    text: str

    def __repr__(self) -> str:
        return "Copied(***)"


class Dropped(msgspec.Struct, frozen=True, tag="dropped"):
    """Inputs refused since the last such message, by reason."""

    counts: dict[str, int]


HelperMessage: TypeAlias = Paired | Asking | Granted | Refused | Ended | Held | Copied | Dropped

_decoder = msgspec.json.Decoder(PageMessage)
_encoder = msgspec.json.Encoder()
_UNSEEN_CATEGORIES = ("Cc", "Cs", "Zl", "Zp")
_TURNS_TEXT_AROUND = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def decode_message(text: str) -> PageMessage:
    """Decode one text message of the page; raises `MalformedMessage`, whatever it is."""
    if len(text) > MAX_TEXT_MESSAGE_BYTES:
        raise MalformedMessage("too long")
    try:
        message: PageMessage = _decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise MalformedMessage("not a message") from error
    if isinstance(message, Ask):
        _check_ask(message)
    return message


def encode_message(message: HelperMessage) -> str:
    """Return a message of the helper as it goes over the wire."""
    return _encoder.encode(message).decode()


def _check_ask(ask: Ask) -> None:
    """Look at what the types cannot say: the order of the scope, and a name that shows as what it is."""
    if ask.scope[:1] != [Scope.MOUSE] or ask.scope != [each for each in Scope if each in ask.scope]:
        raise MalformedMessage("not a scope")
    if any(each in _TURNS_TEXT_AROUND or unicodedata.category(each) in _UNSEEN_CATEGORIES for each in ask.name):
        raise MalformedMessage("not a name")
    if not ask.name.strip():
        raise MalformedMessage("nothing to see in name")
