"""Write vectors/media-frame.json: plaintexts of the `screen` track (docs/protocol/media.md), good ones and bad ones.

    python tools/vectors/media_frame.py

Put together here field by field, so that the vectors share no code with what they check.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[2] / "vectors" / "media-frame.json"
FORMAT = {"codec": "avc1.42e028", "width": 1920, "height": 1080}
COLOR = {"primaries": "bt709", "transfer": "iec61966-2-1", "matrix": "smpte170m", "fullRange": False}
CAPTURED_US = 1_795_000_000_000_000
AMPLE = 2
PICTURE = bytes.fromhex("0000000167")


def frame(*, flags: int, group: int, index: int, extra: bytes = b"", captured_us: int = CAPTURED_US) -> bytes:
    return struct.pack(">BIIQ", flags, group, index, captured_us) + extra


def with_format(value: Any, picture: bytes = PICTURE) -> bytes:
    text = json.dumps(value, separators=(",", ":")).encode()
    return struct.pack(">H", len(text)) + text + picture


def valid() -> list[dict[str, Any]]:
    headers = [
        (0, 0, FORMAT, 0),
        (1, 0, FORMAT | {"color": COLOR}, 0),
        (7, 300, None, 0),
        (2**32 - 1, 2**32 - 1, None, 0),
        (8, 0, FORMAT, AMPLE),
        (8, 1, None, AMPLE),
    ]
    return [
        {
            "frame": frame(
                flags=ample | (0 if form is None else 1),
                group=group,
                index=index,
                extra=PICTURE if form is None else with_format(form),
            ).hex(),
            "header": {"group": group, "index": index, "capturedUs": CAPTURED_US, "format": form}
            | ({"isAmple": True} if ample else {}),
            "picture": PICTURE.hex(),
        }
        for group, index, form, ample in headers
    ]


def invalid() -> list[dict[str, str]]:
    def key(extra: bytes) -> bytes:
        return frame(flags=1, group=0, index=0, extra=extra)

    cases = {
        "nothing": b"",
        "a header cut short": frame(flags=0, group=0, index=0)[:-1],
        "no picture": frame(flags=0, group=0, index=0),
        "colours in unknown words": key(with_format(FORMAT | {"color": COLOR | {"matrix": "green"}})),
        "colours not told in full": key(with_format(FORMAT | {"color": {"fullRange": True}})),
        "no picture after a format": key(with_format(FORMAT, b"")),
        "an unknown flag": frame(flags=4, group=0, index=0, extra=PICTURE),
        "a time beyond what JavaScript counts": frame(flags=0, group=0, index=0, extra=PICTURE, captured_us=2**53),
        "a key frame that ends before its format": key(b"\x00"),
        "a format longer than the frame": key(struct.pack(">H", 400) + b"{}"),
        "a format longer than allowed": key(struct.pack(">H", 600) + b" " * 600 + PICTURE),
        "a format that is not JSON": key(struct.pack(">H", 1) + b"{" + PICTURE),
        "a format that is not UTF-8": key(struct.pack(">H", 1) + b"\xff" + PICTURE),
        "a format that is null": key(with_format(None)),
        "a format without a codec": key(with_format({"width": 2, "height": 2})),
        "a codec that is a number": key(with_format({**FORMAT, "codec": 1})),
        "a codec that is too long": key(with_format({**FORMAT, "codec": "a" * 65})),
        "a width of zero": key(with_format({**FORMAT, "width": 0})),
        "a height that is a fraction": key(with_format({**FORMAT, "height": 1.5})),
        "a width beyond any screen": key(with_format({**FORMAT, "width": 8193})),
    }
    return [{"why": why, "frame": data.hex()} for why, data in cases.items()]


if __name__ == "__main__":
    TARGET.write_text(json.dumps({"valid": valid(), "invalid": invalid()}, indent=1) + "\n")
