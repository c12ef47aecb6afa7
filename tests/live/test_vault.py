"""`conclave keys rotate` as an operator runs it, and as the power fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conclave.instance import Instance

PEOPLE = 3000
TIMEOUT_S = 120
FILL = f"""
from conclave.instance import Instance
from conclave.web.serve import prepare
prepare(Instance.from_environment())
from conclave.web.accounts.models import Account
Account.objects.bulk_create(
    Account(email=f"person-{{n}}@example.org", first_name=f"First {{n}}", last_name="Example", password="!")
    for n in range({PEOPLE})
)
"""
READ = """
import json
from conclave.instance import Instance
from conclave.web.serve import prepare
prepare(Instance.from_environment())
from django.db import connection
from conclave.web.accounts.models import Account
from conclave.web.vault import keyring
people = [f"{a.email} {a.first_name}" for a in Account.objects.order_by("pk")]
with connection.cursor() as cursor:
    rows = cursor.execute("SELECT email FROM accounts_account UNION SELECT first_name FROM accounts_account")
    keys = {row[0][:8] for row in rows}
newest = keyring.current().newest.id
print(json.dumps({"people": people, "keys": sorted(keys), "newest": newest, "count": len(keyring.current().keys)}))
"""


def run(instance: Instance, code: str) -> str:
    environment = os.environ | instance.to_environment()
    environment["DJANGO_SETTINGS_MODULE"] = "conclave.web.config.settings"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=TIMEOUT_S
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def rotation(instance: Instance) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "conclave", "keys", "rotate", "--data", instance.data]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.requirement(88)
def test_a_rotation_that_is_killed_again_and_again_ends_whole(tmp_path: Path) -> None:
    instance = Instance(data=str(tmp_path / "data"))
    run(instance, FILL)
    for batches in (1, 3, 5):
        process = rotation(instance)
        assert process.stderr is not None
        for _ in range(batches):
            assert process.stderr.readline().startswith("sealed again: ")
        process.kill()
        process.communicate()
    between = json.loads(run(instance, READ))
    assert len(between["keys"]) == 2  # cut off in the middle, and yet everything can be read
    done = rotation(instance)
    _, told = done.communicate(timeout=TIMEOUT_S)
    assert done.returncode == 0, told
    after = json.loads(run(instance, READ))
    assert after["keys"] == [after["newest"]]
    assert after["newest"] == between["newest"]
    assert after["count"] == 2  # four runs, one new key
    expected = [f"person-{n}@example.org First {n}" for n in range(PEOPLE)]
    assert between["people"] == after["people"] == expected


def test_with_a_corrupt_file_of_keys_nothing_starts_and_one_line_says_why(tmp_path: Path) -> None:
    instance = Instance(data=str(tmp_path / "data"))
    run(
        instance,
        "from conclave.instance import Instance; from conclave.web.serve import prepare\n"
        "prepare(Instance.from_environment())",
    )
    instance.data_keys.write_text("hello\n")
    for part in (["site"], ["worker"], ["serve"], ["keys", "rotate"]):
        command = [sys.executable, "-m", "conclave", *part, "--data", instance.data]
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S)
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        assert line == f"conclave: {instance.data_keys}, line 1 is no data key: put back the right file"
