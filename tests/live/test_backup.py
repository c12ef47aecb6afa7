"""`conclave backup` and `conclave restore` beside a running installation, and into an empty folder."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

from conclave.instance import Instance
from tests.live.test_serve import START_TIMEOUT_S, Installation, _answers, _serve
from tests.live.test_vault import run

TIMEOUT_S = 120
PEOPLE = """
import json
from conclave.instance import Instance
from conclave.web.serve import prepare
prepare(Instance.from_environment())
from conclave.web.accounts.models import Account
{0}
print(json.dumps(sorted(account.email for account in Account.objects.all())))
"""
ADD = 'Account.objects.create_user(email="{0}@example.org", password="-", first_name="{0}", last_name="Example")'


def people(instance: Instance, *, add: str = "") -> list[str]:
    found: list[str] = json.loads(run(instance, PEOPLE.format(ADD.format(add) if add else "")))
    return found


def conclave(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "conclave", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> object:
    with _serve(tmp_path_factory.mktemp("backed-up") / "data") as running:
        yield running


@pytest.mark.requirement(88)
def test_back_up_and_restore_while_everything_runs(installation: Installation, tmp_path: Path) -> None:
    instance, target = installation.instance, tmp_path / "monday.zip"
    before = {name: part.pid for name, part in installation.parts().items()}
    people(instance, add="alice")
    failures: list[float] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            if not _page(installation.port):
                failures.append(time.monotonic())

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        done = conclave("backup", str(target), "--data", instance.data)
        assert done.returncode == 0, done.stderr
        assert "copied: 100 %" in done.stderr
        people(instance, add="bob")
        refused = conclave("restore", str(target), "--data", instance.data)
        assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
        assert "--yes" in refused.stderr
        assert people(instance) == ["alice@example.org", "bob@example.org"]
        done = conclave("restore", str(target), "--data", instance.data, "--yes")
        assert done.returncode == 0, done.stderr
    finally:
        stop.set()
        asking.join()
    assert people(instance) == ["alice@example.org"]
    assert failures == []
    assert _answers(installation.port)
    assert {name: part.pid for name, part in installation.parts().items()} == before
    assert not instance.restoring.exists()


def _page(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=START_TIMEOUT_S)
    try:
        connection.request("GET", "/accounts/login/", headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def test_a_lost_installation_is_restored_from_one_file_with_keys(installation: Installation, tmp_path: Path) -> None:
    target, new = tmp_path / "all.zip", tmp_path / "new"
    assert conclave("backup", str(target), "--with-keys", "--data", installation.instance.data).returncode == 0
    done = conclave("restore", str(target), "--data", str(new))
    assert done.returncode == 0, done.stderr
    assert people(Instance(data=str(new))) == people(installation.instance)


def test_without_its_keys_a_back_up_is_refused_and_nothing_changes(installation: Installation, tmp_path: Path) -> None:
    target, other = tmp_path / "without.zip", Instance(data=str(tmp_path / "other"))
    assert conclave("backup", str(target), "--data", installation.instance.data).returncode == 0
    people(other, add="carol")
    refused = conclave("restore", str(target), "--data", other.data, "--yes")
    assert refused.returncode == 1
    (line,) = refused.stderr.splitlines()
    assert "lacks the key" in line
    assert people(other) == ["carol@example.org"]


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_back_up_is_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    refused = conclave("restore", str(tmp_path / "file"), "--data", str(tmp_path / "data"))
    assert (refused.returncode, refused.stderr) == (1, "conclave: that is no back-up of Conclave\n")
