"""What happened in a room, in terms that the site may keep (docs/protocol/report.md).

There is no free text here, so a report cannot carry what was said or shown.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from jwt import PyJWTError
from jwt.api_jws import PyJWS

MAX_REPORT_BYTES = 2048
"""Every field is short; more is not a report."""
MAX_REPORTS_PER_DELIVERY = 100
"""One request stays below 256 KiB and the site's transaction short."""

LeftReason: TypeAlias = Literal["left", "lost", "replaced", "removed", "ended", "unverified", "limited"]
ClosedReason: TypeAlias = Literal["ended", "empty", "expired"]

_TYPE = "report+jwt"
_ALGORITHM = "EdDSA"
_Hex16 = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{16}\Z")]
_jws = PyJWS()


class ReportError(Exception):
    """This is not a report by a node that we know."""


class Opened(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="opened"):
    """The room came into being: its first participant entered."""


class Entered(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="entered"):
    """A device entered."""

    participant: _Hex16
    device: _Hex16
    role: Literal["organizer", "presenter", "attendee"]


class Left(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="left"):
    """A device is gone."""

    participant: _Hex16
    device: _Hex16
    reason: LeftReason


class Closed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="closed"):
    """The room is gone."""

    reason: ClosedReason


Event: TypeAlias = Opened | Entered | Left | Closed


class Report(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One event of one room; the site takes each `id` once."""

    id: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{32}\Z")]
    room: Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{9}\Z")]
    at_unix_ms: Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
    event: Event


_decoder = msgspec.json.Decoder(Report)


def sign(report: Report, private_key: Ed25519PrivateKey) -> str:
    """Return the report as a signed text, or raise `ReportError` when a field is outside the schema."""
    payload = msgspec.json.encode(report)
    _decode(payload)
    return _jws.encode(payload, private_key, _ALGORITHM, headers={"typ": _TYPE})


def verify(text: str, public_key: Ed25519PublicKey) -> Report:
    """Return the report, or raise `ReportError`, whatever `text` is."""
    if not text.isascii() or len(text) > MAX_REPORT_BYTES:
        raise ReportError("not a report")
    try:
        token = _jws.decode_complete(text, public_key, algorithms=[_ALGORITHM])
    except (PyJWTError, ValueError) as error:
        raise ReportError("not signed by a known node") from error
    if token["header"].get("typ") != _TYPE:
        raise ReportError("not a report")
    return _decode(token["payload"])


def _decode(payload: bytes) -> Report:
    try:
        return _decoder.decode(payload)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise ReportError("outside the schema") from error
