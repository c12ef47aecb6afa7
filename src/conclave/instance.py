"""Where one installation keeps its state and by which addresses people reach it."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

ENVIRONMENT_KEY = "CONCLAVE_INSTANCE"
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")
_FAMILIES = {"127.0.0.1": socket.AF_INET, "::1": socket.AF_INET6, "::": socket.AF_INET6}


@dataclass(frozen=True, slots=True)
class Instance:
    """The settings that site, live plane and worker share; the supervisor hands them to its children."""

    data: str
    host: str = "localhost"
    port: int = 8000
    live_port: int = 8443
    cert: str | None = None
    key: str | None = None
    relay_address: str | None = None
    """Where people reach the relay, when that is not its own host and port: behind a port mapping."""

    @property
    def is_local(self) -> bool:
        """Whether only this computer can reach it: a trial, with mail shown at /outbox/ instead of sent."""
        return self.host in LOOPBACK_HOSTS

    @property
    def site_origin(self) -> str:
        """The origin of the site, as browsers write it."""
        scheme, ordinary = ("https", 443) if self.cert else ("http", 80)
        return f"{scheme}://{_host(self.host)}" + ("" if self.port == ordinary else f":{self.port}")

    @property
    def live_url(self) -> str:
        """The address of the room socket (docs/protocol/room.md)."""
        return f"{'wss' if self.cert else 'ws'}://{_host(self.host)}:{self.live_port}/room"

    @property
    def relay_url(self) -> str:
        """The address of the relay, without a room (docs/protocol/media.md)."""
        return self.relay_address or f"https://{_host(self.host)}:{self.live_port}"

    @property
    def database(self) -> Path:
        """The embedded SQLite file."""
        return Path(self.data) / "site.sqlite3"

    @property
    def keys(self) -> Path:
        """The folder of signing keys, readable by the owner only."""
        return Path(self.data) / "keys"

    @property
    def ticket_key(self) -> Path:
        """The site's private key for tickets (PEM); live nodes need only `ticket_public_key`."""
        return self.keys / "ticket.key"

    @property
    def ticket_public_key(self) -> Path:
        """The public half of `ticket_key` (PEM)."""
        return self.keys / "ticket.pub"

    @property
    def report_key(self) -> Path:
        """The live node's private key for reports (PEM); the site needs only `report_public_key`."""
        return self.keys / "report.key"

    @property
    def report_public_key(self) -> Path:
        """The public half of `report_key` (PEM)."""
        return self.keys / "report.pub"

    @property
    def secret_key(self) -> Path:
        """The site's own secret, for its sessions (text)."""
        return self.keys / "site.secret"

    @property
    def data_keys(self) -> Path:
        """What the site seals its database with, unless the operator keeps it elsewhere (text)."""
        return self.keys / "data.keys"

    @property
    def erased(self) -> Path:
        """Who was erased, as numbers that only the site's secret gives a meaning to (text)."""
        return Path(self.data) / "erased.log"

    @property
    def restoring(self) -> Path:
        """Is there while a back-up is being restored: what is left to do then comes before anything else."""
        return Path(self.data) / "restoring"

    @property
    def spool(self) -> Path:
        """The live node's reports that the site has not taken yet."""
        return Path(self.data) / "spool"

    @property
    def record_spool(self) -> Path:
        """The same for session records."""
        return self.spool / "records"

    @property
    def memories(self) -> Path:
        """What the live node's rooms must not forget over a restart."""
        return Path(self.data) / "rooms"

    @property
    def relay(self) -> Path:
        """The folder of the certificate that the relay generates when it is given none."""
        return Path(self.data) / "relay"

    @property
    def outbox(self) -> Path:
        """Mail of a trial installation, shown at /outbox/."""
        return Path(self.data) / "outbox"

    def addresses(self) -> list[str]:
        """Return where to listen: for localhost on both loopback addresses, since browsers may take either."""
        if self.host == "localhost":
            return [address for address in ("127.0.0.1", "::1") if _can_bind(address)]
        if self.is_local:
            return [self.host]
        return ["::" if _can_bind("::") else "0.0.0.0"]  # noqa: S104  # it is meant for everyone

    def to_environment(self) -> dict[str, str]:
        """Return the variable that hands this instance to a child process."""
        return {ENVIRONMENT_KEY: json.dumps(asdict(self))}

    @classmethod
    def from_environment(cls) -> Instance:
        """Return the instance handed over by `to_environment`, or the defaults of `make run`."""
        return cls(**json.loads(os.environ.get(ENVIRONMENT_KEY, '{"data": "data"}')))


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """Return the signing key in the PEM file `path`; raises OSError, or ValueError when it is another kind of key."""
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{path} is not an Ed25519 private key")
    return key


def read_public_key(path: Path) -> Ed25519PublicKey:
    """Return the public key in the PEM file `path`; raises OSError, or ValueError when it is another kind of key."""
    key = load_pem_public_key(path.read_bytes())
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError(f"{path} is not an Ed25519 public key")
    return key


def _can_bind(address: str) -> bool:
    try:
        with socket.socket(_FAMILIES[address], socket.SOCK_STREAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True


def _host(host: str) -> str:
    return f"[{host}]" if ":" in host else host
