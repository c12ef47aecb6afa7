"""Tickets: what a verifier takes, and that everything else is one error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from hypothesis import example, given
from hypothesis import strategies as st

from conclave import ticket
from conclave.ticket import GRANTS, LIFETIME_S, ROLES, ParticipantId, Role, RoomId, Ticket, TicketError
from tests.fakes import CAROL, MALLORYS_KEY, NOW_UNIX_S, ROOM, SITE_KEY

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
        expires_unix_s=NOW_UNIX_S + LIFETIME_S,
        is_recorded=says["record"],
    )


@pytest.mark.parametrize("vector", VECTORS["invalid"], ids=lambda v: v["case"])
def test_an_invalid_vector_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(TicketError):
        ticket.verify(vector["ticket"], _vector_key(), now=vector["now_unix_s"])


@pytest.mark.parametrize("role", ROLES)
def test_what_the_site_issues_the_live_node_understands(role: Role) -> None:
    text = ticket.issue(SITE_KEY, room=ROOM, participant=CAROL.participant, name="Carol", role=role, now=NOW_UNIX_S)
    verified = ticket.verify(text, PUBLIC_KEY, now=NOW_UNIX_S)
    assert (verified.room, verified.participant, verified.name) == (ROOM, CAROL.participant, "Carol")
    assert (verified.role, verified.grants) == (role, frozenset(GRANTS[role]))


def test_only_an_organizer_may_remove_and_end() -> None:
    assert {role for role in ROLES if {"remove", "end"} & set(GRANTS[role])} == {"organizer"}


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
    ("room", "participant"), [("12345678", CAROL.participant), (ROOM, "carol"), (ROOM, CAROL.participant + "0")]
)
def test_nothing_outside_the_limits_is_issued(room: str, participant: str) -> None:
    with pytest.raises(TicketError):
        ticket.issue(
            SITE_KEY,
            room=RoomId(room),
            participant=ParticipantId(participant),
            name="Carol",
            role="attendee",
            now=NOW_UNIX_S,
        )


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
    text = ticket.issue(SITE_KEY, room=ROOM, participant=CAROL.participant, name=typed, role="attendee", now=NOW_UNIX_S)
    assert len(text) <= ticket.MAX_TICKET_BYTES
    assert ticket.verify(text, PUBLIC_KEY, now=NOW_UNIX_S).name == name


@given(st.one_of(st.text(max_size=3000), st.binary(max_size=3000).map(lambda b: b.decode("latin-1"))))
@example("eyJhbGciOiJFZERTQSJ9..")
@example("W1tbW1tbW1tbW1tbW1tbW1tbW1tb.e30.AA")
def test_any_text_is_refused_with_one_error(text: str) -> None:
    with pytest.raises(TicketError):
        ticket.verify(text, PUBLIC_KEY, now=NOW_UNIX_S)


@given(st.integers(0, 461), st.integers(1, 127))
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
