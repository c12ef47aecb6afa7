"""What browsers and live nodes send as JSON, decoded once at the edge into types."""

from __future__ import annotations

from typing import Annotated, TypeVar

import msgspec

from conclave.report import MAX_RECORDED_BYTES, MAX_REPORTS_PER_DELIVERY

MAX_BODY_BYTES = 4096  # of what a browser sends: a name or a key
MAX_DELIVERY_BYTES = 256 * 1024  # the reports, and the JSON around them


class WireError(Exception):
    """This is not the message it should be."""


class TicketRequest(msgspec.Struct, frozen=True):
    """Somebody asks for a ticket under `name`."""

    name: str


class DoorKeyRequest(msgspec.Struct, frozen=True):
    """The organizer's browser tells the door key of the words."""

    door_key: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]


class Delivery(msgspec.Struct, frozen=True):
    """A live node delivers reports; each is verified by itself."""

    reports: Annotated[
        list[Annotated[str, msgspec.Meta(max_length=MAX_RECORDED_BYTES)]],
        msgspec.Meta(max_length=MAX_REPORTS_PER_DELIVERY),
    ]


T = TypeVar("T")


def decode_ticket_request(data: bytes) -> TicketRequest:
    return _decode(data, TicketRequest, limit=MAX_BODY_BYTES)


def decode_door_key(data: bytes) -> DoorKeyRequest:
    return _decode(data, DoorKeyRequest, limit=MAX_BODY_BYTES)


def decode_delivery(data: bytes) -> Delivery:
    return _decode(data, Delivery, limit=MAX_DELIVERY_BYTES)


def _decode(data: bytes, kind: type[T], *, limit: int) -> T:
    if len(data) > limit:
        raise WireError("too long")
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise WireError from error
