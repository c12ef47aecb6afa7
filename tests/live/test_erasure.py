"""An erasure that is killed, at every change it makes to the database, ends as if it had not been; on real files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conclave.instance import Instance
from tests.live.test_backup import conclave
from tests.live.test_vault import run

PREPARE = """
import json, os, shutil, signal, sys
from pathlib import Path
from conclave.instance import Instance
from conclave.web.serve import prepare
prepare(Instance.from_environment())
from django.conf import settings
from django.db import connection
from django.utils import timezone
from allauth.account.models import EmailAddress
from conclave.web.accounts.models import Account
from conclave.web.jobs.actions import post
from conclave.web.meetings import actions
from conclave.web.meetings.models import Participant, Presence
from conclave.web.privacy.actions import record_agreement
from conclave.web.rights import erasure, scan
from conclave.web.rights.models import Erasure

def person(name):
    fields = {"first_name": name, "last_name": "Example", "email": f"{name.lower()}@example.org"}
    account = Account.objects.create_user(password="-", **fields)
    EmailAddress.objects.create(user=account, email=account.email, verified=True, primary=True)
    record_agreement(account_id=account.pk, page="/accounts/signup/", now=timezone.now())
    post(kind="email_confirmation", to=account.email, subject="Hello", text="Words", now=timezone.now())
    return account

def attend(meeting, account):
    there = actions.admit(meeting=meeting, known_as=None, account=account, name=account.first_name, now=timezone.now())
    Presence.objects.create(participant=there, device="d" * 16, entered_at=timezone.now())
"""
KILL_EVERYWHERE = (
    PREPARE
    + """
alice, bob = person("Alice"), person("Bob")
for organizer in (alice, bob):
    meeting = actions.meet_now(organizer=organizer, now=timezone.now())
    actions.store_door_key(meeting=meeting, door_key="0f" * 32)
    attend(meeting, alice)
    attend(meeting, bob)
begun = erasure.begin(account=alice, now=timezone.now()).pk
connection.close()
original = Path(settings.INSTANCE.data)
CHANGES = ("INSERT", "UPDATE", "DELETE", "PRAGMA")

def in_copy(name, act):
    'Run `act` on a copy of the installation, in a process of its own; return how that ended.'
    child = os.fork()
    if child == 0:
        folder = original.with_name(name)
        if not folder.exists():
            shutil.copytree(original, folder)
        settings.INSTANCE = Instance(data=str(folder))
        connection.settings_dict["NAME"] = settings.INSTANCE.database
        settings.DATABASES["default"]["NAME"] = settings.INSTANCE.database
        try:
            act()
        except BaseException as error:
            print(name, repr(error), file=sys.stderr)
            os._exit(3)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def killed_at(change):
    left = [change]
    def kill(execute, sql, params, many, context):
        if sql.startswith(CHANGES):
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)
    with connection.execute_wrapper(kill):
        erasure.run(erasure_id=begun, now=timezone.now())

def check():
    under_way = Erasure.objects.get()
    assert under_way.finished_at is None, "it was killed before its end"
    assert not Account.objects.filter(email="alice@example.org", is_active=True).exists(), "closed in any case"
    erasure.run(erasure_id=begun, now=timezone.now())
    assert Erasure.objects.get().finished_at is not None
    assert scan.places_with(["alice@example.org"], except_for=Erasure) == set()
    assert [account.email for account in Account.objects.all()] == ["bob@example.org"]
    assert sorted(each.name for each in Participant.objects.all()) == ["", "Bob"]
    assert len(settings.INSTANCE.erased.read_text().split()) == 1

kills = 0
while in_copy(f"copy-{kills}", lambda: killed_at(kills)) == -signal.SIGKILL:
    assert in_copy(f"copy-{kills}", check) == 0, kills
    kills += 1
print(json.dumps({"kills": kills}))
"""
)
ERASE = (
    PREPARE
    + """
erasure.run(erasure_id=erasure.begin(account=Account.objects.get(email="alice@example.org"), now=timezone.now()).pk,
            now=timezone.now())
print(json.dumps([account.email for account in Account.objects.all()]))
"""
)
FILL = PREPARE + "person('Alice'), person('Bob')\nprint('{}')"
LOOK = PREPARE + "print(json.dumps([account.email for account in Account.objects.all()]))"


def test_killed_at_every_change_it_ends_in_one_state(tmp_path: Path) -> None:
    done = json.loads(run(Instance(data=str(tmp_path / "data")), KILL_EVERYWHERE))
    assert done["kills"] > 15


@pytest.mark.parametrize("where", ["here", "elsewhere"])
def test_a_back_up_of_before_does_not_bring_the_person_back(tmp_path: Path, where: str) -> None:
    instance, monday, tuesday = Instance(data=str(tmp_path / "data")), tmp_path / "monday.zip", tmp_path / "tuesday.zip"
    run(instance, FILL)
    assert conclave("backup", str(monday), "--with-keys", "--data", instance.data).returncode == 0
    assert json.loads(run(instance, ERASE)) == ["bob@example.org"]
    if where == "elsewhere":
        # A new machine has what the newest back-up knows of erasures, and then gets an older one.
        assert conclave("backup", str(tuesday), "--with-keys", "--data", instance.data).returncode == 0
        instance = Instance(data=str(tmp_path / "new"))
        assert conclave("restore", str(tuesday), "--data", instance.data).returncode == 0
    restored = conclave("restore", str(monday), "--data", instance.data, "--yes")
    assert restored.returncode == 0, restored.stderr
    assert json.loads(run(instance, LOOK)) == ["bob@example.org"]
    for path in Path(instance.data).rglob("*"):
        assert not path.is_file() or b"alice@example.org" not in path.read_bytes(), path
