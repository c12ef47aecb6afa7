"""No code of the site reaches another computer, but through the gate: the interpreter itself is asked to refuse."""

from __future__ import annotations

import ipaddress
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_open_to: ContextVar[frozenset[str]] = ContextVar("open_to", default=frozenset())
_is_closed = False


class NetworkClosed(PermissionError):
    """Something tried to reach another computer without going through the gate."""


def close() -> None:
    """Refuse connections and look-ups of names from now on, in the whole process and for ever.

    This computer itself, and sockets that are files, stay reachable. Audit hooks (PEP 578) see every socket that Python
    code opens, whichever library it is in.
    """
    global _is_closed
    if not _is_closed:
        _is_closed = True
        sys.addaudithook(_refuse)


@contextmanager
def open_to(host: str) -> Iterator[None]:
    """Let this code reach `host`, and nothing else; raises OSError when its name is not known."""
    token = _open_to.set(frozenset({host.lower()}))
    try:
        addresses = {str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
        _open_to.set(frozenset({host.lower(), *addresses}))
        yield
    finally:
        _open_to.reset(token)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    where = _WHERE.get(event)
    if where is None or where >= len(arguments):
        return
    target = arguments[where]
    host = target[0] if isinstance(target, tuple) else target
    if isinstance(target, tuple) or event in _NAMES:
        _check(host.decode("ascii", "replace") if isinstance(host, bytes) else host)


# Where in the arguments of an audit event the other side is named.
_NAMES = {"socket.getaddrinfo": 0, "socket.gethostbyname": 0, "socket.gethostbyaddr": 0}
_WHERE = {**_NAMES, "socket.connect": 1, "socket.sendto": 1, "socket.sendmsg": 1, "socket.getnameinfo": 0}


def _check(host: str | None) -> None:
    name = (host or "localhost").lower()
    if name not in _open_to.get() and not _is_here(name):
        # Without the name: it may be personal, and logs would keep it.
        raise NetworkClosed("the site reaches other computers through the gate only")


def _is_here(name: str) -> bool:
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return name in ("localhost", socket.gethostname().lower())
