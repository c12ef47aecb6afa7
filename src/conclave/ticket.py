"""Who may enter which room, with which grants (docs/protocol/ticket.md).

The site issues tickets; live nodes and relays verify them and hold only the public key.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass, field
from typing import Annotated, Literal, NewType, TypeAlias, get_args

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from jwt import PyJWTError
from jwt.api_jws import PyJWS

RoomId = NewType("RoomId", str)
"""A meeting's number: 9 decimal digits."""
ParticipantId = NewType("ParticipantId", str)
"""A person in a meeting: 16 lower-case hexadecimal digits."""
DeviceId = NewType("DeviceId", str)
"""One connection of a participant and one MLS leaf: 16 lower-case hexadecimal digits."""
DoorKey = NewType("DoorKey", str)
"""The public half of the Ed25519 key that the meeting's words give: 64 lower-case hexadecimal digits."""

Role: TypeAlias = Literal["organizer", "presenter", "attendee"]
Grant: TypeAlias = Literal["chat", "share", "speak", "admit", "appoint", "remove", "end"]
ROLES: tuple[Role, ...] = get_args(Role)
GRANTS: dict[Role, tuple[Grant, ...]] = {
    "organizer": ("chat", "share", "speak", "admit", "appoint", "remove", "end"),
    "presenter": ("chat", "share", "speak"),
    "attendee": ("chat", "share", "speak"),
}

LIFETIME_S = 3600
"""Long enough for a client to come back while the site is down, short enough that a stolen one ages."""
LEEWAY_S = 30
"""How far the clocks of site and live node may differ."""
MAX_TICKET_BYTES = 2048
"""It travels in a URL's query on its way to the relay."""
MAX_NAME_CHARACTERS = 60
"""What a list of participants shows on one line."""

PROOF_BYTES = 64
"""An Ed25519 signature."""

_PROOF_DOMAIN = b"conclave enter v1\0"
_TYPE = "JWT"
_ALGORITHM = "EdDSA"
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Format characters that reorder the text around them, so that one name could pass for another."""
_jws = PyJWS()


class TicketError(Exception):
    """This is not a valid, unexpired ticket. The message names no part of it."""


class TicketText(str):
    """A signed ticket: whoever has it can enter, so it does not show itself."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "***"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a ticket says."""

    room: RoomId
    participant: ParticipantId
    name: str = field(repr=False)
    role: Role
    grants: frozenset[Grant]
    door: DoorKey
    expires_unix_s: int
    must_knock: bool = False
    """Whether its bearer waits in the lobby until somebody admits them."""
    has_account: bool = False
    """Whether its bearer was signed in on the site."""
    is_recorded: bool = False
    """Whether the relay notes size and time of what its bearer's session carries (docs/protocol/report.md)."""

    @property
    def issued_unix_s(self) -> int:
        """When the site issued it."""
        return self.expires_unix_s - LIFETIME_S


_ParticipantHex = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{16}\Z")]
_UnixSeconds = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]


class _Claims(msgspec.Struct, frozen=True):
    """The claims on the wire; those that this version does not know are ignored."""

    iss: Literal["conclave"]
    room: Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{9}\Z")]
    sub: _ParticipantHex
    name: str
    role: Role
    grants: list[Grant]
    iat: _UnixSeconds
    exp: _UnixSeconds
    knock: bool
    account: bool
    door: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
    jti: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{32}\Z")]
    root: str
    put: list[str]
    get: list[str]
    record: bool


_claims_decoder = msgspec.json.Decoder(_Claims)


def issue(private_key: Ed25519PrivateKey, ticket: Ticket) -> TicketText:
    """Return the ticket, signed, or raise `TicketError` when something in it is outside the limits."""
    claims = _Claims(
        iss="conclave",
        room=ticket.room,
        sub=ticket.participant,
        name=clean_name(ticket.name),
        role=ticket.role,
        grants=sorted(ticket.grants),
        iat=ticket.issued_unix_s,
        exp=ticket.expires_unix_s,
        door=ticket.door,
        jti=secrets.token_hex(16),
        root=ticket.room,
        put=[ticket.participant],
        get=[""],
        knock=ticket.must_knock,
        account=ticket.has_account,
        record=ticket.is_recorded,
    )
    payload = msgspec.json.encode(claims)
    _decode_claims(payload)
    return TicketText(_jws.encode(payload, private_key, _ALGORITHM, headers={"typ": _TYPE}))


def verify(text: str, public_key: Ed25519PublicKey, *, now: float) -> Ticket:
    """Return what the ticket says, or raise `TicketError`, whatever `text` is."""
    claims = _decode_claims(_verify_signature(text, public_key))
    if claims.iat > now + LEEWAY_S:
        raise TicketError("not valid yet")
    if claims.exp <= now - LEEWAY_S:
        raise TicketError("expired")
    return Ticket(
        room=RoomId(claims.room),
        participant=ParticipantId(claims.sub),
        name=claims.name,
        role=claims.role,
        grants=frozenset(claims.grants),
        door=DoorKey(claims.door),
        expires_unix_s=claims.exp,
        must_knock=claims.knock,
        has_account=claims.account,
        is_recorded=claims.record,
    )


def proves_words(ticket: Ticket, proof: bytes, *, text: str, device: DeviceId, key_package: bytes) -> bool:
    """Whether whoever enters has the meeting's words (docs/protocol/room.md, "The proof of the words").

    `text` is the signed form of the verified `ticket`; nothing is raised, whatever the other arguments are.
    """
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(ticket.door))
    try:
        key.verify(proof, entry_message(text, device=device, key_package=key_package))
    except InvalidSignature:
        return False
    return True


def entry_message(text: str, *, device: DeviceId, key_package: bytes) -> bytes:
    """Return what the door key signs for a device to enter."""
    ticket_digest, package_digest = (hashlib.sha256(part).digest() for part in (text.encode(), key_package))
    return _PROOF_DOMAIN + ticket_digest + device.encode() + package_digest


def clean_name(text: str) -> str:
    """Return `text` trimmed and normalized (NFC), or raise `TicketError` when it cannot be shown as a name."""
    name = unicodedata.normalize("NFC", text).strip()
    if not 1 <= len(name) <= MAX_NAME_CHARACTERS:
        raise TicketError("name too short or too long")
    if any(c in _BIDI_CONTROLS or unicodedata.category(c) in _UNSEEN_CATEGORIES for c in name):
        raise TicketError("control character in name")
    if not any(c.isprintable() for c in name):
        raise TicketError("nothing to see in name")
    return name


def _verify_signature(text: str, public_key: Ed25519PublicKey) -> bytes:
    if not text.isascii() or len(text) > MAX_TICKET_BYTES:
        raise TicketError("not a ticket")
    try:
        token = _jws.decode_complete(text, public_key, algorithms=[_ALGORITHM])
    except (PyJWTError, ValueError) as error:
        raise TicketError("not signed by the site") from error
    if token["header"].get("typ") != _TYPE:
        raise TicketError("not a ticket")
    payload: bytes = token["payload"]
    return payload


def _decode_claims(payload: bytes) -> _Claims:
    try:
        claims = _claims_decoder.decode(payload)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise TicketError("claims outside the schema") from error
    if claims.exp != claims.iat + LIFETIME_S or len(set(claims.grants)) != len(claims.grants):
        raise TicketError("claims outside the schema")
    if (claims.root, claims.put, claims.get) != (claims.room, [claims.sub], [""]):
        raise TicketError("claims for the relay disagree")
    if clean_name(claims.name) != claims.name:
        raise TicketError("name not trimmed")
    return claims
