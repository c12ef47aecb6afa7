"""Write vectors/control.json: grants, inputs, and messages of the helper (docs/protocol/control.md), good and bad.

    python tools/vectors/control.py

Put together here field by field, so that the vectors share no code with what they check. Only the word list is read
from the client.
"""

from __future__ import annotations

import hashlib
import json
import struct
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "vectors" / "control.json"
SCOPE = ("mouse", "keyboard", "paste", "copy")
SEED = bytes(range(32))
OTHER_SEED = bytes(range(1, 33))
SEAL = bytes(range(16))
TIME_MS = 61_234
BOB = {"participant": "000000000000000b", "device": "d00000000000000b"}
CAROL = {"participant": "000000000000000c", "device": "d00000000000000c"}
GROUP = b"conclave/481516234/" + bytes(range(16))


def public(seed: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def grant(**changes: Any) -> dict[str, Any]:
    usual = {
        "id": bytes(range(16)).hex(),
        "epoch": 7,
        "seconds": 600,
        "scope": ["mouse", "keyboard"],
        "presenter": BOB,
        "controller": CAROL,
        "key": public(SEED).hex(),
        "group": GROUP.hex(),
    }
    return usual | changes


def encode_grant(says: dict[str, Any]) -> bytes:
    bits = sum(1 << SCOPE.index(each) for each in says["scope"])
    people = "".join(says[who][what] for who in ("presenter", "controller") for what in ("participant", "device"))
    numbers = struct.pack(">QIB", says["epoch"], says["seconds"], bits)
    return bytes.fromhex(says["id"]) + numbers + people.encode() + bytes.fromhex(says["key"] + says["group"])


def hash_grant(says: dict[str, Any]) -> bytes:
    return hashlib.sha256(b"conclave grant v1\0" + encode_grant(says)).digest()


def words(key: bytes) -> list[str]:
    source = (ROOT / "client/src/e2ee/words.ts").read_text()
    known = source.split("`\n", 1)[1].split("`", 1)[0].split()
    digest = hashlib.sha256(b"conclave controller v1\0" + key).digest()
    return [known[number % len(known)] for number in struct.unpack(">4H", digest[:8])]


def grants() -> list[dict[str, Any]]:
    cases = [
        grant(),
        grant(scope=["mouse"], seconds=60, epoch=0),
        grant(scope=list(SCOPE), seconds=14_400, epoch=2**53 - 1, id="ff" * 16),
        grant(presenter=CAROL, controller=BOB, key=public(OTHER_SEED).hex(), group="00"),
    ]
    return [
        {
            "grant": says,
            "bytes": encode_grant(says).hex(),
            "hash": hash_grant(says).hex(),
            "words": words(bytes.fromhex(says["key"])),
        }
        for says in cases
    ]


def pad(text: bytes, *, length: int | None = None, fill: bytes = b"\0", steps: int = 0) -> bytes:
    """Return everything after the signature."""
    head = struct.pack(">QH", TIME_MS, len(text) if length is None else length) + text
    return head + fill * (-(72 + len(head)) % 256 + 256 * steps)


def sign(rest: bytes, *, counter: int = 1, seed: bytes = SEED, of: dict[str, Any] | None = None) -> bytes:
    number = counter.to_bytes(8, "big")
    message = b"conclave input v1\0" + hash_grant(of or grant()) + number + rest
    return number + Ed25519PrivateKey.from_private_bytes(seed).sign(message) + rest


def seal(data: bytes) -> bytes:
    return data[:8] + AESGCM(SEAL).encrypt(bytes(4) + data[:8], data[8:], None)


def text_of(events: Any) -> bytes:
    return json.dumps(events, ensure_ascii=False, separators=(",", ":")).encode()


MOVE = {"type": "move", "x": 0.5, "y": 0.25}
BUTTON = {"type": "button", "x": 0, "y": 1, "button": "left", "down": True}
WHEEL = {"type": "wheel", "x": 0.1, "y": 0.9, "dx": 0, "dy": -120}
KEY = {"type": "key", "code": "KeyZ", "key": "z", "down": True}
ENTER = {"type": "key", "code": "Enter", "down": False}
TEXT = {"type": "text", "text": "é你€ß😀"}
CLIPBOARD = {"type": "clipboard", "text": "two\nlines\tand a tab"}

VALID_EVENTS: list[list[dict[str, Any]]] = [
    [],
    [MOVE],
    [MOVE, BUTTON, BUTTON | {"down": False}],
    [BUTTON | {"button": name} for name in ("middle", "right", "back", "forward")],
    [WHEEL, WHEEL | {"dx": 12_000, "dy": -12_000}],
    [KEY, KEY | {"down": False}, ENTER],
    [TEXT],
    [{"type": "text", "text": "x" * 64}],
    [CLIPBOARD],
    [{"type": "clipboard", "text": "😀" * 4000}],
    [MOVE] * 32,
]

INVALID_EVENTS: dict[str, tuple[str, Any]] = {
    "no array": ("malformed", MOVE),
    "too many events": ("malformed", [MOVE] * 33),
    "no object": ("malformed", [1]),
    "no type": ("malformed", [{"x": 0, "y": 0}]),
    "an unknown type": ("malformed", [MOVE | {"type": "fly"}]),
    "a missing field": ("malformed", [{"type": "move", "x": 0}]),
    "an unknown field": ("malformed", [MOVE | {"z": 0}]),
    "a place as text": ("malformed", [MOVE | {"x": "0"}]),
    "a place left of the screen": ("place", [MOVE | {"x": -0.001}]),
    "a place below the screen": ("place", [MOVE | {"y": 1.001}]),
    "an absurd place": ("place", [BUTTON | {"x": 1e300}]),
    "one absurd place among good ones": ("place", [MOVE, WHEEL | {"y": -1e9}]),
    "an unknown button": ("malformed", [BUTTON | {"button": "fourth"}]),
    "a button that is neither up nor down": ("malformed", [BUTTON | {"down": 1}]),
    "half a notch": ("malformed", [WHEEL | {"dy": 0.5}]),
    "a wheel that spins": ("malformed", [WHEEL | {"dy": 12_001}]),
    "an unknown key": ("key", [KEY | {"code": "KeyÄ"}]),
    "no key at all": ("key", [KEY | {"code": ""}]),
    "a key with two characters": ("malformed", [KEY | {"key": "zz"}]),
    "a key with no character": ("malformed", [KEY | {"key": ""}]),
    "a key with a control character": ("malformed", [KEY | {"key": "\x1b"}]),
    "no text": ("malformed", [{"type": "text", "text": ""}]),
    "a text too long": ("malformed", [{"type": "text", "text": "x" * 65}]),
    "a line feed in text": ("malformed", [{"type": "text", "text": "a\nb"}]),
    "an escape in text": ("malformed", [{"type": "text", "text": "\x1b[2J"}]),
    "a C1 control in text": ("malformed", [{"type": "text", "text": "\x9b"}]),
    "a clipboard too long": ("malformed", [{"type": "clipboard", "text": "x" * 4001}]),
    "a bell in the clipboard": ("malformed", [{"type": "clipboard", "text": "\x07"}]),
}


def inputs() -> list[dict[str, Any]]:
    made = []
    for number, events in enumerate(VALID_EVENTS):
        counter = 2**53 - 1 if number == 1 else number + 1
        data = sign(pad(text_of(events)), counter=counter)
        made.append(
            {"events": events, "counter": counter, "timeMs": TIME_MS, "input": data.hex(), "sealed": seal(data).hex()}
        )
    return made


def flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def refused() -> list[dict[str, str]]:
    good = sign(pad(text_of([MOVE])))
    end = 82 + len(text_of([MOVE]))
    cases = {
        "nothing": ("malformed", b""),
        "cut short before the JSON": ("malformed", good[:81]),
        "too long": ("malformed", sign(pad(b"[]", steps=128))),
        "a flipped signature": ("signature", flip(good, 8)),
        "a flipped counter": ("signature", flip(good, 7)),
        "a flipped time": ("signature", flip(good, 79)),
        "a flipped event": ("signature", flip(good, 90)),
        "a flipped zero": ("signature", flip(good, end)),
        "another's signature": ("signature", sign(pad(text_of([MOVE])), seed=OTHER_SEED)),
        "signed for another grant": ("signature", sign(pad(text_of([MOVE])), of=grant(id="ff" * 16))),
        "signed for another presenter": ("signature", sign(pad(text_of([MOVE])), of=grant(presenter=CAROL))),
        "signed for another group": ("signature", sign(pad(text_of([MOVE])), of=grant(group=GROUP[::-1].hex()))),
        "signed for more than is allowed": ("signature", sign(pad(text_of([MOVE])), of=grant(scope=list(SCOPE)))),
        "not padded": ("malformed", sign(struct.pack(">QH", TIME_MS, 2) + b"[]")),
        "padded too much": ("malformed", sign(pad(b"[]", steps=1))),
        "padded with ones": ("malformed", sign(pad(b"[]", fill=b"\x01"))),
        "a length beyond the end": ("malformed", sign(pad(b"[]", length=1000))),
        "a length that cuts the JSON": ("malformed", sign(pad(b"[]", length=1))),
        "no JSON": ("malformed", sign(pad(b"["))),
        "no UTF-8": ("malformed", sign(pad(b'[{"type":"text","text":"\xff"}]'))),
        "half a surrogate pair": ("malformed", sign(pad(b'[{"type":"text","text":"\\ud800"}]'))),
        "a number that is none": ("malformed", sign(pad(b'[{"type":"move","x":NaN,"y":0}]'))),
        "a number beyond all": ("malformed", sign(pad(b'[{"type":"move","x":1e999,"y":0}]'))),
    }
    made = [{"why": why, "reason": reason, "input": data.hex()} for why, (reason, data) in cases.items()]
    made += [
        {"why": why, "reason": reason, "input": sign(pad(text_of(events))).hex()}
        for why, (reason, events) in INVALID_EVENTS.items()
    ]
    return made


TOKEN = "ab" * 32
SURFACE = {"type": "surface", "kind": "monitor", "label": "screen:65:0", "width": 1920, "height": 1080}
ASK = {
    "type": "ask",
    "group": GROUP.hex(),
    "epoch": 7,
    "presenter": BOB,
    "controller": CAROL,
    "name": "Carol",
    "key": public(SEED).hex(),
    "scope": ["mouse", "keyboard"],
    "seconds": 600,
}

FROM_PAGE: list[dict[str, Any]] = [
    {"type": "pair", "code": "10000007", "room": "481516234"},
    {"type": "resume", "token": TOKEN, "room": "481516234"},
    SURFACE,
    SURFACE | {"kind": "window", "label": "", "width": 0, "height": 0},
    SURFACE | {"kind": None, "label": ""},
    {"type": "focus", "focused": True},
    ASK,
    ASK | {"scope": list(SCOPE), "seconds": 14_400, "name": "李"},
    {"type": "withdraw"},
    {"type": "revoke"},
]

INVALID_FROM_PAGE: dict[str, Any] = {
    "an unknown type": {"type": "inject"},
    "an unknown field": {"type": "revoke", "grant": 1},
    "a field of another message": {"type": "withdraw", "key": ASK["key"]},
    "a code that is too short": {"type": "pair", "code": "1000000", "room": "481516234"},
    "a code with spaces": {"type": "pair", "code": "1 000 0007", "room": "481516234"},
    "a code for a port that is none": {"type": "pair", "code": "40000007", "room": "481516234"},
    "a room that is none": {"type": "pair", "code": "10000007", "room": "48151623"},
    "a token cut short": {"type": "resume", "token": TOKEN[1:], "room": "481516234"},
    "a tab": SURFACE | {"kind": "browser"},
    "a surface with a long label": SURFACE | {"label": "x" * 201},
    "a surface wider than any": SURFACE | {"width": 32_768},
    "a focus that is a number": {"type": "focus", "focused": 1},
    "a scope without the mouse": ASK | {"scope": ["keyboard"]},
    "an empty scope": ASK | {"scope": []},
    "a scope twice": ASK | {"scope": ["mouse", "mouse"]},
    "a scope in another order": ASK | {"scope": ["keyboard", "mouse"]},
    "an unknown scope": ASK | {"scope": ["mouse", "files"]},
    "a key cut short": ASK | {"key": ASK["key"][2:]},
    "a group of nothing": ASK | {"group": ""},
    "a group with half a byte": ASK | {"group": "abc"},
    "a group too long": ASK | {"group": "00" * 129},
    "an epoch below zero": ASK | {"epoch": -1},
    "an epoch beyond what JavaScript counts": ASK | {"epoch": 2**53},
    "no name": ASK | {"name": ""},
    "a name with a line feed": ASK | {"name": "Carol\nAllow"},
    "a name that turns text around": ASK | {"name": "\u202eloraC"},
    "a name too long": ASK | {"name": "x" * 61},
    "seconds too few": ASK | {"seconds": 59},
    "seconds too many": ASK | {"seconds": 14_401},
    "a controller without device": ASK | {"controller": {"participant": CAROL["participant"]}},
}

FROM_HELPER: list[dict[str, Any]] = [
    {"type": "paired", "token": TOKEN, "system": "x11", "scope": list(SCOPE)},
    {"type": "paired", "token": TOKEN, "system": "wayland", "scope": ["mouse", "keyboard"]},
    {"type": "asking"},
    {"type": "granted", "grant": "00" * 16, "epoch": 7, "scope": ["mouse"], "seconds": 600},
    *({"type": "refused", "reason": each} for each in ("person", "unanswered", "busy", "surface", "withdrawn")),
    *(
        {"type": "ended", "reason": each}
        for each in ("person", "hotkey", "expired", "revoked", "replaced", "surface", "closed")
    ),
    *({"type": "held", "why": each} for each in ("mouse", "asking", None)),
    {"type": "copied", "text": "two\nlines"},
    {"type": "dropped", "counts": {"signature": 3, "rate": 9750}},
]

if __name__ == "__main__":
    content = {
        "about": "docs/protocol/control.md. Bytes are hex; every input is for the first grant.",
        "seed": SEED.hex(),
        "seal": SEAL.hex(),
        "grants": grants(),
        "inputs": inputs(),
        "refused": refused(),
        "fromPage": FROM_PAGE,
        "invalidFromPage": [{"why": why, "message": message} for why, message in INVALID_FROM_PAGE.items()],
        "fromHelper": FROM_HELPER,
    }
    TARGET.write_text(json.dumps(content, indent=1) + "\n")
