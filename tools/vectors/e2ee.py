"""Write the vectors of docs/protocol/media.md, by an implementation that shares nothing with the client's.

    python tools/vectors/e2ee.py

Only the word list is read from the client. Invalid cases name what is wrong with them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "vectors"
ROOM = "481516234"
WORDS = ("cobalt", "relay", "onion", "siren", "tulip", "zebra")
SIGNATURE_KEY = bytes(range(32))
ALICE = ("0123456789abcdef", "fedcba9876543210", "Alice")


def read_list() -> list[str]:
    """Return the 7,776 words, in order."""
    source = (ROOT / "client/src/e2ee/words.ts").read_text()
    return source.split("`\n", 1)[1].split("`", 1)[0].split()


def extract(salt: bytes, ikm: bytes) -> bytes:
    """HKDF-Extract with SHA-256 (RFC 5869, section 2.2)."""
    return hmac.digest(salt or bytes(32), ikm, "sha256")


def expand(prk: bytes, info: bytes, length: int) -> bytes:
    """HKDF-Expand with SHA-256 (RFC 5869, section 2.3)."""
    block, output = b"", b""
    for counter in range(1, length // 32 + 2):
        block = hmac.digest(prk, block + info + bytes([counter]), "sha256")
        output += block
    return output[:length]


def derive(words: tuple[str, ...], room: str) -> dict[str, str]:
    secret = extract(room.encode(), "-".join(words).encode())
    leaf, psk, seed = (expand(secret, f"conclave {name} v1".encode(), 32) for name in ("leaf", "psk", "door"))
    door = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return {"leaf": leaf.hex(), "psk": psk.hex(), "door": door.hex()}


def meeting_key() -> dict[str, object]:
    list_ = read_list()
    drawn = [WORDS, tuple(list_[:6]), tuple(list_[-6:]), ("yoyo", "tshirt", "felttip", "dropdown", "zoom", "abacus")]
    joined = "-".join(WORDS)
    readable = [
        joined,
        " ".join(WORDS),
        f"  {joined.upper()}\n",
        ", ".join(WORDS),
        " - ".join(WORDS),
        "\u2011".join(WORDS),
        "\u2013".join(WORDS),
        "-,- ".join(WORDS) + "-",
    ]
    refused = [
        {"text": "", "unknown": [], "count": 0},
        {"text": "cobalt relay onion siren tulip", "unknown": [], "count": 5},
        {"text": joined + "-zoom", "unknown": [], "count": 7},
        {"text": "cobalt relay onion siren tulip zebrra", "unknown": ["zebrra"], "count": 6},
        {"text": "cobaltrelayonion", "unknown": ["cobaltrelayonion"], "count": 1},
        {"text": "c\u00f6balt relay onion siren tulip zebra", "unknown": ["c\u00f6balt"], "count": 6},
    ]
    return {
        "about": "docs/protocol/media.md, The meeting key. Bytes are hex.",
        "list_sha256": hashlib.sha256("\n".join(list_).encode()).hexdigest(),
        "derived": [
            {"words": words, "room": room, **derive(words, room)} for words in drawn for room in (ROOM, "000000000")
        ],
        "read": [{"text": text, "words": WORDS} for text in readable],
        "refused": refused,
    }


def identity(participant: str, device: str, name: bytes, *, key: bytes = SIGNATURE_KEY, leaf: bytes) -> bytes:
    ids = participant.encode(), device.encode()
    return ids[0] + ids[1] + hmac.digest(leaf, ids[0] + ids[1] + key + name, "sha256") + name


def credential() -> dict[str, object]:
    leaf = bytes.fromhex(derive(WORDS, ROOM)["leaf"])
    participant, device, name = ALICE
    good = identity(participant, device, name.encode(), leaf=leaf)

    def made(participant: str = participant, device: str = device, name: bytes = name.encode()) -> bytes:
        return identity(participant, device, name, leaf=leaf)

    other_words = bytes.fromhex(derive(tuple(read_list()[:6]), ROOM)["leaf"])
    names = ["Alice", "Zo\u00eb \u00d6zg\u00fcr", "\U0001f600" * 60, "\ufeffBom"]
    refused = {
        "another signature key": identity(participant, device, name.encode(), key=bytes(32), leaf=leaf),
        "made with other words": identity(participant, device, name.encode(), leaf=other_words),
        "one bit of the mac": good[:40] + bytes([good[40] ^ 1]) + good[41:],
        "another name": good[:-5] + b"Elice",
        "another participant": b"1" + good[1:],
        "another device": good[:16] + b"0" + good[17:],
        "participant and device swapped": good[16:32] + good[:16] + good[32:],
        "upper case": made(participant=participant.upper()),
        "no name": made(name=b""),
        "a name too long": made(name=b"n" * 241),
        "not UTF-8": made(name=b"\xff\xfe"),
        "cut off": good[:63],
        "empty": b"",
    }
    return {
        "about": "docs/protocol/media.md, MLS profile: the credential's identity. Bytes are hex.",
        "room": ROOM,
        "words": WORDS,
        "signature_key": SIGNATURE_KEY.hex(),
        "valid": [
            {"participant": participant, "device": device, "name": n, "identity": made(name=n.encode()).hex()}
            for n in names
        ],
        "refused": [{"why": why, "identity": bytes_.hex()} for why, bytes_ in refused.items()],
    }


def field(value: int) -> tuple[int, bytes]:
    """Return the four bits in the header's first byte, and what follows it (RFC 9605, section 4.3)."""
    if value < 8:
        return value, b""
    size = (value.bit_length() + 7) // 8
    return 8 | (size - 1), value.to_bytes(size, "big")


