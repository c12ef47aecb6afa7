"""What an authority gets: on record, with a basis, and no more than it asked for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from conclave.instance import Instance
from conclave.web.accounts.models import Account
from conclave.web.gate.models import Disclosure
from conclave.web.rights import erasure, legal
from conclave.web.rights.models import LegalCase
from tests.web.conftest import NOON, Browser
from tests.web.test_export import full  # noqa: F401  # a fixture


def ask(**changed: Any) -> LegalCase:
    usual = {"email": "alice@example.org", "authority": "Court of Example", "basis": "order", "reference": "1 C 23/26"}
    request = legal.Request(**{**usual, "scope": ("meetings.Meeting",), **changed})
    return legal.open_case(request, by="root", now=NOON)


@pytest.mark.requirement(93)
def test_what_is_handed_out_is_what_was_asked_for_and_on_record(
    browser: Browser,
    full: Account,  # noqa: F811
    tmp_path: Path,
) -> None:
    case, target = ask(), tmp_path / "handed.zip"
    legal.hand_out(case_id=case.pk, target=target, now=NOON)
    assert target.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(target) as archive:
        text = "".join(archive.read(name).decode() for name in archive.namelist())
        held = json.loads(archive.read("data.json"))["held"]
    assert [each["model"] for each in held] == ["meetings.Meeting"]
    assert "Plans of Alice" in text
    assert "alice@example.org" not in text
    assert "Plans of Bob" not in text
    given = Disclosure.objects.get(reference=case.pk)
    assert (given.about, given.recipient, given.purpose) == (
        "alice@example.org",
        "Court of Example",
        "order of a court",
    )
    assert set(given.places.split()) == {f"meetings.Meeting.{name}" for name in held[0]["fields"]}
    page = browser(full).get("/account/data/").content.decode()
    assert "Court of Example" in page
    assert "1 C 23/26" in page


@pytest.mark.requirement(93)
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"basis": "curiosity"}, "no such basis"),
        ({"scope": ()}, "without a scope"),
        ({"scope": ("meetings.Recording",)}, "is not held"),
        ({"email": "eve@example.org"}, "nobody with this address"),
    ],
)
def test_a_request_without_basis_scope_or_person_is_no_case(
    alice: Account, changed: dict[str, Any], words: str
) -> None:
    with pytest.raises(legal.NoSuchCase, match=words):
        ask(**changed)
    assert not LegalCase.objects.exists()


def test_a_case_that_was_refused_hands_out_nothing(alice: Account, tmp_path: Path) -> None:
    case = ask()
    legal.refuse(case_id=case.pk, now=NOON)
    for number in (case.pk, "0" * 32):
        with pytest.raises(legal.NoSuchCase):
            legal.hand_out(case_id=number, target=tmp_path / "handed.zip", now=NOON)
    assert not (tmp_path / "handed.zip").exists()
    assert not Disclosure.objects.exists()


@pytest.mark.requirement(93)
def test_one_case_is_one_handing_out(alice: Account, tmp_path: Path) -> None:
    case = ask()
    legal.hand_out(case_id=case.pk, target=tmp_path / "handed.zip", now=NOON)
    with pytest.raises(legal.NoSuchCase, match="closed"):
        legal.hand_out(case_id=case.pk, target=tmp_path / "again.zip", now=NOON + timedelta(days=1))
    with pytest.raises(legal.NoSuchCase, match="closed"):
        legal.refuse(case_id=case.pk, now=NOON)
    assert not (tmp_path / "again.zip").exists()
    assert Disclosure.objects.get(reference=case.pk).given_at == NOON


def test_a_case_is_about_a_person_and_not_about_whoever_has_the_address_later(
    alice: Account, bob: Account, tmp_path: Path
) -> None:
    case = ask(scope=("accounts.Account",))
    Account.objects.filter(pk=alice.pk).update(email="alice@new.example")
    Account.objects.filter(pk=bob.pk).update(email="alice@example.org")
    legal.hand_out(case_id=case.pk, target=tmp_path / "handed.zip", now=NOON)
    with zipfile.ZipFile(tmp_path / "handed.zip") as archive:
        text = archive.read("data.json").decode()
    assert "alice@new.example" in text
    assert "Bob" not in text


def test_after_an_erasure_the_case_remains_without_the_person(alice: Account, tmp_path: Path) -> None:
    case = ask()
    erasure.run(erasure_id=erasure.begin(account=alice, now=NOON).pk, now=NOON)
    case.refresh_from_db()
    assert (case.about, case.authority) == ("", "Court of Example")
    with pytest.raises(legal.NoSuchCase, match="any more"):
        legal.hand_out(case_id=case.pk, target=tmp_path / "handed.zip", now=NOON)


def test_an_operator_does_it_by_command(tmp_path: Path) -> None:
    data = str(tmp_path / "data")

    def conclave(*words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "conclave", "privacy", "legal", *words, "--data", data]
        return subprocess.run(command, input=typed, capture_output=True, text=True, timeout=60)

    create = (
        "from conclave.instance import Instance; from conclave.web.serve import prepare\n"
        "prepare(Instance.from_environment())\n"
        "from conclave.web.accounts.models import Account\n"
        "Account.objects.create_user(email='alice@example.org', password='-', first_name='Alice', last_name='Example')"
    )
    environment = os.environ | Instance(data=data).to_environment()
    environment["DJANGO_SETTINGS_MODULE"] = "conclave.web.config.settings"
    subprocess.run([sys.executable, "-c", create], env=environment, check=True)
    request = ["open", "--authority", "Court", "--basis", "order", "--reference", "1", "--scope"]
    refused = conclave(*request, "meetings.Recording", typed="alice@example.org\n")
    assert (refused.returncode, refused.stderr.count("meetings.Recording is not held")) == (1, 1)
    case = conclave(*request, "accounts.Account", typed="alice@example.org\n").stdout.strip()
    handed = conclave("hand-out", case, str(tmp_path / "handed.zip"))
    assert handed.returncode == 0, handed.stderr
    assert handed.stdout.split() == ["1", "accounts.Account"]
    (line,) = conclave("list").stdout.splitlines()
    assert line.startswith(case)
    assert "handed out" in line
    assert "alice" not in line
    assert conclave("refuse", "nothing").stderr == "conclave: there is no such case, or it is closed\n"
