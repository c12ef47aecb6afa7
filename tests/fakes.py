"""The cast, with keys, tickets and commands; and a clock that moves when told to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from conclave import ticket
from conclave.instance import Instance
from conclave.rooms.messages import Commit, Enter, Refuse, RelayAddress
from conclave.ticket import PROOF_BYTES, DeviceId, DoorKey, ParticipantId, Role, RoomId, Ticket, TicketText

ROOM = RoomId("481516234")
NOW_UNIX_S = 1_795_000_000
SITE_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NODE_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
MALLORYS_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34)))
RELAY = RelayAddress("https://localhost:8443", ["ab" * 32])
KEY_PACKAGE = b"key package"
WORDS_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(3, 35)))
OTHER_WORDS_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(4, 36)))
"""What the words of a link give, and what others do."""


def door_key(words: Ed25519PrivateKey) -> DoorKey:
    return DoorKey(words.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex())


@dataclass(frozen=True)
class Person:
    """Somebody of the cast; `device` is their first."""

    name: str
    participant: ParticipantId
    device: DeviceId
    role: Role

    def ticket(self, *, room: RoomId = ROOM, words: Ed25519PrivateKey = WORDS_KEY, now: float = NOW_UNIX_S) -> Ticket:
        return Ticket(
            room=room,
            participant=self.participant,
            name=self.name,
            role=self.role,
            grants=frozenset(ticket.GRANTS[self.role]),
            door=door_key(words),
            expires_unix_s=int(now) + ticket.LIFETIME_S,
        )

    def ticket_text(
        self,
        *,
        key: Ed25519PrivateKey = SITE_KEY,
        room: RoomId = ROOM,
        words: Ed25519PrivateKey = WORDS_KEY,
        now: float = NOW_UNIX_S,
        **says: bool,
    ) -> TicketText:
        return ticket.issue(key, replace(self.ticket(room=room, words=words, now=now), **says))

    def enter(self, device: DeviceId | None = None) -> Enter:
        """The command; a room is given the verified ticket, so text and proof matter only to a socket."""
        return Enter(ticket="", device=device or self.device, key_package=KEY_PACKAGE, proof=bytes(PROOF_BYTES))

    def another_device(self, number: int) -> DeviceId:
        return DeviceId(f"{number:08x}{self.device[8:]}")


def _person(name: str, number: int, role: Role) -> Person:
    return Person(name, ParticipantId(f"{number:016x}"), DeviceId(f"d{number:015x}"), role)


ALICE = _person("Alice", 0xA, "organizer")
BOB = _person("Bob", 0xB, "presenter")
CAROL = _person("Carol", 0xC, "attendee")
DAVE = _person("Dave", 0xD, "attendee")
MALLORY = _person("Mallory", 0xE, "attendee")


def crowd(number: int) -> Person:
    """Somebody nobody knows."""
    return _person(f"Guest {number}", 0x1000 + number, "attendee")


def commit(
    epoch: int,
    *,
    adds: tuple[Person, ...] = (),
    removes: tuple[Person, ...] = (),
    group: int = 1,
    content: bytes = b"commit",
) -> Commit:
    return Commit(
        group=group,
        epoch=epoch,
        commit=content,
        welcome=b"welcome" if adds else None,
        adds=[person.device for person in adds],
        removes=[person.device for person in removes],
    )


def refusal(of: Commit) -> Refuse:
    return Refuse(of.group, of.epoch + 1, sha256(of.commit).digest())


class Clock:
    """Seconds, for whoever asks."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def write_keys(instance: Instance) -> None:
    """Write the cast's keys where a live node reads them."""
    instance.keys.mkdir(parents=True)
    for key, private, public in (
        (SITE_KEY, instance.ticket_key, instance.ticket_public_key),
        (NODE_KEY, instance.report_key, instance.report_public_key),
    ):
        _write(private, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        _write(public, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o600)
