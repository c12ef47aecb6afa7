"""Write vectors/voice-frame.json: plaintexts of the `mic` track (docs/protocol/media.md), good ones and bad ones.

    python tools/vectors/voice_frame.py

Put together here field by field, so that the vectors share no code with what they check.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[2] / "vectors" / "voice-frame.json"
CAPTURED_US = 1_795_000_000_000_000
MAX_PACKET_BYTES = 1275
PACKET = bytes.fromhex("78") + bytes(range(79))


def frame(number: int, *, captured_us: int = CAPTURED_US, packet: bytes = PACKET) -> bytes:
    return struct.pack(">IQ", number, captured_us) + packet


def valid() -> list[dict[str, Any]]:
    cases = [(0, PACKET), (1, b"\x78"), (2**32 - 1, PACKET), (7, bytes(MAX_PACKET_BYTES))]
    return [
        {
            "frame": frame(number, packet=packet).hex(),
            "number": number,
            "capturedUs": CAPTURED_US,
            "packet": packet.hex(),
        }
        for number, packet in cases
    ]


def invalid() -> list[dict[str, str]]:
    cases = {
        "nothing": b"",
        "a header cut short": frame(0, packet=b"")[:-1],
        "no packet": frame(0, packet=b""),
        "a packet longer than Opus makes": frame(0, packet=bytes(MAX_PACKET_BYTES + 1)),
        "a time beyond what JavaScript counts": frame(0, captured_us=2**53),
    }
    return [{"why": why, "frame": data.hex()} for why, data in cases.items()]


if __name__ == "__main__":
    TARGET.write_text(json.dumps({"valid": valid(), "invalid": invalid()}, indent=1) + "\n")