def sframe(base_key: bytes, kid: int, ctr: int, plaintext: bytes) -> bytes:
    """Seal with cipher suite 4 and no metadata (RFC 9605, section 4.4)."""
    secret = extract(b"", base_key)
    suffix = kid.to_bytes(8, "big") + (4).to_bytes(2, "big")
    key = expand(secret, b"SFrame 1.0 Secret key " + suffix, 16)
    salt = expand(secret, b"SFrame 1.0 Secret salt " + suffix, 12)
    nonce = (int.from_bytes(salt, "big") ^ ctr).to_bytes(12, "big")
    (kid_bits, kid_bytes), (ctr_bits, ctr_bytes) = field(kid), field(ctr)
    header = bytes([kid_bits << 4 | ctr_bits]) + kid_bytes + ctr_bytes
    return header + AESGCM(key).encrypt(nonce, plaintext, header)


def sframe_profile() -> dict[str, object]:
    base_key = bytes(range(16))
    cases = []
    for context, leaf, epoch, ctr in [
        (0, 0, 0, 0),
        (1, 3, 2, 9),
        (2, 249, 255, 255),
        (4, 5, 256, 65536),
        (5, 1023, 511, 2**48 - 1),
        (6, 2, 3, 4),
    ]:
        kid = (context << 18) + (leaf << 8) + epoch % 256
        plaintext = f"frame {ctr} of leaf {leaf}".encode()
        frame = sframe(base_key, kid, ctr, plaintext)
        cases.append(
            {
                "context": context,
                "leaf": leaf,
                "epoch": epoch,
                "ctr": ctr,
                "kid": kid,
                "plaintext": plaintext.hex(),
                "frame": frame.hex(),
            }
        )
    return {
        "about": "docs/protocol/media.md, SFrame profile. Bytes are hex.",
        "base_key": base_key.hex(),
        "cases": cases,
    }


def pad(payload: bytes) -> bytes:
    framed = len(payload).to_bytes(4, "big") + payload
    return framed + bytes(-len(framed) % 256)


def mls_profile() -> dict[str, object]:
    list_ = read_list()
    exported = [bytes(8), bytes.fromhex("0001000200030004"), bytes.fromhex("1e5f1e60ffff8000")]
    texts = [
        '{"type":"chat","id":"0123456789abcdef","text":"hello"}',
        "{}",
        json.dumps({"text": "\u00e9" * 121}, ensure_ascii=False, separators=(",", ":")),
    ]
    good = pad(b"{}")
    refused = {
        "empty": b"",
        "not a multiple of 256": good[:-1],
        "longer than it is": (253).to_bytes(4, "big") + good[4:],
        "a length of 4 GiB": b"\xff" * 4 + good[4:],
        "something in the padding": good[:-1] + b"\x01",
        "not JSON": pad(b"{"),
        "not an object": pad(b"[1]"),
        "null": pad(b"null"),
        "not UTF-8": pad(b'{"a":"\xff"}'),
    }
    return {
        "about": "docs/protocol/media.md, MLS profile: safety words, padding of application messages. Bytes are hex.",
        "safety_words": [
            {"exported": e.hex(), "words": [list_[int.from_bytes(e[i : i + 2], "big") % 7776] for i in range(0, 8, 2)]}
            for e in exported
        ],
        "messages": [{"json": text, "padded": pad(text.encode()).hex()} for text in texts],
        "refused": [{"why": why, "padded": bytes_.hex()} for why, bytes_ in refused.items()],
    }


def write(name: str, vectors: dict[str, object]) -> None:
    text = json.dumps(vectors, indent=2, ensure_ascii=True)
    compact = re.sub(
        r"\[\s+((?:\"[^\"]*\",?\s*)+)\]", lambda m: "[" + re.sub(r"\s*\n\s*", " ", m[1]).strip() + "]", text
    )
    (VECTORS / name).write_text(compact + "\n")


if __name__ == "__main__":
    write("meeting-key.json", meeting_key())
    write("credential.json", credential())
    write("sframe-profile.json", sframe_profile())
    write("mls-profile.json", mls_profile())
