"""A live plane in a network that lets no UDP through: what is sent to the relay's port disappears.

Run as `python no_udp_live.py` with the instance in the environment. The relay itself listens elsewhere, where nobody
is told to look.
"""

from __future__ import annotations

import socket
from contextlib import ExitStack
from typing import Any

from conclave.instance import Instance
from conclave.live import run
from conclave.relay import Relay


def black_hole(address: str, family: socket.AddressFamily, port: int) -> socket.socket:
    """A UDP port that takes everything and never answers; the system does not even say that nobody is there."""
    hole = socket.socket(family, socket.SOCK_DGRAM)
    hole.bind((address, port))
    return hole


def elsewhere(**settings: Any) -> Relay:
    return Relay(**(settings | {"port": 0}))


if __name__ == "__main__":
    instance = Instance.from_environment()
    run.Relay = elsewhere  # type: ignore[misc, assignment]
    with ExitStack() as holes:
        for address in instance.addresses():
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            holes.enter_context(black_hole(address, family, instance.live_port))
        run.run(instance)
