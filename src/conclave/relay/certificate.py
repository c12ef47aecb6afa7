"""The certificate of a relay that was given none: generated here, accepted by browsers for its fingerprint, renewed.

Browsers accept a certificate by its fingerprint only if it is valid for 14 days at most (W3C WebTransport, section
"Verify a server certificate hash"). So that a client which learned the fingerprints some time ago can still come back,
there are always two: of the certificate that is served, and of the one that will follow it.
"""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from conclave.instance import LOOPBACK_HOSTS

VALID_S = 14 * 86400 - 60
"""The longest that browsers take, less a minute so that rounding never exceeds it."""
BACKDATED_S = 86400
"""Clocks of other computers may be that slow."""
SERVED_S = 6 * 86400
"""Each is the next one for so long, then the current one for so long: a day is left when it is replaced."""


class RotatingCertificate:
    """The current and the next certificate of a host, and the file from which the current one is served."""

    def __init__(self, host: str, *, folder: Path, now: float) -> None:
        self._names = LOOPBACK_HOSTS if host in LOOPBACK_HOSTS else (host,)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = folder / "relay.pem"
        self._current, self._next = _generate(self._names, now=now), _generate(self._names, now=now)
        self._rotate_at = now + SERVED_S
        self._write()

    @property
    def file(self) -> str:
        """Key and certificate in one (PEM), so that they can only change together."""
        return str(self._file)

    @property
    def fingerprints(self) -> list[str]:
        """Hex SHA-256 of the current certificate, then of the next."""
        return [self._current.fingerprint, self._next.fingerprint]

    def handle_timer(self, *, now: float) -> bool:
        """Replace the current certificate when it is time; the library serves the file as soon as it changes."""
        if now < self._rotate_at:
            return False
        self._current, self._next = self._next, _generate(self._names, now=now)
        self._rotate_at = now + SERVED_S
        self._write()
        return True

    def _write(self) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.unlink(missing_ok=True)  # of a process that was killed in the middle
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(self._current.pem)
        fresh.replace(self._file)


@dataclass(frozen=True, slots=True)
class _Certificate:
    pem: bytes
    fingerprint: str

    def __repr__(self) -> str:
        return "***"


def _generate(names: tuple[str, ...], *, now: float) -> _Certificate:
    key = ec.generate_private_key(ec.SECP256R1())  # the one kind that every browser accepts by fingerprint
    start = datetime.fromtimestamp(now - BACKDATED_S, UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Conclave relay")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(seconds=VALID_S))
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
    return _Certificate(pem, certificate.fingerprint(hashes.SHA256()).hex())


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
