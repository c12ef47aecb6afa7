"""Tickets: what a verifier takes, and that everything else is one error."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from hypothesis import example, given
from hypothesis import strategies as st

from conclave import ticket
from conclave.ticket import GRANTS, LIFETIME_S, PROOF_BYTES, ROLES, DeviceId, Role, Ticket, TicketError
from tests.fakes import CAROL, DAVE, MALLORY, MALLORYS_KEY, NOW_UNIX_S, OTHER_WORDS_KEY, SITE_KEY, WORDS_KEY

VECTORS: dict[str, Any] = json.loads(Path("vectors/ticket.json").read_text("utf-8"))
PUBLIC_KEY = SITE_KEY.public_key()


def _vector_key() -> Ed25519PublicKey:
    key = load_pem_public_key(VECTORS["public_key_pem"].encode())
    assert isinstance(key, Ed25519PublicKey)
    return key


@pytest.mark.parametrize("vector", VECTORS["valid"], ids=lambda v: v["case"])
def test_a_valid_vector_says_what_it_should(vector: dict[str, Any]) -> None:
    verified = ticket.verify(vector["ticket"], _vector_key(), now=vector["now_unix_s"])
    says = vector["says"]
    assert verified == Ticket(
        room=says["room"],
        participant=says["participant"],
        name=says["name"],
        role=says["role"],
        grants=frozenset(says["grants"]),
        door=says["door"],
        expires_unix_s=NOW_UNIX_S + LIFETIME_S,
        must_knock=says["knock"],
        has_account=says["account"],
        is_recorded=says["record"],
    )


@pytest.mark.parametrize("vector", VECTORS["invalid"], ids=lambda v: v["case"])
def test_an_invalid_vector_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(TicketError):
        ticket.verify(vector["ticket"], _vector_key(), now=vector["now_unix_s"])


@pytest.mark.parametrize("role", ROLES)
def test_what_the_site_issues_the_live_node_understands(role: Role) -> None:
    issued = replace(CAROL.ticket(), role=role, grants=frozenset(GRANTS[role]))
    assert ticket.verify(ticket.issue(SITE_KEY, issued), PUBLIC_KEY, now=NOW_UNIX_S) == issued


def test_only_an_organizer_may_moderate() -> None:
    moderating = {"admit", "appoint", "remove", "end"}
    assert {role for role in ROLES if moderating & set(GRANTS[role])} == {"organizer"}


def test_another_sites_ticket_is_refused() -> None:
    with pytest.raises(TicketError):
        ticket.verify(CAROL.ticket_text(key=MALLORYS_KEY), PUBLIC_KEY, now=NOW_UNIX_S)


def test_two_tickets_are_never_the_same() -> None:
    assert str(CAROL.ticket_text()) != str(CAROL.ticket_text())


def test_a_ticket_shows_neither_itself_nor_a_name() -> None:
    text = CAROL.ticket_text()
    assert repr(text) == "***"
    assert "Carol" not in repr(ticket.verify(text, PUBLIC_KEY, now=NOW_UNIX_S))


@pytest.mark.parametrize(
    "outside",
    [{"room": "12345678"}, {"participant": "carol"}, {"participant": CAROL.participant + "0"}, {"door": ""}],
    ids=str,
)
def test_nothing_outside_the_limits_is_issued(outside: dict[str, str]) -> None:
    with pytest.raises(TicketError):
        ticket.issue(SITE_KEY, replace(CAROL.ticket(), **outside))  # type: ignore[arg-type]  # as a mistake would


@pytest.mark.parametrize(
    ("typed", "name"), [("  Carol\n", "Carol"), ("Cafe\u0301", "Caf\u00e9"), ("n" * 60, "n" * 60), ("李", "李")]
)
def test_a_name_is_trimmed_and_normalized(typed: str, name: str) -> None:
    assert ticket.clean_name(typed) == name


@pytest.mark.parametrize("typed", ["", "  ", "n" * 61, "a\tb", "a\u2028b", "\u202eb", "\u200b", "\ud800"])
def test_what_cannot_be_shown_as_a_name_is_refused(typed: str) -> None:
    with pytest.raises(TicketError):
        ticket.clean_name(typed)


@given(st.text(max_size=70))
def test_every_name_that_is_taken_survives_the_ticket(typed: str) -> None:
    try:
        name = ticket.clean_name(typed)
    except TicketError:
        return
    text = ticket.issue(SITE_KEY, replace(CAROL.ticket(), name=typed))
    assert len(text) <= ticket.MAX_TICKET_BYTES
    assert ticket.verify(text, PUBLIC_KEY, now=NOW_UNIX_S).name == name


@given(st.one_of(st.text(max_size=3000), st.binary(max_size=3000).map(lambda b: b.decode("latin-1"))))
@example("eyJhbGciOiJFZERTQSJ9..")
@example("W1tbW1tbW1tbW1tbW1tbW1tbW1tb.e30.AA")
def test_any_text_is_refused_with_one_error(text: str) -> None:
    with pytest.raises(TicketError):
        ticket.verify(text, PUBLIC_KEY, now=NOW_UNIX_S)


@given(st.integers(0, 600), st.integers(1, 127))
def test_no_changed_character_goes_unnoticed(position: int, change: int) -> None:
    text = str(CAROL.ticket_text())
    flipped = chr((ord(text[position % len(text)]) + change) % 128)
    changed = text[: position % len(text)] + flipped + text[position % len(text) + 1 :]
    try:
        verified = ticket.verify(changed, PUBLIC_KEY, now=NOW_UNIX_S)
    except TicketError:
        return
    # The last character of a part carries bits that base64 ignores.
    assert verified == ticket.verify(text, PUBLIC_KEY, now=NOW_UNIX_S)


# --- the proof of the words ---


def _proves(proof: bytes, **changes: Any) -> bool:
    """Whether carol's proof holds where something else than what it was made for stands beside it."""
    text = changes.pop("text", CAROLS_TEXT)
    entry = {"device": CAROL.device, "key_package": b"hers"} | changes
    return ticket.proves_words(ticket.verify(text, PUBLIC_KEY, now=NOW_UNIX_S), proof, text=text, **entry)


