"""What can be found wrong before anything starts: one line a person can act on instead of a traceback."""

from __future__ import annotations

import errno
import os
import re
import socket
import ssl
import tempfile
from pathlib import Path

from conclave.instance import Instance

OWNER_ONLY_FOLDER = 0o700
_RELAY_URL = re.compile(r"https://([a-zA-Z0-9.-]+|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?")
"""It is told to browsers as it stands, among other places in a header (Content-Security-Policy)."""


class Unusable(Exception):
    """It cannot start like this; the message is the line that the person reads."""


def check_instance(instance: Instance, *, part: str) -> None:
    """Raise `Unusable` when a part of the instance could not start."""
    _check_certificate(instance)
    _check_folder(Path(instance.data))
    _check_relay_url(instance.relay_url)
    if instance.port == instance.live_port:
        raise Unusable("--port and --live-port must differ")
    if part in ("serve", "site"):
        _check_port(instance, instance.port, socket.SOCK_STREAM, "--port")
    if part in ("serve", "live"):
        _check_port(instance, instance.live_port, socket.SOCK_STREAM, "--live-port")
        _check_port(instance, instance.live_port, socket.SOCK_DGRAM, "--live-port")


def _check_certificate(instance: Instance) -> None:
    if (instance.cert is None) != (instance.key is None):
        raise Unusable("--cert and --key go together")
    if instance.cert is None or instance.key is None:
        if not instance.is_local:
            raise Unusable(f"{instance.host} needs --cert and --key: browsers share no screen on an insecure page")
        return
    for path in (instance.cert, instance.key):
        try:
            Path(path).read_bytes()
        except OSError as error:
            raise Unusable(f"cannot read {path}: {error.strerror}") from error
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(instance.cert, instance.key, _no_password)
    except (ssl.SSLError, ValueError) as error:
        raise Unusable(f"{instance.cert} and {instance.key} are not a certificate and its key (PEM)") from error


def _no_password() -> str:
    """Answer for an encrypted key: nobody is there to type, and OpenSSL would ask on the terminal."""
    return ""


def _check_relay_url(url: str) -> None:
    if not _RELAY_URL.fullmatch(url):
        raise Unusable(f"--relay-url must be https://NAME:PORT without a path, not {url}")


def _check_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise Unusable(f"cannot write to {folder}: {error.strerror}") from error


def _check_port(instance: Instance, port: int, kind: socket.SocketKind, option: str) -> None:
    name = "UDP port" if kind == socket.SOCK_DGRAM else "port"
    for address in instance.addresses():
        try:
            _bind(address, port, kind)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise Unusable(f"{name} {port} is in use; choose another with {option}") from error
            raise Unusable(f"{name} {port} cannot be used: {os.strerror(error.errno or 0)}") from error


def _bind(address: str, port: int, kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:  # as servers do: connections of before may still be closing
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((address, port))
