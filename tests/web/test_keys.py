from __future__ import annotations

import threading
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from conclave.instance import Instance
from conclave.web.keys import ensure_keys


def fits(private: Path, public: Path) -> bool:
    key, half = load_pem_private_key(private.read_bytes(), None), load_pem_public_key(public.read_bytes())
    assert isinstance(key, Ed25519PrivateKey)
    assert isinstance(half, Ed25519PublicKey)
    half.verify(key.sign(b"hello"), b"hello")
    return True


def test_what_is_secret_is_for_the_owner_only(tmp_path: Path) -> None:
    instance = Instance(data=str(tmp_path / "data"))
    ensure_keys(instance)
    for folder in (Path(instance.data), instance.keys, instance.outbox, instance.spool):
        assert folder.stat().st_mode & 0o777 == 0o700
    for file in (instance.secret_key, instance.data_keys, instance.ticket_key, instance.report_key):
        assert file.stat().st_mode & 0o777 == 0o600
    assert len(instance.secret_key.read_text()) >= 50
    assert fits(instance.ticket_key, instance.ticket_public_key)
    assert fits(instance.report_key, instance.report_public_key)
    assert instance.ticket_key.read_bytes() != instance.report_key.read_bytes()


def test_keys_are_made_once(tmp_path: Path) -> None:
    instance = Instance(data=str(tmp_path))
    ensure_keys(instance)
    before = {file: file.read_bytes() for file in instance.keys.iterdir()}
    ensure_keys(instance)
    assert {file: file.read_bytes() for file in instance.keys.iterdir()} == before


def test_a_missing_public_half_is_made_from_the_private_one(tmp_path: Path) -> None:
    instance = Instance(data=str(tmp_path))
    ensure_keys(instance)
    instance.ticket_public_key.unlink()
    ensure_keys(instance)
    assert fits(instance.ticket_key, instance.ticket_public_key)


def test_many_processes_may_start_at_the_same_moment(tmp_path: Path) -> None:
    for attempt in range(10):
        instance = Instance(data=str(tmp_path / str(attempt)))
        start = threading.Barrier(8)

        def first(instance: Instance = instance, start: threading.Barrier = start) -> None:
            start.wait()
            ensure_keys(instance)

        threads = [threading.Thread(target=first) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert fits(instance.ticket_key, instance.ticket_public_key)
        assert fits(instance.report_key, instance.report_public_key)
        assert len(list(instance.keys.iterdir())) == 6
