"""Back-ups: of one moment, whole or not at all, and refused when they are not what they should be."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from conclave.instance import Instance
from conclave.web.keys import ensure_keys
from conclave.web.vault import backup, restoring
from conclave.web.vault.backup import BadBackup
from conclave.web.vault.keyring import line
from conclave.web.vault.rotation import KNOWN_TEXT, PLACE
from conclave.web.vault.seal import DataKey, Keyring
from tests.web.conftest import NOON


def ignore(_done: int) -> None:
    pass


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    """An installation with a small database and a report that waits."""
    instance = Instance(data=str(tmp_path / "data"))
    ensure_keys(instance)
    (key,) = backup_ring(instance).keys
    with closing(sqlite3.connect(instance.database)) as database, database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE django_migrations (app, name)")
        database.execute("INSERT INTO django_migrations VALUES ('vault', '0001_sealed')")
        database.execute("CREATE TABLE vault_keycheck (key_id, proof)")
        database.execute(
            "INSERT INTO vault_keycheck VALUES (?, ?)", [key.id, Keyring([key]).seal(KNOWN_TEXT, place=PLACE)]
        )
        database.execute("CREATE TABLE note (words)")
        database.execute("INSERT INTO note VALUES ('of before')")
    (instance.spool / "a-report.jws").write_text("signed")
    return instance


def backup_ring(instance: Instance) -> Keyring:
    from conclave.web.vault import keyring

    return keyring.read(instance.data_keys)


def notes(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        return [row[0] for row in connection.execute("SELECT words FROM note")]


def make(instance: Instance, target: Path, *, with_keys: bool = False) -> Path:
    keys = instance.data_keys if with_keys else None
    backup.back_up(instance, target, data_keys=keys, now=NOON, tell=ignore)
    return target


def test_a_back_up_holds_database_and_reports_and_no_key(instance: Instance, tmp_path: Path) -> None:
    made = make(instance, tmp_path / "made.zip")
    assert made.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(made) as archive:
        manifest = backup.read_manifest(archive)
        assert set(manifest.files) == {"site.sqlite3", "spool/a-report.jws"}
        assert manifest.migrations == ["vault.0001_sealed"]
        assert manifest.data_keys == [key.id for key in backup_ring(instance).keys]
        backup.extract(archive, "site.sqlite3", tmp_path / "copy.sqlite3")
    assert notes(tmp_path / "copy.sqlite3") == ["of before"]
    secret = instance.data_keys.read_text().split()[1]
    assert secret.encode() not in made.read_bytes()
    assert [path.name for path in Path(instance.data).glob(".*")] == []


def test_keys_are_in_it_when_asked_for(instance: Instance, tmp_path: Path) -> None:
    with zipfile.ZipFile(make(instance, tmp_path / "made.zip", with_keys=True)) as archive:
        names = set(backup.read_manifest(archive).files)
        assert archive.read("keys/data.keys") == instance.data_keys.read_bytes()
    assert names >= {f"keys/{path.name}" for path in instance.keys.iterdir()}


def test_it_is_of_one_moment_although_others_write_meanwhile(instance: Instance, tmp_path: Path) -> None:
    with closing(sqlite3.connect(instance.database)) as database, database:
        database.executemany("INSERT INTO note VALUES (?)", [("x" * 4000,) for _ in range(6000)])
    seen: list[int] = []

    def write(done: int) -> None:
        seen.append(done)
        with closing(sqlite3.connect(instance.database)) as database, database:
            database.execute("INSERT INTO note VALUES ('of later')")

    backup.back_up(instance, tmp_path / "made.zip", data_keys=None, now=NOON, tell=write)
    assert len(seen) > 2
    assert sorted(set(seen)) == seen
    with zipfile.ZipFile(tmp_path / "made.zip") as archive:
        backup.extract(archive, "site.sqlite3", tmp_path / "copy.sqlite3")
    assert "of later" not in notes(tmp_path / "copy.sqlite3")
    assert notes(instance.database).count("of later") == len(seen)


def test_a_back_up_that_fails_leaves_the_older_one(instance: Instance, tmp_path: Path) -> None:
    made = make(instance, tmp_path / "made.zip")
    before = made.read_bytes()

    def fail(_done: int) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        backup.back_up(instance, made, data_keys=None, now=NOON, tell=fail)
    assert made.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def altered(made: Path, change: Callable[[dict[str, bytes]], None]) -> zipfile.ZipFile:
    """The back-up with other files in it."""
    with zipfile.ZipFile(made) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    target = made.with_name("altered.zip")
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return zipfile.ZipFile(target)


def other_format(files: dict[str, bytes]) -> None:
    files["manifest.json"] = json.dumps({**json.loads(files["manifest.json"]), "format": 2}).encode()


def path_outside(files: dict[str, bytes]) -> None:
    manifest = json.loads(files["manifest.json"])
    files["spool/../../keys/ticket.key"] = b""
    manifest["files"]["spool/../../keys/ticket.key"] = (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
    files["manifest.json"] = json.dumps(manifest).encode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda files: files.update({"site.sqlite3": files["site.sqlite3"][:-1] + b"x"}), "damaged"),
        (lambda files: files.pop("site.sqlite3"), "does not hold"),
        (lambda files: files.update({"more": b""}), "does not hold"),
        (lambda files: files.update({"manifest.json": b"{"}), "no back-up"),
        (lambda files: files.pop("manifest.json"), "no back-up"),
        (other_format, "format 2"),
        (path_outside, "does not belong"),
    ],
)
def test_what_is_not_a_whole_back_up_is_refused(
    instance: Instance, tmp_path: Path, change: Callable[[dict[str, bytes]], None], words: str
) -> None:
    with altered(make(instance, tmp_path / "made.zip"), change) as archive, pytest.raises(BadBackup, match=words):
        backup.read_manifest(archive)


def test_keys_that_lack_are_taken_from_a_back_up_that_has_them(instance: Instance, tmp_path: Path) -> None:
    with_keys, without = make(instance, tmp_path / "a.zip", with_keys=True), make(instance, tmp_path / "b.zip")
    (old,) = backup_ring(instance).keys
    here = tmp_path / "here.keys"
    present = DataKey.draw()
    here.write_text(line(present))
    with zipfile.ZipFile(without) as archive, pytest.raises(BadBackup, match=f"lacks the key {old.id}"):
        restoring.add_missing_keys(archive, backup.read_manifest(archive), here)
    assert here.read_text() == line(present)
    with zipfile.ZipFile(with_keys) as archive:
        restoring.add_missing_keys(archive, backup.read_manifest(archive), here)
    assert here.read_text() == line(old) + line(present)


def test_a_new_installation_gets_the_keys_of_the_old_one_and_another_keeps_its_own(
    instance: Instance, tmp_path: Path
) -> None:
    made = make(instance, tmp_path / "made.zip", with_keys=True)
    new = replace(instance, data=str(tmp_path / "new"))
    other = replace(instance, data=str(tmp_path / "other"))
    ensure_keys(other)
    kept = {path.name: path.read_bytes() for path in other.keys.iterdir()}
    with zipfile.ZipFile(made) as archive:
        manifest = backup.read_manifest(archive)
        for each in (new, other):
            restoring.bring_keys(archive, manifest, each, each.data_keys)
    assert {p.name: p.read_bytes() for p in new.keys.iterdir()} == {
        p.name: p.read_bytes() for p in instance.keys.iterdir()
    }
    assert all(path.stat().st_mode & 0o077 == 0 for path in new.keys.iterdir())
    assert {path.name: path.read_bytes() for path in other.keys.iterdir()} == kept
