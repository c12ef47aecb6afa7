"""The ledger of consent: mallory, who administers the database, removes and alters rows; it is noticed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from conclave.web.accounts.models import Account
from conclave.web.jobs import tasks
from conclave.web.privacy import commands, ledger
from conclave.web.privacy.actions import record_agreement
from conclave.web.privacy.models import Agreement, LedgerIsAppendOnly, PublishedText
from conclave.web.rights import erasure
from tests.web.conftest import NOON, Browser

pytestmark = [pytest.mark.django_db, pytest.mark.requirement(32)]


@pytest.fixture
def rows(alice: Account, bob: Account) -> list[Agreement]:
    people = [alice, bob, alice]
    return [
        record_agreement(account_id=each.pk, page="/accounts/signup/", now=NOON + timedelta(hours=hour))
        for hour, each in enumerate(people)
    ]


def mallory(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_a_whole_ledger_has_no_fault(rows: list[Agreement]) -> None:
    assert list(ledger.faults()) == []
    assert commands.run("verify") == "The ledger of consent is whole.\n"


def test_an_empty_ledger_has_no_fault() -> None:
    assert list(ledger.faults()) == []


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_missing_row_is_noticed(rows: list[Agreement], missing: int) -> None:
    mallory("DELETE FROM privacy_agreement WHERE id = %s", rows[missing].pk)
    assert "The ledger has 2 rows and should have 3." in list(ledger.faults())
    with pytest.raises(commands.NotAsItWas, match="2 rows"):
        commands.run("verify")


@pytest.mark.parametrize("column", ["agreed_at", "act", "page", "who", "policy_id", "salt", "account_id"])
def test_an_altered_row_is_noticed(rows: list[Agreement], bob: Account, column: str) -> None:
    other = {
        "agreed_at": "2020-01-01 00:00:00",
        "act": "kept",
        "policy_id": PublishedText.objects.get(kind="terms").pk,
        "account_id": bob.pk,
    }.get(column, "0" * 32)
    mallory(f"UPDATE privacy_agreement SET {column} = %s WHERE id = %s", other, rows[0].pk)  # noqa: S608  # a name from above
    assert list(ledger.faults()) == [f"Row {rows[0].pk} of the ledger has been altered."]


def test_a_text_that_was_rewritten_afterwards_is_noticed(rows: list[Agreement]) -> None:
    mallory("UPDATE privacy_publishedtext SET html = 'We may sell everything.' WHERE kind = 'policy'")
    assert list(ledger.faults()) == ["Privacy policy, version 1, does not read as it was published."]


def test_the_end_of_the_ledger_cannot_be_cut_off_with_the_rows(rows: list[Agreement]) -> None:
    mallory("DELETE FROM privacy_ledgerend")
    assert list(ledger.faults()) == ["The ledger has 3 rows and should have 0."]


def test_code_of_ours_cannot_change_or_delete_a_row(rows: list[Agreement]) -> None:
    with pytest.raises(LedgerIsAppendOnly):
        rows[0].save()
    with pytest.raises(LedgerIsAppendOnly):
        rows[0].delete()


def test_who_leaves_is_no_longer_in_the_ledger_and_the_chain_holds(rows: list[Agreement], alice: Account) -> None:
    before = alice.pk
    erasure.run(erasure_id=erasure.begin(account=alice, now=NOON).pk, now=NOON)
    assert list(ledger.faults()) == []
    left = Agreement.objects.filter(account=None)
    assert left.count() == 2
    assert {row.salt for row in left} == {""}
    assert not any(row.who == ledger.who(before, row.salt) for row in left)


def test_a_person_sees_what_they_agreed_to(rows: list[Agreement], alice: Account, browser: Browser) -> None:
    page = browser(alice).get("/account/").content.decode()
    assert page.count("privacy policy, version 1</a>") == 2
    assert 'href="/terms/versions/1/"' in page
    assert "24 November 2026, 13:00" in page  # in alice's time zone
    assert "<code>/accounts/signup/</code>" in page


def test_the_worker_looks_every_day_and_tells_the_operator(
    rows: list[Agreement], caplog: pytest.LogCaptureFixture
) -> None:
    tasks.verify_ledger.func()
    assert not caplog.records
    mallory("DELETE FROM privacy_agreement WHERE id = %s", rows[2].pk)
    tasks.verify_ledger.func()
    assert [record.getMessage() for record in caplog.records] == ["The ledger has 2 rows and should have 3."]
