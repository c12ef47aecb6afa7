"""The keys of an installation: made once, by whichever process comes first, and not replaced here."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from conclave.instance import Instance
from conclave.web.vault.keyring import line
from conclave.web.vault.seal import DataKey

OWNER_ONLY_FOLDER = 0o700
OWNER_ONLY_FILE = 0o600
PUBLIC_FILE = 0o644
DATA_KEYS_SETTING = "CONCLAVE_DATA_KEYS"
SITE_SECRET_BYTES = 48  # Django wants at least 50 characters; these give 64


def ensure_keys(instance: Instance) -> None:
    """Create the folders, the site's secret, its data key and both signing pairs that are missing.

    Several processes may do this at the same moment: a file appears whole or not at all, and the first one stays.
    """
    for folder in (Path(instance.data), instance.keys, instance.outbox, instance.spool):
        folder.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
    _create(instance.secret_key, secrets.token_urlsafe(SITE_SECRET_BYTES).encode(), mode=OWNER_ONLY_FILE)
    _create(data_keys(instance), line(DataKey.draw()).encode(), mode=OWNER_ONLY_FILE)
    _ensure_pair(instance.ticket_key, instance.ticket_public_key)
    _ensure_pair(instance.report_key, instance.report_public_key)


def data_keys(instance: Instance) -> Path:
    """Return the file of the keys that the database is sealed with: the operator may keep it on another disk."""
    given = os.environ.get(DATA_KEYS_SETTING)
    return Path(given) if given else instance.data_keys


def _ensure_pair(private: Path, public: Path) -> None:
    if not private.exists():
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _create(private, pem, mode=OWNER_ONLY_FILE)
    # The public half is read back from the file, because another process may have been first with the private one.
    key = load_pem_private_key(private.read_bytes(), password=None)
    _create(public, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), mode=PUBLIC_FILE)


def _create(path: Path, content: bytes, *, mode: int) -> None:
    if path.exists():
        return
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # A link, unlike a rename, never replaces what another process has just put there.
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink(missing_ok=True)
