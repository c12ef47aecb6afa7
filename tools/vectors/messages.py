"""Write vectors/ticket.json, vectors/report.json and vectors/room-messages.json.

    python tools/vectors/messages.py

Tickets and reports are signed here by hand (RFC 7515), so that the vectors share no code with what they check.
"""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

VECTORS = Path(__file__).parents[2] / "vectors"
SITE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NODE = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
MALLORY = Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34)))
WORDS = Ed25519PrivateKey.from_private_bytes(bytes(range(3, 35)))
NOW = 1_795_000_000
ROOM, CAROL, DEVICE, OTHER = "481516234", "000000000000000c", "d00000000000000c", "d00000000000000a"


def raw_public(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


CLAIMS = {
    "iss": "conclave",
    "room": ROOM,
    "sub": CAROL,
    "name": "Carol",
    "role": "attendee",
    "grants": ["chat", "share"],
    "iat": NOW,
    "exp": NOW + 3600,
    "knock": False,
    "account": False,
    "door": raw_public(WORDS),
    "jti": "0f" * 16,
    "root": ROOM,
    "put": [CAROL],
    "get": [""],
    "record": False,
}
REPORT = {"id": "1e" * 16, "room": ROOM, "at_unix_ms": NOW * 1000, "event": {"type": "opened"}}


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(payload: Any, key: Ed25519PrivateKey, *, typ: str | None, alg: str = "EdDSA") -> str:
    header = {"alg": alg} | ({} if typ is None else {"typ": typ})
    parts = [json.dumps(part, separators=(",", ":"), ensure_ascii=False).encode() for part in (header, payload)]
    signed = ".".join(map(encode, parts))
    return f"{signed}.{encode(key.sign(signed.encode()))}"


def public_pem(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def tampered(text: str) -> str:
    """The same signature under another payload."""
    header, payload, signature = text.split(".")
    return f"{header}.{payload[:-2]}{'AA' if payload[-2:] != 'AA' else 'BB'}.{signature}"


def tickets() -> dict[str, Any]:
    def ticket(**changes: Any) -> str:
        return sign({k: v for k, v in (CLAIMS | changes).items() if v is not None}, SITE, typ="JWT")

    good = ticket()
    claims = {
        "room": ROOM,
        "participant": CAROL,
        "name": "Carol",
        "role": "attendee",
        "grants": ["chat", "share"],
        "knock": False,
        "account": False,
        "door": CLAIMS["door"],
        "record": False,
    }
    valid = [
        {"case": "an attendee", "ticket": good, "now_unix_s": NOW, "says": claims},
        {"case": "just before its end, clocks apart", "ticket": good, "now_unix_s": NOW + 3629, "says": claims},
        {"case": "from a clock that is ahead", "ticket": good, "now_unix_s": NOW - 30, "says": claims},
        {
            "case": "who must knock, signed in",
            "ticket": ticket(knock=True, account=True),
            "now_unix_s": NOW,
            "says": claims | {"knock": True, "account": True},
        },
        {"case": "an unknown claim", "ticket": ticket(new=1), "now_unix_s": NOW, "says": claims},
        {
            "case": "a name in four-byte characters",
            "ticket": ticket(name="\U0001f9c5" * 60),
            "now_unix_s": NOW,
            "says": claims | {"name": "\U0001f9c5" * 60},
        },
        {"case": "recorded", "ticket": ticket(record=True), "now_unix_s": NOW, "says": claims | {"record": True}},
    ]
    changes: dict[str, dict[str, Any]] = {
        "another issuer": {"iss": "mallory"},
        "a room of eight digits": {"room": "48151623", "root": "48151623"},
        "a room in other digits": {"room": "٤٨١٥١٦٢٣٤", "root": "٤٨١٥١٦٢٣٤"},
        "a participant in upper case": {"sub": CAROL.upper(), "put": [CAROL.upper()]},
        "an empty name": {"name": ""},
        "a name of 61 characters": {"name": "n" * 61},
        "a name not trimmed": {"name": " Carol"},
        "a name with a line break": {"name": "Car\nol"},
        "a name written backwards": {"name": "\u202eloraC"},
        "a name not normalized": {"name": "Cafe\u0301"},
        "an invisible name": {"name": "\u200b"},
        "an unknown role": {"role": "admin"},
        "an unknown grant": {"grants": ["chat", "sudo"]},
        "a grant twice": {"grants": ["chat", "chat"]},
        "a time that is text": {"iat": str(NOW)},
        "a longer life": {"exp": NOW + 7200},
        "the root of another room": {"root": "481516235"},
        "publishing as somebody else": {"put": ["000000000000000a"]},
        "publishing as two": {"put": [CAROL, "000000000000000a"]},
        "seeing less": {"get": ["000000000000000a"]},
        "recorded, in a number": {"record": 1},
        "a door key that is too short": {"door": "0f" * 31},
        "a door key in upper case": {"door": raw_public(WORDS).upper()},
        "no door key": {"door": None},
        "knocking, in a number": {"knock": 1},
        "nothing of knocking": {"knock": None},
        "nothing of an account": {"account": None},
        "a claim missing": {"jti": None},
    }
    invalid = [{"case": name, "ticket": ticket(**change), "now_unix_s": NOW} for name, change in changes.items()]
    invalid += [
        {"case": "expired", "ticket": good, "now_unix_s": NOW + 3630},
        {"case": "of the future", "ticket": good, "now_unix_s": NOW - 31},
        {"case": "signed by mallory", "ticket": sign(CLAIMS, MALLORY, typ="JWT"), "now_unix_s": NOW},
        {"case": "tampered with", "ticket": tampered(good), "now_unix_s": NOW},
        {"case": "without a signature", "ticket": good.rpartition(".")[0] + ".", "now_unix_s": NOW},
        {"case": "alg none", "ticket": sign(CLAIMS, SITE, typ="JWT", alg="none"), "now_unix_s": NOW},
        {"case": "alg HS256", "ticket": sign(CLAIMS, SITE, typ="JWT", alg="HS256"), "now_unix_s": NOW},
        {"case": "a report's type", "ticket": sign(CLAIMS, SITE, typ="report+jwt"), "now_unix_s": NOW},
        {"case": "no object", "ticket": sign([], SITE, typ="JWT"), "now_unix_s": NOW},
        {"case": "too long", "ticket": ticket(padding="n" * 2048), "now_unix_s": NOW},
        {"case": "not ASCII", "ticket": good + "é", "now_unix_s": NOW},
        {"case": "empty", "ticket": "", "now_unix_s": NOW},
    ]
    proofs = entry_proofs(good, ticket(jti="1f" * 16), ticket(door=raw_public(MALLORY)))
    return {"public_key_pem": public_pem(SITE), "valid": valid, "invalid": invalid, "proofs": proofs}


def entry_proofs(good: str, next_one: str, by_other_words: str) -> list[dict[str, Any]]:
    """Proofs of the words beside what they are made for, and beside something else."""
    package = b"key package"

    def proof(text: str = good, device: str = DEVICE, package: bytes = package, key: Ed25519PrivateKey = WORDS) -> str:
        digests = [hashlib.sha256(part).digest() for part in (text.encode(), package)]
        signed = b"conclave enter v1" + bytes(1) + digests[0] + device.encode() + digests[1]
        return base64.b64encode(key.sign(signed)).decode()

    entry = {"ticket": good, "device": DEVICE, "key_package": base64.b64encode(package).decode()}
    beside: dict[str, dict[str, Any]] = {
        "as it should be": {"proof": proof()},
        "another device": {"proof": proof(device=OTHER)},
        "another key package": {"proof": proof(package=b"another")},
        "another ticket of the same person": {"proof": proof(next_one)},
        "other words": {"proof": proof(key=MALLORY)},
        "words that were replaced": {"ticket": by_other_words, "proof": proof(by_other_words)},
        "the words that replaced them": {"ticket": by_other_words, "proof": proof(by_other_words, key=MALLORY)},
        "without its domain": {"proof": base64.b64encode(WORDS.sign(good.encode())).decode()},
        "zeros": {"proof": base64.b64encode(bytes(64)).decode()},
    }
    proving = {"as it should be", "the words that replaced them"}
    return [{"case": case, **entry, **other, "proves": case in proving} for case, other in beside.items()]


def pack(*numbers: int) -> str:
    """LEB128, in base64."""
    data = bytearray()
    for number in numbers:
        groups = [number >> shift & 0x7F for shift in range(0, max(1, number.bit_length()), 7)]
        data += bytes(group | 0x80 for group in groups[:-1]) + bytes(groups[-1:])
    return base64.b64encode(data).decode()


def records() -> tuple[dict[str, Any], list[dict[str, Any]], dict[str, Any]]:
    """Return a record's event with its ids, valid packings of it, and invalid ones."""
    event = {"type": "recorded", "participant": CAROL, "device": DEVICE, "began_unix_ms": NOW * 1000 - 10_000}
    nothing = {"intervals": pack(0), "objects": pack(0)}
    link = (1, 12_345, 40, 50, 2, 30_000, 60_000, 2_400)
    told = {
        "intervals": pack(2, 1000, 2, 0, 1, 120, 1, 2, 2**21 + 5, 0, *link, 1003, 0, 7, 0),
        "objects": pack(2, 0, 1, 0, 120, 1, 2, 33, 2**21, 300, 5),
    }
    invalid = {
        "a record of text": {"objects": base64.b64encode(b"what was said").decode()},
        "a record with something behind it": {"objects": pack(0, 0)},
        "a record that is cut off": {"objects": pack(1, 1, 1, 5)},
        "a record with a number in a longer form": {"objects": base64.b64encode(b"\x80\x00").decode()},
        "a record of an unknown track": {"objects": pack(1, 9, 1, 0, 5)},
        "a record with a track twice": {"objects": pack(2, 1, 1, 0, 5, 1, 1, 0, 5)},
        "a record of too large an object": {"objects": pack(1, 1, 1, 0, 4 * 1024 * 1024 + 1)},
        "a record of too many objects": {"objects": pack(1, 1, 2001, *[0] * 4002)},
        "a record of too long a stretch": {"intervals": pack(2, 60_000, 0, 0, 0, 1, 0, 0, 0)},
        "a record of too many intervals": {"intervals": pack(65, *[0] * 260)},
        "a record that is not base64": {"objects": "!"},
    }
    return event, [nothing, told], {case: nothing | change for case, change in invalid.items()}


def reports() -> dict[str, Any]:
    who = {"participant": CAROL, "device": DEVICE}
    recorded, valid_records, invalid_records = records()
    reasons = ["left", "lost", "replaced", "removed", "ended", "unverified", "limited"]
    events = [
        {"type": "opened"},
        *({"type": "entered", **who, "role": role} for role in ("organizer", "presenter", "attendee")),
        *({"type": "left", **who, "reason": reason} for reason in reasons),
        *({"type": "closed", "reason": reason} for reason in ("ended", "empty", "expired")),
        *(recorded | packed for packed in valid_records),
    ]
    valid = [{"report": sign(REPORT | {"event": event}, NODE, typ="report+jwt"), "event": event} for event in events]
    changes: dict[str, dict[str, Any]] = {
        "an unknown type": {"event": {"type": "said"}},
        "free text": {"event": {"type": "opened", "text": "hello"}},
        "free text beside the event": {"text": "hello"},
        "an unknown reason": {"event": {"type": "closed", "reason": "hello"}},
        "a field missing": {"event": {"type": "entered", **who}},
        "a device that is no id": {"event": {"type": "left", **who, "device": "carol's", "reason": "left"}},
        "an id that is too short": {"id": "1e"},
        "a room that is no number": {"room": "four"},
        "a time before 1970": {"at_unix_ms": -1},
        "a time that is no whole number": {"at_unix_ms": 1.5},
        **{case: {"event": recorded | packed} for case, packed in invalid_records.items()},
    }
    good = sign(REPORT, NODE, typ="report+jwt")
    invalid = [{"case": c, "report": sign(REPORT | x, NODE, typ="report+jwt")} for c, x in changes.items()]
    invalid += [
        {"case": "signed by mallory", "report": sign(REPORT, MALLORY, typ="report+jwt")},
        {"case": "tampered with", "report": tampered(good)},
        {"case": "a ticket's type", "report": sign(REPORT, NODE, typ="JWT")},
        {"case": "no type", "report": sign(REPORT, NODE, typ=None)},
        {"case": "alg none", "report": sign(REPORT, NODE, typ="report+jwt", alg="none")},
        {"case": "too long", "report": sign(REPORT | {"id": "1e" * 1024}, NODE, typ="report+jwt")},
        {"case": "not ASCII", "report": good + "é"},
        {"case": "empty", "report": ""},
    ]
    return {"public_key_pem": public_pem(NODE), "valid": valid, "invalid": invalid}


def room_messages() -> dict[str, Any]:
    data = base64.b64encode(b"opaque").decode()
    enter = {"type": "enter", "ticket": "a.b.c", "device": DEVICE, "key_package": data}
    enter["proof"] = base64.b64encode(bytes(64)).decode()
    commit: dict[str, Any] = {"type": "commit", "group": 1, "epoch": 0, "commit": data, "welcome": data}
    commit |= {"adds": [OTHER], "removes": []}
    digest = base64.b64encode(hashlib.sha256(b"opaque").digest()).decode()
    refuse = {"type": "refuse", "group": 1, "epoch": 3, "digest": digest}
    commands = [
        enter,
        commit,
        commit | {"welcome": None, "adds": [], "removes": [OTHER]},
        refuse,
        {"type": "send", "message": data},
        {"type": "admit", "participants": [CAROL]},
        {"type": "deny", "participant": CAROL},
        {"type": "lock", "locked": True},
        {"type": "appoint", "participant": CAROL, "role": "presenter"},
        {"type": "remove", "participant": CAROL},
        {"type": "end"},
        {"type": "leave"},
    ]
    refused: dict[str, Any] = {
        "no object": [],
        "no type": {"device": DEVICE},
        "an unknown type": {"type": "shout"},
        "an event": {"type": "found", "group": 1},
        "an unknown field": {"type": "leave", "why": "bored"},
        "a field missing": {"type": "send"},
        "a device in upper case": enter | {"device": DEVICE.upper()},
        "an empty key package": enter | {"key_package": ""},
        "a proof that is too short": enter | {"proof": data},
        "a refusal of no commit": {"type": "refuse", "group": 1, "epoch": 3},
        "a digest that is too short": refuse | {"digest": data},
        "a participant who is nobody": {"type": "admit", "participants": [""]},
        "a lock that is a number": {"type": "lock", "locked": 1},
        "somebody made organizer": {"type": "appoint", "participant": CAROL, "role": "organizer"},
        "not base64": {"type": "send", "message": "!"},
        "an empty message": {"type": "send", "message": ""},
        "an epoch below zero": commit | {"epoch": -1},
        "an epoch beyond what JavaScript counts": commit | {"epoch": 2**53},
        "a group that is text": commit | {"group": "1"},
        "a commit that is null": commit | {"commit": None},
        "a device that is a number": commit | {"adds": [1]},
    }
    entry = {"participant": CAROL, "device": DEVICE, "name": "Carol", "role": "attendee", "grants": ["chat", "share"]}
    entry |= {"member": False, "key_package": data}
    knock = {"participant": OTHER, "name": "Dave", "account": True}
    entered = {"type": "entered", "participant": CAROL, "device": DEVICE, "role": "attendee"}
    entered |= {"grants": ["chat", "share"], "group": 1, "epoch": 0, "founder": False, "roster": [entry]}
    entered |= {"relay": {"url": "https://localhost:8443", "fingerprints": ["ab" * 32]}}
    entered |= {"locked": False, "knocks": [knock]}
    events = [
        {"type": "knocking"},
        entered,
        {"type": "knocked", "knock": knock},
        {"type": "answered", "participant": OTHER},
        {"type": "locked", "locked": True, "participant": CAROL},
        {"type": "appointed", "participant": CAROL, "role": "presenter", "grants": ["chat", "share"]},
        {"type": "joined", "entry": entry},
        {"type": "left", "device": DEVICE, "participant": CAROL, "reason": "lost"},
        {"type": "found", "group": 2},
        {"type": "accepted", "group": 1, "epoch": 1},
        {"type": "commit", "group": 1, "epoch": 1, "from": OTHER, "commit": data, "adds": [DEVICE], "removes": []},
        {"type": "welcome", "group": 1, "epoch": 1, "from": OTHER, "welcome": data},
        {"type": "stale", "group": 1, "epoch": 1},
        {"type": "message", "from": OTHER, "epoch": 7, "message": data},
    ]
    return {
        "opaque": "every byte string below is base64 of the ASCII text `opaque`, and every digest that of its SHA-256",
        "commands": commands,
        "refused_commands": [{"case": case, "command": command} for case, command in refused.items()],
        "events": events,
    }


def main() -> None:
    for name, content in (("ticket", tickets()), ("report", reports()), ("room-messages", room_messages())):
        text = json.dumps(content, indent=1, ensure_ascii=False)
        (VECTORS / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