CAROLS_TEXT = str(CAROL.ticket_text())
CAROLS_MESSAGE = ticket.entry_message(CAROLS_TEXT, device=CAROL.device, key_package=b"hers")
CAROLS_PROOF = WORDS_KEY.sign(CAROLS_MESSAGE)


@pytest.mark.parametrize("vector", VECTORS["proofs"], ids=lambda v: v["case"])
def test_a_proof_is_what_the_vector_says(vector: dict[str, Any]) -> None:
    text, device = vector["ticket"], DeviceId(vector["device"])
    key_package, proof = (base64.b64decode(vector[name]) for name in ("key_package", "proof"))
    verified = ticket.verify(text, _vector_key(), now=NOW_UNIX_S)
    proves = ticket.proves_words(verified, proof, text=text, device=device, key_package=key_package)
    assert proves == vector["proves"]


def test_who_has_the_words_can_show_it() -> None:
    assert _proves(CAROLS_PROOF)


def test_mallory_cannot_without_them() -> None:
    assert not _proves(OTHER_WORDS_KEY.sign(CAROLS_MESSAGE))
    assert not _proves(bytes(PROOF_BYTES))
    assert not _proves(b"")


def test_a_proof_is_for_one_device_one_key_package_and_one_ticket() -> None:
    assert not _proves(CAROLS_PROOF, device=MALLORY.device)
    assert not _proves(CAROLS_PROOF, key_package=b"mallory's")
    assert not _proves(CAROLS_PROOF, text=str(MALLORY.ticket_text()))
    assert not _proves(CAROLS_PROOF, text=str(CAROL.ticket_text())), "nor for the same person's next one"


def test_replaced_words_prove_nothing_with_a_new_ticket() -> None:
    text = str(DAVE.ticket_text(words=OTHER_WORDS_KEY))
    message = ticket.entry_message(text, device=DAVE.device, key_package=b"his")
    his = {"text": text, "device": DAVE.device, "key_package": b"his"}
    assert not _proves(WORDS_KEY.sign(message), **his)
    assert _proves(OTHER_WORDS_KEY.sign(message), **his)


@given(st.binary(max_size=200), st.binary(max_size=40))
def test_whatever_is_signed_nothing_is_raised(proof: bytes, key_package: bytes) -> None:
    assert not _proves(proof, key_package=key_package)
