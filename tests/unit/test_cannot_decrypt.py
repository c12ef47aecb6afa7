"""The server cannot decrypt what is said in meetings: nothing of it imports what could, but for one module of the site.

That one seals what lies in the database, under keys that the site drew itself (docs/adr/0027).
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path("src/conclave")
VAULT = SOURCE / "web" / "vault" / "seal.py"
DECRYPTING = (
    "cryptography.fernet",
    "cryptography.hazmat.decrepit",
    "cryptography.hazmat.primitives.asymmetric.dh",
    "cryptography.hazmat.primitives.asymmetric.padding",
    "cryptography.hazmat.primitives.asymmetric.x25519",
    "cryptography.hazmat.primitives.asymmetric.x448",
    "cryptography.hazmat.primitives.ciphers",
    "cryptography.hazmat.primitives.hpke",
    "cryptography.hazmat.primitives.keywrap",
    "Crypto",
    "nacl",
    "rfc9420",
)


def _imports(source: str) -> Iterator[str]:
    """Yield every name that is imported, with the module it comes from."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            if name in ("import_module", "__import__") and node.args and isinstance(node.args[0], ast.Constant):
                yield str(node.args[0].value)


def _decrypting(source: str) -> list[str]:
    return [name for name in _imports(source) if any(f"{name}.".startswith(f"{each}.") for each in DECRYPTING)]


def test_no_module_of_the_server_imports_what_could_decrypt() -> None:
    modules = sorted(SOURCE.rglob("*.py"))
    assert len(modules) > 20
    found = {path: names for path in modules if (names := _decrypting(path.read_text("utf-8")))}
    aead = "cryptography.hazmat.primitives.ciphers.aead"
    assert found == {VAULT: [f"{aead}.AESGCM", f"{aead}.AESSIV"]}


@pytest.mark.requirement(4)
def test_the_processes_of_meetings_load_nothing_that_could_decrypt() -> None:
    code = "import sys, conclave.live.run, conclave.relay.server, conclave.rooms.room; print(*sys.modules, sep='\\n')"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "conclave.live.run" in loaded
    # Other modules of that library come along with certificates and signatures; alone they open nothing of ours.
    banned = ("cryptography.hazmat.primitives.ciphers.aead", "cryptography.fernet", "nacl", "Crypto", "conclave.web")
    assert [name for name in loaded if any(f"{name}.".startswith(f"{each}.") for each in banned)] == []


def test_what_the_vault_opens_it_has_sealed_itself() -> None:
    """It takes keys from the file of data keys only: no other module makes one, or a ring of them."""
    makers = {
        path
        for path in SOURCE.rglob("*.py")
        if any(name in path.read_text("utf-8") for name in ("DataKey(", "DataKey.draw(", "Keyring("))
    }
    assert makers == {
        VAULT,
        VAULT.with_name("keyring.py"),
        VAULT.with_name("rotation.py"),
        SOURCE / "web" / "keys.py",
    }


@pytest.mark.parametrize(
    "source",
    [
        "import nacl.secret",
        "from cryptography.hazmat.primitives import ciphers",
        "from cryptography.hazmat.primitives.ciphers.aead import AESGCM",
        "def f():\n    from cryptography import fernet",
        "import_module('Crypto.Cipher')",
    ],
)
def test_every_way_to_import_it_is_noticed(source: str) -> None:
    assert _decrypting(source)


def test_what_only_signs_is_allowed() -> None:
    assert _decrypting("from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey") == []
