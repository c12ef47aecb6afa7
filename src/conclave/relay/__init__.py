"""The embedded MoQ relay: admission, isolation and fan-out of sealed objects that it cannot open."""

from conclave.relay.server import Relay

__all__ = ["Relay"]
