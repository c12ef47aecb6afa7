"""What lies in the database is sealed; who changes it there, or has the wrong keys, gets nothing out of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings

from conclave.web.accounts.models import Account
from conclave.web.jobs.actions import post
from conclave.web.meetings.models import Meeting, Participant
from conclave.web.vault import columns, keyring, rotation
from conclave.web.vault.keyring import KeysUnusable
from conclave.web.vault.models import KeyCheck
from conclave.web.vault.seal import CannotUnseal, DataKey, Keyring
from tests.web.conftest import NOON, PASSWORD, Browser, make_account

PLACE = "app.Model.field"
MARKS = ("alice@example.org", "Alice", "Example", "Merger of the century", "a link to sign in")


@pytest.fixture(autouse=True)
def keys(tmp_path: Path, settings: Settings) -> Path:
    """A file of keys of the test's own."""
    settings.DATA_KEYS = tmp_path / "data.keys"
    keyring.write(settings.DATA_KEYS, (DataKey.draw(),))
    return tmp_path / "data.keys"


def stored(table: str, column: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table}")  # noqa: S608
        return [row[0] for row in cursor.fetchall()]


def everything_stored() -> str:
    """Every value of every table, as it lies in the database."""
    with connection.cursor() as cursor:
        rows = [cursor.execute(f'SELECT * FROM "{name}"').fetchall() for name in connection.introspection.table_names()]  # noqa: S608
    return repr(rows)


def rotate() -> list[rotation.Progress]:
    return list(rotation.rotate(now=NOON))


# --- the ciphers ---


def test_a_value_is_sealed_differently_each_time_and_opened_in_its_own_place_only() -> None:
    ring = Keyring([DataKey.draw()])
    first, second = ring.seal("alice", place=PLACE), ring.seal("alice", place=PLACE)
    assert first != second
    assert ring.unseal(first, place=PLACE) == ring.unseal(second, place=PLACE) == "alice"
    with pytest.raises(CannotUnseal):
        ring.unseal(first, place="app.Model.other")


def test_a_token_is_always_the_same_and_another_under_another_key_or_in_another_place() -> None:
    old, new = DataKey.draw(), DataKey.draw()
    ring = Keyring([old, new])
    tokens = ring.tokens("a@example.org", place=PLACE)
    assert tokens == ring.tokens("a@example.org", place=PLACE)
    assert [token.partition(".")[0] for token in tokens] == [new.id, old.id]
    assert [ring.untoken(token, place=PLACE) for token in tokens] == ["a@example.org"] * 2
    assert ring.tokens("a@example.org", place="other")[0] != tokens[0]


@pytest.mark.parametrize("kind", ["seal", "tokens"])
def test_what_was_altered_is_not_opened(kind: str) -> None:
    ring = Keyring([DataKey.draw()])
    sealed = ring.seal("alice", place=PLACE) if kind == "seal" else ring.tokens("alice", place=PLACE)[0]
    unseal = ring.unseal if kind == "seal" else ring.untoken
    last = format(int(sealed[-1], 16) ^ 1, "x")
    for altered in (sealed[:-1] + last, sealed[:-2], sealed[:9], "", "alice", f"{sealed[:9]}xyz", f"0000{sealed[4:]}"):
        with pytest.raises(CannotUnseal):
            unseal(altered, place=PLACE)


def test_a_key_does_not_show_itself() -> None:
    key = DataKey.draw()
    assert key.secret.hex() not in repr(key)
    assert key.id in repr(key)


# --- the database ---


@pytest.mark.requirement(88)
def test_the_database_holds_no_name_no_address_and_no_subject(browser: Browser, alice: Account) -> None:
    client = browser()
    client.post("/accounts/login/", {"login": "alice@example.org", "password": PASSWORD})
    assert client.get("/account/").status_code == 200
    meeting = Meeting.objects.create(
        number="481516234", organizer=alice, subject=MARKS[3], starts_at=NOON, planned_end=NOON, duration_min=1
    )
    Participant.objects.create(id="a" * 16, meeting=meeting, account=alice, name="Alice", admitted_at=NOON)
    post(kind="email_confirmation", to="alice@example.org", subject="Hello", text=MARKS[4], now=NOON)
    found = everything_stored()
    assert meeting.number in found  # what is looked for would be found
    assert [mark for mark in MARKS if mark in found] == []
    assert EmailAddress.objects.get().email == "alice@example.org"
    assert Meeting.objects.get().subject == MARKS[3]


def test_an_address_is_looked_up_as_a_whole_and_stays_unique(alice: Account, bob: Account) -> None:
    assert Account.objects.get(email="alice@example.org") == alice
    assert Account.objects.get(email="Alice@Example.org") == alice
    assert set(Account.objects.filter(email__in=["alice@example.org", "bob@example.org"])) == {alice, bob}
    assert not Account.objects.filter(email="carol@example.org").exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.create_user(email="alice@example.org", password=PASSWORD, first_name="A", last_name="B")


@pytest.mark.django_db
def test_what_is_sealed_cannot_be_searched_by_mistake() -> None:
    for lookup in ({"first_name": "Alice"}, {"email__icontains": "alice"}, {"first_name__startswith": "A"}):
        with pytest.raises(FieldError, match="is sealed"):
            Account.objects.filter(**lookup)


