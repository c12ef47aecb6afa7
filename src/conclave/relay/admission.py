"""Who may open a MoQ session with the relay (docs/protocol/media.md, "MoQ")."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import parse_qs

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from conclave import ticket
from conclave.ticket import DeviceId, Grant, ParticipantId, RoomId, TicketError

MAX_QUERY_BYTES = ticket.MAX_TICKET_BYTES + 64
"""A ticket, a device and their names."""
UNAUTHORIZED = 401
FORBIDDEN = 403
BUSY = 503

_PATH = re.compile(r"/?([0-9]{9})")
_DEVICE = re.compile(r"[0-9a-f]{16}")

IsPresent: TypeAlias = Callable[[RoomId, ParticipantId, DeviceId], bool]
"""Whether this device of this participant is in this room."""
May: TypeAlias = Callable[[RoomId, DeviceId, Grant], bool]
"""Whether this device in this room may do something now."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """Whom a MoQ session belongs to."""

    room: RoomId
    participant: ParticipantId
    device: DeviceId
    is_recorded: bool

    @property
    def broadcast(self) -> str:
        """The one path under which it may publish."""
        return f"{self.participant}/{self.device}"


class Refused(Exception):
    """This session is not admitted; `code` is what its client is told."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def admit(path: str, query: str, *, public_key: Ed25519PublicKey, is_present: IsPresent, now: float) -> Admitted:
    """Return whom the address of a session names, or raise `Refused`."""
    room, fields = _PATH.fullmatch(path), _read_query(query)
    if room is None or set(fields) != {"jwt", "device"} or not _DEVICE.fullmatch(fields["device"]):
        raise Refused(FORBIDDEN)
    try:
        bearer = ticket.verify(fields["jwt"], public_key, now=now)
    except TicketError:
        raise Refused(UNAUTHORIZED) from None
    device = DeviceId(fields["device"])
    if bearer.room != room[1] or not is_present(bearer.room, bearer.participant, device):
        raise Refused(FORBIDDEN)
    return Admitted(bearer.room, bearer.participant, device, bearer.is_recorded)


def _read_query(query: str) -> dict[str, str]:
    """Return the fields of a query; none when one is there twice, or it is too long or malformed."""
    if len(query) > MAX_QUERY_BYTES:
        return {}
    try:
        fields = parse_qs(query, strict_parsing=True, errors="strict", max_num_fields=2)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items() if len(values) == 1}
