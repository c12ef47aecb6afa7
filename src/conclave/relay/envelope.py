"""Whether an object has the form of an SFrame ciphertext of our profile (docs/protocol/media.md, "SFrame profile").

The relay holds no key, so this is all it can know. Pure.
"""

from __future__ import annotations

MAX_OBJECT_BYTES = 4 * 1024 * 1024
"""A key frame of a 4K screen at the highest quality is half of it."""
MAX_SMALL_BYTES = 1024
"""Of a catalog, whose lists take some hundred, and of 20 ms of a voice, which takes a hundred: no picture passes."""
MAX_CONTROL_BYTES = 33 * 1024
"""Of an input, which has at most 32 KiB (docs/protocol/control.md), and what seals it."""
TAG_BYTES = 16
"""AES-GCM's tag in cipher suite 4 (RFC 9605, section 4.5)."""
MAX_CTR = 2**48 - 1
"""A device stops before it uses up more."""

CATALOG = "sealed-catalog"
"""Not `catalog`: moq-rs answers for a track of that name itself, with a plain one of its own."""
MIC = "mic"
CONTROL = "control"
CONTEXTS = {CATALOG: 0, "screen": 1, "camera": 2, MIC: 3, CONTROL: 5, "camera-low": 6, "file": 7, "screen-low": 8}
"""The tracks of a broadcast, with the context value that the KID of each of their objects carries."""
LEAF_AND_EPOCH_BITS = 10 + 8
"""What stands below the context in a KID: S + E of the profile."""

_LIMITS = {CATALOG: MAX_SMALL_BYTES, MIC: MAX_SMALL_BYTES, CONTROL: MAX_CONTROL_BYTES}

_IS_LONG = 0x8
"""The bit of a header's half byte that says: not the value itself but its length less one."""


def is_sealed(data: bytes, *, track: str) -> bool:
    """Whether `data` has the form of an SFrame ciphertext made for `track`."""
    header = read_header(data) if TAG_BYTES < len(data) <= _LIMITS.get(track, MAX_OBJECT_BYTES) else None
    if header is None:
        return False
    kid, ctr, end = header
    if kid >> LEAF_AND_EPOCH_BITS != CONTEXTS[track] or ctr > MAX_CTR or len(data) - end < TAG_BYTES:
        return False
    return not _is_text(data)


def read_header(data: bytes) -> tuple[int, int, int] | None:
    """Return KID, CTR and the length of the header (RFC 9605, section 4.3); None unless it is in its shortest form."""
    if not data:
        return None
    kid = _read_field(data, data[0] >> 4, start=1)
    if kid is None:
        return None
    ctr = _read_field(data, data[0] & 0x0F, start=kid[1])
    return None if ctr is None else (kid[0], *ctr)


def _read_field(data: bytes, bits: int, *, start: int) -> tuple[int, int] | None:
    """Return the value that `bits` says, or that they say is at `start`, and where it ends."""
    if bits < _IS_LONG:
        return bits, start
    end = start + bits - _IS_LONG + 1
    if end > len(data):
        return None
    value = int.from_bytes(data[start:end], "big")
    shortest = max(1, (value.bit_length() + 7) // 8)
    return (value, end) if value >= _IS_LONG and end - start == shortest else None


def _is_text(data: bytes) -> bool:
    """Whether `data` is UTF-8 to its end, which no ciphertext is by chance; JSON can look like a header otherwise."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