def test_values_that_change_places_are_not_shown(alice: Account) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_account SET first_name = last_name")
    with pytest.raises(CannotUnseal):
        alice.refresh_from_db()


def test_a_session_that_was_not_sealed_here_is_an_empty_one(browser: Browser, alice: Account) -> None:
    client = browser(alice)
    assert client.get("/account/").status_code == 200
    Session.objects.update(session_data="eyJfYXV0aF91c2VyX2lkIjoiMSJ9:1:x")
    assert client.get("/account/").status_code == 302


# --- rotation ---


@pytest.mark.requirement(88)
def test_rotation_seals_everything_again_and_people_notice_nothing(
    browser: Browser, alice: Account, keys: Path
) -> None:
    client = browser(alice)
    client.get("/account/")
    rotation.check_keys()
    before = everything_stored()
    old = keyring.read(keys).newest
    progress = rotate()
    new = keyring.read(keys).newest
    assert progress[0].done == 0
    assert progress[-1].done == progress[-1].total > 4
    assert f"{old.id}." in before
    assert f"{old.id}." not in everything_stored().replace(KeyCheck.objects.get(key_id=old.id).proof, "")
    assert all(f"{new.id}." in value for value in stored("accounts_account", "email"))
    assert Account.objects.get(email="alice@example.org").full_name == "Alice Example"
    assert client.get("/account/").status_code == 200


def test_while_keys_are_rotated_addresses_of_both_keys_are_found(
    alice: Account, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "BATCH_ROWS", 1)
    rotation.check_keys()
    under_way = rotation.rotate(now=NOON)
    next(under_way)
    bob = make_account("Bob")
    ids = {value.partition(".")[0] for value in stored("accounts_account", "email")}
    assert ids == {key.id for key in keyring.read(keys).keys}
    assert set(Account.objects.filter(email__in=["alice@example.org", "bob@example.org"])) == {alice, bob}


def test_a_rotation_that_was_cut_off_goes_on_with_the_same_key(alice: Account, bob: Account, keys: Path) -> None:
    rotation.check_keys()
    under_way = rotation.rotate(now=NOON)
    next(under_way)
    next(under_way)
    under_way.close()
    rotate()
    assert len(keyring.read(keys).keys) == 2
    assert all(
        columns.count_sealed_otherwise(each, key_id=keyring.read(keys).newest.id) == 0
        for each in columns.sealed_columns()
    )


def test_an_old_key_is_dropped_when_nothing_needs_it_and_not_before(alice: Account, keys: Path) -> None:
    rotation.check_keys()
    rotate()
    old, new = keyring.read(keys).keys
    assert rotation.retire(now=NOON + rotation.RETIRED_KEPT) == []
    late = NOON + rotation.RETIRED_KEPT + timedelta(seconds=1)
    sealed_late = Keyring([old]).seal("Late", place="accounts.Account.first_name")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_account SET first_name = %s", [sealed_late])
    assert rotation.retire(now=late) == []
    rotate()
    assert len(keyring.read(keys).keys) == 3
    later = late + rotation.RETIRED_KEPT
    assert set(rotation.retire(now=later)) == {old.id, new.id}
    assert len(keyring.read(keys).keys) == 1
    assert Account.objects.get().first_name == "Late"


# --- wrong keys ---


@pytest.mark.parametrize("content", ["", "hello\n", "0123abcd\n", "\x00\xff", "0123abcd " + "0" * 63 + "\n"])
def test_a_corrupt_file_of_keys_is_one_line_without_a_secret(keys: Path, content: str) -> None:
    secret = keyring.read(keys).newest.secret.hex()
    keys.write_bytes(content.encode("latin-1"))
    with pytest.raises(KeysUnusable, match="put back the right") as refused:
        keyring.current()
    assert secret not in str(refused.value)


def test_a_missing_file_of_keys_is_one_line(keys: Path) -> None:
    keys.unlink()
    with pytest.raises(KeysUnusable, match="cannot read"):
        keyring.current()


@pytest.mark.django_db
def test_the_keys_of_another_installation_are_refused(keys: Path) -> None:
    rotation.check_keys()
    right = keyring.read(keys).newest
    keyring.write(keys, (DataKey.draw(),))
    with pytest.raises(KeysUnusable, match=f"lacks the key {right.id}"):
        rotation.check_keys()
    keyring.write(keys, (DataKey(id=right.id, secret=bytes(32)),))
    with pytest.raises(KeysUnusable, match=f"another key {right.id}"):
        rotation.check_keys()


def test_with_a_wrong_key_a_page_shows_nothing_of_what_is_stored(browser: Browser, alice: Account, keys: Path) -> None:
    client = browser(alice)
    client.raise_request_exception = False
    right = keyring.read(keys).newest
    keyring.write(keys, (DataKey(id=right.id, secret=bytes(32)),))
    answer = client.post("/accounts/password/reset/", {"email": "alice@example.org"})
    assert stored("accounts_account", "first_name")[0] not in answer.content.decode()
    keyring.write(keys, (right,))
    client = browser(alice)
    client.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_account SET first_name = last_name")
    page = client.get("/account/")
    assert page.status_code == 500
    assert "Something went wrong" in page.content.decode()
    assert stored("accounts_account", "last_name")[0] not in page.content.decode()
