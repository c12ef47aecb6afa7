"""As much of QMux (draft-ietf-quic-qmux-01) as lets a client of the library be the other end of the relay's client.

Both open streams with even ids; the browser's ids are odd. Bit 0 of every id is therefore flipped on the way.
"""

from __future__ import annotations

WITH_STREAM_ID = {0x04: 2, 0x05: 1, 0x11: 1, 0x15: 1, 0x24: 3}
"""Types of frames that begin with a stream's id, and how many numbers follow it."""
NUMBERS_ONLY = {0x00: 0, 0x10: 1, 0x12: 1, 0x13: 1, 0x14: 1, 0x16: 1, 0x17: 1}
NUMBERS_ONLY |= {0x348C67529EF8C7BD: 1, 0x348C67529EF8C7BE: 1}
"""Types without an id, and of how many numbers they consist: padding, limits, pings."""
NUMBERS_AND_BYTES = {0x1C: 2, 0x1D: 1, 0x31: 0, 0x3F5153300D0A0D0A: 0}
"""The same, before a length and that many bytes: closing, datagrams, transport parameters."""
STREAM = range(0x08, 0x10)


def number(value: int) -> bytes:
    """Encode a number (RFC 9000, section 16)."""
    for bits, prefix in ((6, 0), (14, 1), (30, 2), (62, 3)):
        if value < 1 << bits:
            return (value | prefix << bits).to_bytes((bits + 2) // 8, "big")
    raise ValueError(value)


def stream(stream_id: int, data: bytes, *, offset: int = 0) -> bytes:
    """A STREAM frame with offset and length."""
    return number(0x0E) + number(stream_id) + number(offset) + number(len(data)) + data


def flip_stream_ids(record: bytes) -> bytes:
    """Return the record as the other role would have sent it."""
    flipped = bytearray(record)
    at = 0
    while at < len(flipped):
        at = _flip_frame(flipped, at)
    return bytes(flipped)


def _flip_frame(record: bytearray, at: int) -> int:
    kind, at = _read(record, at)
    if kind in STREAM or kind in WITH_STREAM_ID:
        _, end = _read(record, at)
        record[end - 1] ^= 1
        at = end
    if kind in STREAM:
        if kind & 0x04:
            at = _skip(record, at, 1)
        return _skip_bytes(record, at) if kind & 0x02 else len(record)
    if kind in NUMBERS_AND_BYTES:
        return _skip_bytes(record, _skip(record, at, NUMBERS_AND_BYTES[kind]))
    return _skip(record, at, (WITH_STREAM_ID | NUMBERS_ONLY)[kind])


def _read(record: bytearray, at: int) -> tuple[int, int]:
    size = 1 << (record[at] >> 6)
    return int.from_bytes(record[at : at + size], "big") & ((1 << (8 * size - 2)) - 1), at + size


def _skip(record: bytearray, at: int, count: int) -> int:
    for _ in range(count):
        _, at = _read(record, at)
    return at


def _skip_bytes(record: bytearray, at: int) -> int:
    size, at = _read(record, at)
    return at + size
