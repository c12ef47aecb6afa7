"""What happened in a room, in terms that the site may keep (docs/protocol/report.md).

There is no free text here, so a report cannot carry what was said or shown.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from jwt import PyJWTError
from jwt.api_jws import PyJWS

from conclave import record

MAX_REPORT_BYTES = 2048
"""Every field is short; more is not a report."""
MAX_RECORDED_BYTES = 24 * 1024
"""Of the one report that is longer: a stretch of a session record, packed, in base64 twice."""
MAX_REPORTS_PER_DELIVERY = 100
MAX_DELIVERY_BYTES = 240 * 1024
"""Of the reports in it: one request stays below 256 KiB and the site's transaction short."""

LeftReason: TypeAlias = Literal["left", "lost", "replaced", "removed", "ended", "unverified", "limited"]
ClosedReason: TypeAlias = Literal["ended", "empty", "expired"]

_TYPE = "report+jwt"
_ALGORITHM = "EdDSA"
_Hex16 = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{16}\Z")]
_UnixMs = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
_Packed = Annotated[bytes, msgspec.Meta(max_length=record.MAX_PACKED_BYTES)]
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


class Recorded(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="recorded"):
    """A stretch of the session record: size and time of what a device's session with the relay carried."""

    participant: _Hex16
    device: _Hex16
    began_unix_ms: _UnixMs
    intervals: _Packed
    """As `record.pack_intervals` makes them."""
    objects: _Packed
    """As `record.pack_objects` makes them; fewer than the intervals count when there were too many to keep."""


Event: TypeAlias = Opened | Entered | Left | Closed | Recorded


class Report(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One event of one room; the site takes each `id` once."""

    id: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{32}\Z")]
    room: Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{9}\Z")]
    at_unix_ms: _UnixMs
    event: Event


_decoder = msgspec.json.Decoder(Report)


def sign(report: Report, private_key: Ed25519PrivateKey) -> str:
    """Return the report as a signed text, or raise `ReportError` when a field is outside the schema."""
    payload = msgspec.json.encode(report)
    _decode(payload)
    return _jws.encode(payload, private_key, _ALGORITHM, headers={"typ": _TYPE})


def verify(text: str, public_key: Ed25519PublicKey) -> Report:
    """Return the report, or raise `ReportError`, whatever `text` is."""
    if not text.isascii() or len(text) > MAX_RECORDED_BYTES:
        raise ReportError("not a report")
    try:
        token = _jws.decode_complete(text, public_key, algorithms=[_ALGORITHM])
    except (PyJWTError, ValueError) as error:
        raise ReportError("not signed by a known node") from error
    if token["header"].get("typ") != _TYPE:
        raise ReportError("not a report")
    report = _decode(token["payload"])
    if len(text) > MAX_REPORT_BYTES and not isinstance(report.event, Recorded):
        raise ReportError("not a report")
    return report


def _decode(payload: bytes) -> Report:
    try:
        report = _decoder.decode(payload)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise ReportError("outside the schema") from error
    if isinstance(report.event, Recorded):
        _check(report.event)
    return report


def _check(recorded: Recorded) -> None:
    """Refuse packed bytes that are anything but sizes and times."""
    try:
        record.unpack_intervals(recorded.intervals)
        record.unpack_objects(recorded.objects)
    except record.RecordError as error:
        raise ReportError("not a session record") from error
